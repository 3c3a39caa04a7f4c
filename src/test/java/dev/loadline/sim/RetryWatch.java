package dev.loadline.sim;

import dev.loadline.core.Outcome;

import java.time.Duration;

/** One guard's retries, held against what successes pay for at most. */
final class RetryWatch {
    private static final double START = 3;
    private static final double SHARE = 0.1;
    private static final double DEAREST = 2;
    private static final double ROUNDING = 1e-6;
    private static final Duration TRICKLE = Duration.ofSeconds(10);

    private final Simulation sim;
    private final SimWorld world;
    private final String name;
    private double left = START;
    private int successes;
    private long emptySince;

    RetryWatch(Simulation sim, String name) {
        this.sim = sim;
        this.world = sim.world;
        this.name = name;
    }

    void succeeded() {
        settle();
        successes++;
        left = Math.min(left + SHARE, Math.max(START, SHARE * successes));
    }

    void retries(Outcome.Failed<?> after) {
        settle();
        world.saw("retry");
        left -= after instanceof Outcome.TimedOut<?> ? DEAREST : 1;
        if (left < -ROUNDING) sim.violated(name + " retries beyond its budget: " + left);
    }

    private void settle() {
        long now = world.elapsed();
        while (left < DEAREST && now - emptySince >= TRICKLE.toNanos()) {
            left++;
            emptySince += TRICKLE.toNanos();
        }
        if (left >= DEAREST) emptySince = now;
    }
}
