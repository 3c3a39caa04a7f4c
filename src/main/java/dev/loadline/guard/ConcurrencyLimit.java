package dev.loadline.guard;

import java.time.Duration;

/**
 * How many calls a dependency takes at once, learned by additive increase and multiplicative
 * decrease. Not thread-safe; pure.
 *
 * <p>It grows by one per window (the dependency's p50) in which at least 0.8 of it was in use and
 * nothing was bad, and shrinks by a tenth at most once per window. What it learned under load it
 * keeps through a lull: only the peak of the last ten minutes bounds it (five times that), and
 * never below where it started, or the first burst after a quiet night would find a single place.
 */
final class ConcurrencyLimit {
    private static final double USED = 0.8;
    private static final double SHRINK = 0.9;
    private static final int SLOW = 3; // times p50
    private static final int OVER_RECENT = 5; // times the peak
    private static final int GOOD_PER_DOUBLING = 10;
    private static final long RECENT_NANOS = Duration.ofMinutes(5).toNanos(); // two of them

    private final int start;
    private final int floor;
    private final int ceiling;

    private double limit;
    private int inFlight;

    private boolean inWindow;
    private long windowStart;
    private int windowPeak;
    private boolean windowGood;
    private boolean windowBad;
    private boolean hasShrunk;
    private long shrunkAt;

    private boolean begun;
    private long recentStart;
    private int recentPeak;
    private int peakBefore;

    private double target; // doubles up to there after a restart; 0: does not
    private int goodSinceDoubling;

    /**
     * @param start is moved between the two
     * @throws IllegalArgumentException unless 1 ≤ floor ≤ ceiling
     */
    ConcurrencyLimit(int start, int floor, int ceiling) {
        if (floor < 1 || ceiling < floor)
            throw new IllegalArgumentException("floor %d, ceiling %d".formatted(floor, ceiling));
        this.start = Math.clamp(start, floor, ceiling);
        this.floor = floor;
        this.ceiling = ceiling;
        this.limit = this.start;
    }

    /** Rounded: of a limit of two, a single bad moment must not take the half. */
    int limit() {
        return (int) Math.round(limit);
    }

    int inFlight() {
        return inFlight;
    }

    /** A call goes: whoever asks has seen that there is room, or is a probe. */
    void take(long now) {
        inFlight++;
        notePeaks(now);
    }

    /**
     * @throws IllegalStateException if none was taken
     */
    void back(long now) {
        if (inFlight == 0) throw new IllegalStateException("given back twice");
        notePeaks(now);
        inFlight--;
    }

    /**
     * A call's latency is known (of a stream: to its first event) and it was good.
     *
     * @param p50Nanos what is normal; the window by which the limit grows and shrinks
     */
    void good(long latencyNanos, long p50Nanos, long now) {
        if (latencyNanos / SLOW > p50Nanos) {
            congested(p50Nanos, now);
            return;
        }
        notePeaks(now);
        endWindow(p50Nanos, now);
        windowGood = true;
        if (target > 0) restarting();
    }

    /** 429, 503, 529 or a time-out. */
    void congested(long p50Nanos, long now) {
        notePeaks(now);
        endWindow(p50Nanos, now);
        windowBad = true;
        target = 0;
        if (hasShrunk && now - shrunkAt < p50Nanos) return;
        hasShrunk = true;
        shrunkAt = now;
        limit = Math.max(floor, limit * SHRINK);
    }

    /** The breaker closed again: from the floor, doubling per ten good calls. */
    void restart() {
        target = Math.max(target, Math.max(limit, start));
        limit = floor;
        goodSinceDoubling = 0;
        windowBad = true; // what was in use before says nothing of now
    }

    private void restarting() {
        if (++goodSinceDoubling < GOOD_PER_DOUBLING) return;
        goodSinceDoubling = 0;
        limit = Math.max(limit, Math.min(limit * 2, target));
        if (limit >= target) target = 0;
    }

    /** Only words end a window, so an unused one never does anything. */
    private void endWindow(long p50Nanos, long now) {
        if (inWindow && now - windowStart < p50Nanos) return;
        boolean used = windowPeak >= USED * limit();
        if (used && windowGood && !windowBad) limit = Math.min(ceiling, limit + 1);
        int recent = Math.max(recentPeak, peakBefore);
        limit = Math.min(limit, Math.max(start, (double) OVER_RECENT * recent));
        inWindow = true;
        windowStart = now;
        windowPeak = inFlight;
        windowGood = false;
        windowBad = false;
    }

    private void notePeaks(long now) {
        if (!begun) {
            begun = true;
            recentStart = now;
        }
        long age = now - recentStart;
        if (age >= RECENT_NANOS) {
            peakBefore = age < 2 * RECENT_NANOS ? recentPeak : 0;
            recentPeak = 0;
            recentStart = now;
        }
        windowPeak = Math.max(windowPeak, inFlight);
        recentPeak = Math.max(recentPeak, inFlight);
    }
}
