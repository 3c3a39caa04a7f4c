package dev.loadline.guard;

import java.time.Duration;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * A rate limit's gate, one for all models of a limit group (and all calls of another dependency).
 * Closed after a 429 until the stated time; then calls are let through as a ramp: one, then two
 * more per success, until none had to wait for it. Not thread-safe; pure.
 */
final class Gate {
    Gate(RandomGenerator random) {
        throw new UnsupportedOperationException();
    }

    /**
     * An answer said "too many".
     *
     * @param retryAfter zero: no usable time was named, then 1 s doubling to 60 s
     * @param sentNanos when that call was written: one sent before the closing changes nothing
     */
    void limited(Duration retryAfter, long sentNanos, long now) {
        throw new UnsupportedOperationException();
    }

    /** Quota or credit is gone: one probe per 300 s. */
    void exhausted(long sentNanos, long now) {
        throw new UnsupportedOperationException();
    }

    /** The headers say that nothing is left. */
    void spent(Duration reset, long sentNanos, long now) {
        throw new UnsupportedOperationException();
    }

    /** Another node says that it is closed for so long. */
    void told(Duration left, Reason reason, long now) {
        throw new UnsupportedOperationException();
    }

    /** A call that passed it succeeded. */
    void succeeded(long sentNanos, long now) {
        throw new UnsupportedOperationException();
    }

    /** How many may pass now; {@link Integer#MAX_VALUE}: as many as will. */
    int room(long now) {
        throw new UnsupportedOperationException();
    }

    /** One passes; there was room. */
    void pass(long now) {
        throw new UnsupportedOperationException();
    }

    /** One that passed has ended without any word on the limit. */
    void gone(long now) {
        throw new UnsupportedOperationException();
    }

    /** Nanoseconds; 0: open. */
    long closedFor(long now) {
        throw new UnsupportedOperationException();
    }

    /** RATE_LIMITED or EXHAUSTED; null: open. */
    @Nullable Reason reason(long now) {
        throw new UnsupportedOperationException();
    }
}
