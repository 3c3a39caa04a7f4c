package dev.loadline.sim;

import dev.loadline.core.WorkClass;
import dev.loadline.engine.Admitted;
import dev.loadline.engine.Submission;
import dev.loadline.mailbox.MailboxPolicy;
import dev.loadline.mailbox.Slot;
import dev.loadline.telemetry.MailboxCounters;

import org.jspecify.annotations.Nullable;

import java.time.Duration;
import java.util.IdentityHashMap;
import java.util.Map;
import java.util.TreeMap;

/**
 * A node's admission seen from outside: who waits, who holds a slot, and whether that may be. Slots
 * of what was taken over are not seen, so who seems to hold too much does.
 */
final class SlotWatch implements MailboxCounters {
    private static final WorkClass[] CLASSES = WorkClass.values();
    private static final Duration LATELY = Duration.ofMillis(100);
    private static final Duration LONG_BEFORE = Duration.ofMillis(200);

    private final Simulation sim;
    private final SimNode node;
    private final SimWorld.Place place;
    private final MailboxPolicy policy;
    private final Map<String, Integer> held = new TreeMap<>(); // by tenant
    private final IdentityHashMap<Object, Watched> onTheWay = new IdentityHashMap<>(); // by command
    private @Nullable Waiting waiting;
    private int allHeld;

    SlotWatch(Simulation sim, SimNode node, SimWorld.Place place, MailboxPolicy policy) {
        this.sim = sim;
        this.node = node;
        this.place = place;
        this.policy = policy;
    }

    SimWorld.Place place() {
        return place;
    }

    /** After every event. */
    void look() {
        int depth = depth();
        if (depth > policy.capacity() + policy.controlRoom())
            sim.violated(depth + " wait where " + policy.capacity() + " may");
        if (allHeld > policy.concurrency())
            sim.violated(allHeld + " hold one of " + policy.concurrency() + " slots");
    }

    int depth() {
        int sum = 0;
        if (waiting != null) for (WorkClass workClass : CLASSES) sum += waiting.depth(workClass);
        return sum;
    }

    // --- what begins

    /** A command goes to a loop. The one that is answered goes in its place. */
    <M> M begins(M command) {
        Submission submission = Admitted.submission(command);
        Attempts.Attempt attempt = submission == null ? null : sim.attempts().of(submission);
        if (attempt == null) return command;
        sim.attempts().begins(attempt);
        Slot slot = Admitted.slot(command);
        if (slot == null) return command;
        int inWork = node.inWork();
        if (inWork > policy.concurrency())
            sim.violated("a new one began with slot " + inWork + " of " + policy.concurrency());
        allHeld++;
        int ofTenant = held.merge(attempt.tenant(), 1, Integer::sum);
        if (ofTenant > Math.max(1, policy.concurrency() / 2) && othersWait(attempt.tenant()))
            greedy(attempt.tenant(), ofTenant);
        if (overtakes(attempt)) sim.world.saw("newest first");
        var watched = new Watched(attempt.tenant(), slot);
        if (sim.mutation == Mutation.SLOT_BACK_EARLY) watched.early();
        M seen = Admitted.with(command, watched);
        onTheWay.put(seen, watched);
        return seen;
    }

    /** The loop has answered, or refused it: then its slot went back unseen. */
    void answered(Object command, boolean refused) {
        Watched watched = onTheWay.remove(command);
        if (refused && watched != null) watched.back();
    }

    private void greedy(String tenant, int ofTenant) {
        sim.world.saw("over half");
        sim.violated(
                tenant
                        + " takes slot "
                        + ofTenant
                        + " of "
                        + policy.concurrency()
                        + " while others wait");
    }

    /**
     * More wait than this tenant can have there, and others that came lately: a slot may have been
     * taken a moment before it is seen here.
     */
    private boolean othersWait(String tenant) {
        long lately = sim.world.elapsed() - LATELY.toNanos();
        if (slowStore() || place.stoodUntil() > lately) return false;
        long perhaps =
                sim.attempts().waitingAt(this).stream()
                        .filter(each -> each.tenant().equals(tenant) || each.at > lately)
                        .count();
        return depth() > perhaps;
    }

    /** Then nobody knows how long a message has been on its way to the mailbox. */
    private boolean slowStore() {
        return sim.faults.storeSlowMs() > 20;
    }

    /** The same person sent something to another conversation long before, and that still waits. */
    private boolean overtakes(Attempts.Attempt begun) {
        if (slowStore()) return false;
        var mine = begun.submission.conversation();
        return sim.attempts().waitingAt(this).stream()
                .anyMatch(
                        other ->
                                begun.at - other.at > LONG_BEFORE.toNanos()
                                        && other.submission
                                                .conversation()
                                                .principal()
                                                .equals(mine.principal())
                                        && !other.submission.conversation().equals(mine));
    }

    /** A slot that is counted here until it comes back. */
    private final class Watched implements Slot {
        private final String tenant;
        private final Slot real;
        private boolean isBack;
        private boolean wasEarly;

        Watched(String tenant, Slot real) {
            this.tenant = tenant;
            this.real = real;
        }

        void early() {
            wasEarly = true;
            real.release();
        }

        @Override
        public void keep() {
            if (!wasEarly) real.keep();
        }

        @Override
        public void release() {
            back();
            if (sim.mutation == Mutation.SLOT_LOST && sim.world.chance(0.1)) return;
            if (!wasEarly) real.release();
        }

        private void back() {
            if (isBack) return;
            isBack = true;
            allHeld--;
            held.merge(tenant, -1, Integer::sum);
        }
    }

    // --- what the mailbox counts

    @Override
    public void watch(Waiting mailbox) {
        waiting = mailbox;
    }

    @Override
    public void waited(WorkClass workClass, long nanos) {}

    @Override
    public void refused(WorkClass workClass, String reason) {
        sim.world.saw("refused " + reason);
    }

    @Override
    public void lateResult() {
        sim.world.saw("late result");
    }

    @Override
    public void releasedTwice() {
        sim.violated("a slot was given back twice");
    }
}
