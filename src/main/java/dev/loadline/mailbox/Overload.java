package dev.loadline.mailbox;

import java.time.Duration;

/**
 * Whether one class is overloaded: its queue has not been empty for an interval. It is over after a
 * full interval in which its oldest letter was under target, which an empty queue is, too. Not the
 * least wait is the sign: serving the newest first would hide it.
 *
 * <p>The target is half an interval, or half of what the class may wait if that is less. Told of
 * the queue before each change, so that what it says is exact at any moment without a timer of its
 * own. Not thread-safe: under its mailbox's lock.
 */
final class Overload {
    static final long INTERVAL_NANOS = Duration.ofMillis(100).toNanos();

    private final long targetNanos;
    private boolean filled;
    private long filledNanos; // since when it is, or since when the last overload is over
    private boolean overloaded;
    private long overTargetNanos; // when the oldest was last seen over the target

    /**
     * @param boundNanos how long a letter of the class may wait; 0: no bound that counts
     */
    Overload(long boundNanos) {
        long half = INTERVAL_NANOS / 2;
        this.targetNanos = boundNanos > 0 ? Math.min(half, boundNanos / 2) : half;
    }

    void filled(long now) {
        look(now, now);
        filled = true;
        filledNanos = now;
    }

    /** The last letter is about to leave. */
    void emptied(long oldestNanos, long now) {
        look(oldestNanos, now);
        filled = false;
    }

    /**
     * Whether it is overloaded now.
     *
     * @param oldestNanos when the oldest letter came; of no matter if none waits
     */
    boolean look(long oldestNanos, long now) {
        if (!overloaded) {
            if (filled && now - filledNanos >= INTERVAL_NANOS) {
                overloaded = true;
                overTargetNanos = now;
            }
        } else if (filled && now - oldestNanos >= targetNanos) {
            overTargetNanos = now;
        } else if (now - overTargetNanos >= INTERVAL_NANOS) {
            overloaded = false;
            filledNanos = now;
        }
        return overloaded;
    }
}
