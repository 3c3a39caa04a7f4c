package dev.loadline.guard;

import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Attempts ÷ originals over the last ten minutes, and retries by cause. Not thread-safe; pure. */
final class Amplification {
    void attempt(Cause cause, long now) {
        throw new UnsupportedOperationException();
    }

    /** Null: no original in the window. */
    @Nullable Double factor(long now) {
        throw new UnsupportedOperationException();
    }

    /** Of the window. */
    long originals(long now) {
        throw new UnsupportedOperationException();
    }

    /** Of the window. */
    long attempts(long now) {
        throw new UnsupportedOperationException();
    }

    /** Since the start. */
    Map<Cause, Long> retries() {
        throw new UnsupportedOperationException();
    }
}
