package dev.loadline.guard;

import org.jspecify.annotations.Nullable;

import java.time.Duration;
import java.util.EnumMap;
import java.util.Map;

/** Attempts ÷ originals over the last ten minutes, and retries by cause. Not thread-safe; pure. */
final class Amplification {
    private static final int ORIGINALS = 0;
    private static final int ATTEMPTS = 1;

    private final RollingCounts counts = new RollingCounts(2, 60, Duration.ofMinutes(10));
    private final Map<Cause, Long> retries = new EnumMap<>(Cause.class);

    Amplification() {
        for (Cause cause : Cause.values()) if (cause != Cause.ORIGINAL) retries.put(cause, 0L);
    }

    void attempt(Cause cause, long now) {
        counts.add(ATTEMPTS, now);
        if (cause == Cause.ORIGINAL) counts.add(ORIGINALS, now);
        else retries.merge(cause, 1L, Long::sum);
    }

    /** A call for nobody: a probe off every turn's path. */
    void beside(long now) {
        counts.add(ATTEMPTS, now);
    }

    /** Null: no original in the window. */
    @Nullable Double factor(long now) {
        long originals = originals(now);
        return originals == 0 ? null : (double) attempts(now) / originals;
    }

    /** Of the window. */
    long originals(long now) {
        return counts.sum(ORIGINALS, now);
    }

    /** Of the window. */
    long attempts(long now) {
        return counts.sum(ATTEMPTS, now);
    }

    /** Since the start, every cause but the original; a copy. */
    Map<Cause, Long> retries() {
        return new EnumMap<>(retries);
    }
}
