package dev.loadline.guard;

import org.jspecify.annotations.Nullable;

/**
 * Attempts that were written and have not answered, by bucket in the order of writing: which of
 * them have become slow is seen at the heads, so looking costs nothing for the many that have not.
 * Not thread-safe.
 */
final class Running {
    private final @Nullable Attempt[] heads;
    private final @Nullable Attempt[] tails;

    Running(int buckets) {
        heads = new Attempt[buckets];
        tails = new Attempt[buckets];
    }

    void add(Attempt attempt) {
        Attempt tail = tails[attempt.bucket];
        attempt.before = tail;
        if (tail == null) heads[attempt.bucket] = attempt;
        else tail.after = attempt;
        tails[attempt.bucket] = attempt;
        attempt.running = true;
    }

    /** Does nothing if it is not in. */
    void remove(Attempt attempt) {
        if (!attempt.running) return;
        attempt.running = false;
        if (attempt.before == null) heads[attempt.bucket] = attempt.after;
        else attempt.before.after = attempt.after;
        if (attempt.after == null) tails[attempt.bucket] = attempt.before;
        else attempt.after.before = attempt.before;
        attempt.before = null;
        attempt.after = null;
    }

    /** Takes one out that has passed its mark; null: there is none. */
    @Nullable Attempt pollSlow(long now) {
        for (Attempt head : heads) {
            if (head == null || now - head.sentAt <= head.markNanos) continue;
            remove(head);
            return head;
        }
        return null;
    }
}
