package dev.loadline.guard;

import java.time.Duration;

/**
 * Judges whether a breaker is to open: at least {@code minimum} calls in the window, and half of
 * them bad, or 60 % slow, or five bad in a row. Not thread-safe; pure; of fixed size.
 */
final class HealthWindow {
    /** What it says. */
    enum Judgement {
        HEALTHY,
        BAD,
        SLOW
    }

    HealthWindow(Duration window, int minimum) {
        throw new UnsupportedOperationException();
    }

    /** A call ended. {@code slow}: not counted as slow before by {@link #passedTheMark}. */
    void ended(boolean bad, boolean slow, long now) {
        throw new UnsupportedOperationException();
    }

    /** A call that still runs is slow from now on. Its end counts no second call. */
    void passedTheMark(long now) {
        throw new UnsupportedOperationException();
    }

    /** The end of a call that had passed the mark. */
    void endedSlow(boolean bad, long now) {
        throw new UnsupportedOperationException();
    }

    Judgement judge(long now) {
        throw new UnsupportedOperationException();
    }

    /** A neighbour's breaker opened: three calls are enough for so long. */
    void warned(Duration length, long now) {
        throw new UnsupportedOperationException();
    }

    /** The breaker has changed: begin anew. */
    void clear() {
        throw new UnsupportedOperationException();
    }
}
