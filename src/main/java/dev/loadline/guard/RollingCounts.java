package dev.loadline.guard;

import java.time.Duration;
import java.util.Arrays;

/**
 * Counts of several kinds over the last while, in slots of equal length, so of fixed size: what is
 * summed is between one slot less than the window and the whole window. Not thread-safe; pure.
 */
final class RollingCounts {
    private final int kinds;
    private final int slots;
    private final long slotNanos;
    private final long[] counts; // slot after slot
    private final long[] sums; // by kind
    private int slot;
    private long slotStart;
    private boolean begun;

    RollingCounts(int kinds, int slots, Duration window) {
        this.kinds = kinds;
        this.slots = slots;
        this.slotNanos = Math.max(1, window.toNanos() / slots);
        this.counts = new long[kinds * slots];
        this.sums = new long[kinds];
    }

    void add(int kind, long now) {
        turn(now);
        counts[slot * kinds + kind]++;
        sums[kind]++;
    }

    long sum(int kind, long now) {
        turn(now);
        return sums[kind];
    }

    void clear() {
        Arrays.fill(counts, 0);
        Arrays.fill(sums, 0);
    }

    /** A time a little before the last one counts as that one: callers read it before they lock. */
    private void turn(long now) {
        if (!begun) {
            begun = true;
            slotStart = now;
        }
        long steps = (now - slotStart) / slotNanos;
        if (steps <= 0) return;
        slotStart += steps * slotNanos;
        if (steps >= slots) clear();
        else for (long i = 0; i < steps; i++) next();
    }

    private void next() {
        slot = (slot + 1) % slots;
        for (int kind = 0; kind < kinds; kind++) {
            sums[kind] -= counts[slot * kinds + kind];
            counts[slot * kinds + kind] = 0;
        }
    }
}
