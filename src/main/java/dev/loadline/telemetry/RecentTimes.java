package dev.loadline.telemetry;

import org.jspecify.annotations.Nullable;

import java.util.Arrays;

/**
 * The last so many durations, in nanoseconds. Exact, of fixed size, and old ones leave by
 * themselves. Not thread-safe: lives behind its owner's lock or on its owner's loop.
 */
public final class RecentTimes {
    private static final double NANOS_PER_MS = 1e6;

    private final long[] ring;
    private int next;
    private int count;
    private long sum;

    public RecentTimes(int size) {
        this.ring = new long[size];
    }

    public void add(long nanos) {
        if (count == ring.length) sum -= ring[next];
        else count++;
        ring[next] = nanos;
        sum += nanos;
        next = (next + 1) % ring.length;
    }

    /** Their mean in nanoseconds; 0 if there is none. */
    public long mean() {
        return count == 0 ? 0 : sum / count;
    }

    /** A copy to read quantiles from, without the owner's lock. */
    public Sorted sorted() {
        long[] all = Arrays.copyOf(ring, count);
        return new Sorted(all);
    }

    /** Durations at one moment. */
    public static final class Sorted {
        private final long[] all;
        private boolean sorted;

        private Sorted(long[] all) {
            this.all = all;
        }

        /**
         * The least duration that at least the share {@code q} does not exceed, in milliseconds
         * with two decimals; null if there is none.
         */
        public @Nullable Double quantileMs(double q) {
            if (all.length == 0) return null;
            if (!sorted) Arrays.sort(all);
            sorted = true;
            int at = Math.clamp((long) Math.ceil(q * all.length) - 1, 0, all.length - 1);
            return Math.round(all[at] / NANOS_PER_MS * 100) / 100.0;
        }
    }
}
