package dev.loadline.telemetry;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

import java.time.Duration;
import java.util.concurrent.locks.LockSupport;

/** Goal: a loop that one task holds is counted. Method: a real Vert.x, a task that does not end. */
class BlockedLoopsTest {
    private static final Duration PATIENCE = Duration.ofSeconds(20);

    private final Prometheus prometheus = new Prometheus();
    private final Metrics metrics = new Metrics(prometheus.registry(), Metrics.Known.NOTHING);
    private final Vertx vertx = Vertx.vertx(BlockedLoops.limits(new VertxOptions()));

    @AfterEach
    void close() {
        vertx.close().await();
    }

    @Test
    void a_blocked_loop_is_counted_for_as_long_as_it_is_blocked() {
        BlockedLoops.watch(vertx, metrics);
        assertThat(blocked()).isZero();
        Promise<Boolean> counted = Promise.promise();
        vertx.runOnContext(on -> counted.complete(holdsUntilCounted(3)));
        assertThat(counted.future().await()).as("three warnings while it was held").isTrue();
    }

    /** True once so many were counted; false if they never are. */
    private boolean holdsUntilCounted(int warnings) {
        long end = System.nanoTime() + PATIENCE.toNanos();
        while (blocked() < warnings) {
            if (System.nanoTime() - end > 0) return false;
            LockSupport.parkNanos(Duration.ofMillis(5).toNanos());
        }
        return true;
    }

    private double blocked() {
        return prometheus
                .scrape()
                .lines()
                .filter(line -> line.startsWith("loadline_loop_blocked_total "))
                .mapToDouble(line -> Double.parseDouble(line.substring(line.indexOf(' '))))
                .findFirst()
                .orElseThrow();
    }
}
