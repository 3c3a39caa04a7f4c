package dev.loadline.guard;

import org.jspecify.annotations.Nullable;

/**
 * What is normal for a dependency, learned from its successes, by bucket (a single call has one; a
 * model one per reasoning × input size). Samples enter by whole minutes, one minute late, and only
 * if that minute ended with the breaker closed and under 5 % bad. Kept: the last 1,000 or 24 h,
 * whichever holds more, within a fixed memory. Not thread-safe; pure.
 */
final class Latencies {
    /** Of one bucket, in nanoseconds. */
    record Learned(long samples, long p50, long p95, long p99) {}

    /**
     * @param normalNanos the median that the operator expects
     */
    Latencies(int buckets, long normalNanos) {
        throw new UnsupportedOperationException();
    }

    void good(int bucket, long nanos, long now) {
        throw new UnsupportedOperationException();
    }

    void bad(long now) {
        throw new UnsupportedOperationException();
    }

    /** The breaker is closed, or is not, from now on. */
    void breaker(boolean closed, long now) {
        throw new UnsupportedOperationException();
    }

    /**
     * A successful probe while the breaker was half-open. 20 of them spread over 30 min that agree
     * move what is normal, at most twofold a step.
     *
     * @return the new normal (ns) if this one moved it, else 0
     */
    long probed(int bucket, long nanos, long now) {
        throw new UnsupportedOperationException();
    }

    /** Null: no sample yet. */
    @Nullable Learned of(int bucket, long now) {
        throw new UnsupportedOperationException();
    }

    /** The configured one, or as moved. */
    long normalNanos() {
        throw new UnsupportedOperationException();
    }

    /** Forget all that was learned. */
    void relearn(long now) {
        throw new UnsupportedOperationException();
    }
}
