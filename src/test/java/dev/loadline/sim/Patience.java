package dev.loadline.sim;

import java.util.SplittableRandom;

/**
 * How somebody takes it that no answer comes.
 *
 * @param fromMs who hears nothing presses again after this long at least
 * @param tries presses in all; who then still knows of no turn gives up
 * @param heeds comes back when a refusal says, not before
 * @param vanishesMs is gone after this long; 0: stays
 * @param cancelsMs cancels the turn when it has been known for this long; 0: never
 */
record Patience(long fromMs, long toMs, int tries, boolean heeds, long vanishesMs, long cancelsMs) {
    /** Presses until it is heard, and stays. */
    static final Patience ORDINARY = new Patience(200, 6_000, Integer.MAX_VALUE, false, 0, 0);

    static Patience inAFlood(SplittableRandom random) {
        return new Patience(
                500,
                random.nextLong(1_000, 5_000),
                2 + random.nextInt(5),
                random.nextBoolean(),
                random.nextInt(5) == 0 ? random.nextLong(100, 10_000) : 0,
                random.nextInt(8) == 0 ? random.nextLong(100, 4_000) : 0);
    }
}
