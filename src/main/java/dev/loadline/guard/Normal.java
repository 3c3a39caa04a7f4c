package dev.loadline.guard;

import java.time.Duration;
import java.util.Arrays;

/**
 * What is normal, and how it moves. Not thread-safe; pure.
 *
 * <p>Up: while a breaker keeps cutting a dependency off, only its probes say how long it takes now.
 * One per 95 s is kept, so that twenty are spread over 30 min however fast the probes come; when at
 * least fifteen of the last twenty are within a factor of 1.5 of their median (real latencies have
 * tails: all twenty would hardly ever agree), and the median is more than 1.5 times what is normal,
 * normal becomes the median, but at most twice what it was. The next step needs twenty new ones. A
 * bucket that was slower than normal by nature (a long prompt) is measured against that.
 *
 * <p>Down again, never below the configured one: by probes in the same way, and when all that is
 * learned while the breaker is closed is 1.5 times faster than normal, at most by half in 30 min.
 * Else one slow day would leave a dependency without a mark of slowness for ever.
 */
final class Normal {
    static final long ENOUGH = 100; // samples, to trust a learned median

    private static final int PROBES = 20;
    private static final int AGREE = 15;
    private static final double FACTOR = 1.5;
    private static final double STEP = 2;
    private static final long SPREAD = Duration.ofMinutes(30).toNanos();
    private static final long APART = SPREAD / (PROBES - 1) + 1;
    private static final long STALE = Duration.ofHours(24).toNanos();

    private final long configured;
    private long nanos;
    private final double[] scales; // how much slower than normal a bucket is by nature, at least 1

    private final double[] probes = new double[PROBES];
    private final long[] times = new long[PROBES];
    private int count;

    private boolean moved;
    private long movedAt;

    Normal(int buckets, long configuredNanos) {
        this.configured = Math.max(1, configuredNanos);
        this.nanos = configured;
        this.scales = new double[buckets];
        forget();
    }

    long nanos() {
        return nanos;
    }

    void forget() {
        nanos = configured;
        Arrays.fill(scales, 1);
        count = 0;
    }

    /** Whether this probe moved it. */
    boolean probed(int bucket, long took, long now) {
        if (count > 0 && now - times[count - 1] < APART) return false;
        if (count > 0 && now - times[0] >= STALE) drop();
        if (count == PROBES) drop();
        probes[count] = took / scales[bucket];
        times[count++] = now;
        if (count < PROBES) return false;
        double[] sorted = probes.clone();
        Arrays.sort(sorted);
        double median = sorted[PROBES / 2 - 1];
        long agree = Arrays.stream(sorted).filter(p -> isLike(p, median)).count();
        return agree >= AGREE && move(median, now);
    }

    /**
     * Something was learned.
     *
     * @param medians by bucket; 0: of too little
     */
    void learned(long[] medians, long now) {
        double slowest = 0;
        for (int i = 0; i < medians.length; i++) {
            if (medians[i] == 0) continue;
            if (nanos == configured) scales[i] = Math.max(1, (double) medians[i] / configured);
            slowest = Math.max(slowest, medians[i] / scales[i]);
        }
        boolean settled = moved && now - movedAt < SPREAD;
        if (nanos > configured && slowest > 0 && slowest < nanos && !settled) move(slowest, now);
    }

    private boolean move(double to, long now) {
        if (isLike(to, (double) nanos)) return false;
        long next = Math.max(configured, Math.round(Math.clamp(to, nanos / STEP, nanos * STEP)));
        if (next == nanos) return false;
        nanos = next;
        moved = true;
        movedAt = now;
        count = 0;
        return true;
    }

    private static boolean isLike(double one, double other) {
        return one <= other * FACTOR && other <= one * FACTOR;
    }

    private void drop() {
        count--;
        System.arraycopy(probes, 1, probes, 0, count);
        System.arraycopy(times, 1, times, 0, count);
    }
}
