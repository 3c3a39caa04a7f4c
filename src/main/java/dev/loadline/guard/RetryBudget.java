package dev.loadline.guard;

import java.time.Duration;

/**
 * How many retries a dependency's successes pay for: {@code share} each; at most max(3, share ×
 * successes of the window); three at the start; one per ten seconds while empty and under one call
 * a second. Not thread-safe; pure.
 */
final class RetryBudget {
    RetryBudget(double share, Duration window) {
        throw new UnsupportedOperationException();
    }

    /** A call is made, whatever becomes of it. */
    void called(long now) {
        throw new UnsupportedOperationException();
    }

    /** A success; of a stream, its first event. */
    void succeeded(long now) {
        throw new UnsupportedOperationException();
    }

    /** Takes the cost of a retry, if it is there. */
    boolean take(double cost, long now) {
        throw new UnsupportedOperationException();
    }

    double left(long now) {
        throw new UnsupportedOperationException();
    }
}
