package dev.loadline.ops;

import org.jspecify.annotations.Nullable;

/** Figures as readings show them: no more digits than they are worth. */
final class Round {
    private Round() {}

    static double ms(double ms) {
        return Math.round(ms * 100) / 100.0;
    }

    static @Nullable Double orAbsent(@Nullable Double ms) {
        return ms == null ? null : Double.valueOf(ms(ms));
    }

    static double share(double share) {
        return Math.round(share * 10_000) / 10_000.0;
    }
}
