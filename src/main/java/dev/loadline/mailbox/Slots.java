package dev.loadline.mailbox;

import dev.loadline.telemetry.RecentTimes;

/**
 * The slots of a mailbox: who holds one, and when it comes back. Time is an argument. Not
 * thread-safe: under its mailbox's lock.
 */
final class Slots {
    /** A slot that is taken. */
    static final class Held {
        private final long takenNanos;
        private boolean handling; // the service has not returned yet
        private boolean kept;
        private boolean released;
        private boolean back;

        private Held(boolean handling, long now) {
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

    private final int limit;
    private final RecentTimes times; // how long slots were held
    private int taken;

    Slots(int limit, int samples) {
        this.limit = limit;
        this.times = new RecentTimes(samples);
    }

    /** One for a letter that the service is about to be given. */
    Held forLetter(long now) {
        taken++;
        return new Held(true, now);
    }

    /** One for work acknowledged earlier, whether one is free or not. */
    Held forBegun(long now) {
        taken++;
        return new Held(false, now);
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
        times.add(now - slot.takenNanos);
    }

    boolean anyFree() {
        return taken < limit;
    }

    int taken() {
        return taken;
    }

    RecentTimes times() {
        return times;
    }
}
