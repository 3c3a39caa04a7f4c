package dev.loadline.e2e;

import java.time.Duration;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;

/** Waits for a condition that nothing else tells of, in another process for one. */
final class WaitFor {
    static final Duration PATIENCE = Duration.ofSeconds(20);

    private WaitFor() {}

    static void holds(String what, BooleanSupplier condition) {
        holds(what, PATIENCE, condition);
    }

    static void holds(String what, Duration atMost, BooleanSupplier condition) {
        long end = System.nanoTime() + atMost.toNanos();
        while (!condition.getAsBoolean()) {
            if (System.nanoTime() - end > 0)
                throw new AssertionError("not within " + atMost + ": " + what);
            LockSupport.parkNanos(Duration.ofMillis(5).toNanos());
        }
    }
}
