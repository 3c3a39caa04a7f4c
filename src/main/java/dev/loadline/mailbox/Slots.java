package dev.loadline.mailbox;

import dev.loadline.core.WorkClass;
import dev.loadline.telemetry.RecentTimes;

/**
 * The slots of a mailbox: who holds one, and when it comes back. Time is an argument. Not
 * thread-safe: under its mailbox's lock.
 */
final class Slots {
    private static final WorkClass[] CLASSES = WorkClass.values();

    /** A slot that is taken. */
    static final class Held {
        private final WorkClass workClass;
        private final Party.User user;
        private final long takenNanos;
        private boolean handling; // the service has not returned yet
        private boolean kept;
        private boolean released;
        private boolean back;

        private Held(WorkClass workClass, Party.User user, boolean handling, long now) {
            this.workClass = workClass;
            this.user = user;
            this.takenNanos = now;
            this.handling = handling;
            this.kept = !handling;
        }
    }

    /** What a release does. */
    enum Release {
        NOW,

        /** The service has not returned yet: the slot comes back when it does. */
        SOON,

        /** It was given back before. */
        TWICE
    }

    private final int most;
    private int limit;
    private final int[] own = new int[CLASSES.length]; // limits by class
    private final int[] withLower = new int[CLASSES.length];
    private final Party.Book book;
    private final RecentTimes times; // how long slots were held
    private final int[] held = new int[CLASSES.length];
    private int taken;

    Slots(MailboxPolicy policy, Party.Book book, int samples) {
        var shares = new Shares(policy);
        this.most = policy.concurrency();
        this.limit = most;
        this.book = book;
        this.times = new RecentTimes(samples);
        for (WorkClass workClass : CLASSES) {
            own[workClass.rank()] = shares.slots(workClass);
            withLower[workClass.rank()] = shares.slotsWithLower(workClass);
        }
    }

    /** One for a letter that the service is about to be given. */
    Held forLetter(WorkClass workClass, Party.User user, long now) {
        return take(new Held(workClass, user, true, now));
    }

    /** One for work acknowledged earlier, whether one is free or not. */
    Held forBegun(WorkClass workClass, Party.User user, long now) {
        return take(new Held(workClass, user, false, now));
    }

    private Held take(Held slot) {
        taken++;
        held[slot.workClass.rank()]++;
        book.took(slot.user);
        return slot;
    }

    void keep(Held slot) {
        if (slot.back) throw new IllegalStateException("the slot has been given back");
        slot.kept = true;
    }

    Release release(Held slot, long now) {
        if (slot.released || slot.back) return Release.TWICE;
        slot.released = true;
        if (slot.handling) return Release.SOON;
        giveBack(slot, now);
        return Release.NOW;
    }

    /** The service has returned. True if the slot comes back: it was released in the meantime. */
    boolean handled(Held slot, long now) {
        slot.handling = false;
        if (slot.released) giveBack(slot, now);
        return slot.released;
    }

    /** The answer is there. True if the slot comes back with it. */
    boolean answered(Held slot, long now) {
        if (slot.kept || slot.back) return false;
        giveBack(slot, now);
        return true;
    }

    private void giveBack(Held slot, long now) {
        slot.back = true;
        taken--;
        held[slot.workClass.rank()]--;
        book.gaveBack(slot.user);
        times.add(now - slot.takenNanos);
    }

    /** At most so many may be taken from now on; what is taken stays. */
    void limit(int atMost) {
        limit = Math.min(most, atMost);
    }

    int limit() {
        return limit;
    }

    boolean anyFree() {
        return taken < limit;
    }

    /**
     * Whether the class is under its shares, so that a free slot could be its: all that the two
     * highest need is a free one.
     */
    boolean withinShares(WorkClass workClass) {
        int at = workClass.rank();
        if (at <= WorkClass.INTERACTIVE.rank()) return true;
        int together = 0;
        for (int lower = at; lower < held.length; lower++) together += held[lower];
        return held[at] < own[at] && together < withLower[at];
    }

    /** The most that the class may hold. */
    int limit(WorkClass workClass) {
        return own[workClass.rank()];
    }

    int taken() {
        return taken;
    }

    int taken(WorkClass workClass) {
        return held[workClass.rank()];
    }

    RecentTimes times() {
        return times;
    }
}
