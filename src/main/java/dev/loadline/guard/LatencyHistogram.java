package dev.loadline.guard;

import java.util.Arrays;

/**
 * Durations in bins: linear within a power of two, sixteen to each, from one microsecond to 73
 * minutes. A quantile is the middle of its bin, so it is within 1/32 (3.2 %) of the true one; what
 * is shorter or longer counts as the shortest or longest bin. Of fixed size (2 kB). Not
 * thread-safe; pure.
 */
final class LatencyHistogram {
    private static final int BITS = 4; // 16 bins to an octave
    private static final int LEAST = 10; // 2^10 ns
    private static final int MOST = 42; // 2^42 ns
    private static final int BINS = (MOST - LEAST) << BITS;

    private final int[] counts = new int[BINS];
    private long total;

    void add(long nanos) {
        counts[bin(nanos)]++;
        total++;
    }

    void add(LatencyHistogram other) {
        for (int i = 0; i < BINS; i++) counts[i] += other.counts[i];
        total += other.total;
    }

    long total() {
        return total;
    }

    void clear() {
        Arrays.fill(counts, 0);
        total = 0;
    }

    /** The least duration that at least the share {@code q} does not exceed; there must be one. */
    long quantile(double q) {
        long rank = Math.max(1, (long) Math.ceil(q * total));
        int bin = 0;
        for (long seen = counts[0]; seen < rank; seen += counts[bin]) bin++;
        return middle(bin);
    }

    private static int bin(long nanos) {
        long within = Math.clamp(nanos, 1L << LEAST, (1L << MOST) - 1);
        int octave = 63 - Long.numberOfLeadingZeros(within);
        int part = (int) (within >>> (octave - BITS)) & ((1 << BITS) - 1);
        return ((octave - LEAST) << BITS) + part;
    }

    private static long middle(int bin) {
        int octave = LEAST + (bin >> BITS);
        long width = 1L << (octave - BITS);
        return (1L << octave) + (bin & ((1 << BITS) - 1)) * width + width / 2;
    }
}
