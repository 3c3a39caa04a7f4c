package dev.loadline.guard;

/**
 * How many calls a dependency takes at once, learned by additive increase and multiplicative
 * decrease. Not thread-safe; pure.
 */
final class ConcurrencyLimit {
    ConcurrencyLimit(int start, int floor, int ceiling) {
        throw new UnsupportedOperationException();
    }

    int limit() {
        throw new UnsupportedOperationException();
    }

    int inFlight() {
        throw new UnsupportedOperationException();
    }

    /** A call goes: whoever asks has seen that there is room, or is a probe. */
    void take(long now) {
        throw new UnsupportedOperationException();
    }

    void back(long now) {
        throw new UnsupportedOperationException();
    }

    /**
     * A call's latency is known (of a stream: to its first event) and it was good.
     *
     * @param p50Nanos what is normal; the window by which the limit grows and shrinks
     */
    void good(long latencyNanos, long p50Nanos, long now) {
        throw new UnsupportedOperationException();
    }

    /** 429, 503, 529 or a time-out. */
    void congested(long p50Nanos, long now) {
        throw new UnsupportedOperationException();
    }

    /** The breaker closed again: from the floor, doubling per ten good calls. */
    void restart() {
        throw new UnsupportedOperationException();
    }
}
