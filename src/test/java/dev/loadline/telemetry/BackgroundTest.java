package dev.loadline.telemetry;

import static org.assertj.core.api.Assertions.assertThat;

import dev.loadline.core.ManualTime;

import io.vertx.core.Future;
import io.vertx.core.Promise;

import org.junit.jupiter.api.Test;

import java.time.Duration;

/**
 * Goal: work that nobody waits for is never lost from sight. Method: work that ends when the test
 * says so.
 */
class BackgroundTest {
    private final ManualTime time = new ManualTime();
    private final Prometheus prometheus = new Prometheus();
    private final Background background =
            new Background(time, new Metrics(prometheus.registry(), Metrics.Known.NOTHING));

    @Test
    void success_is_counted_with_its_time_and_the_oldest_pending_is_known() {
        Promise<String> first = Promise.promise();
        Promise<String> second = Promise.promise();
        background.run("summary", first::future);
        time.advance(Duration.ofSeconds(2));
        background.run("summary", second::future);
        time.advance(Duration.ofSeconds(1));
        assertThat(background.readings())
                .containsExactly(new Background.OperationReading("summary", 0, 0, null, 3000));
        assertThat(prometheus.scrape())
                .contains("loadline_background_oldest_seconds{operation=\"summary\"} 3.0");
        first.complete("done");
        assertThat(background.readings())
                .containsExactly(
                        new Background.OperationReading(
                                "summary", 1, 0, "2026-01-01T00:00:03.000Z", 1000));
        second.complete("done");
        assertThat(background.readings().getFirst().oldestPendingMs()).isZero();
    }

    @Test
    void failures_are_counted_whether_thrown_or_told() {
        background.run("summary", () -> Future.failedFuture("told"));
        background.run(
                "summary",
                () -> {
                    throw new IllegalStateException("thrown");
                });
        assertThat(background.readings())
                .containsExactly(new Background.OperationReading("summary", 0, 2, null, 0));
        assertThat(prometheus.scrape())
                .contains(
                        "loadline_background_total{operation=\"summary\",outcome=\"failed\"} 2.0");
    }
}
