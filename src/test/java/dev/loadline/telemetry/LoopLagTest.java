package dev.loadline.telemetry;

import static org.assertj.core.api.Assertions.assertThat;

import dev.loadline.core.ManualTime;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

import java.time.Duration;

/**
 * Goal: what the tasks of a loop wait is seen, also of one that does not run at all, and nothing of
 * what the collector did. Method: time, and the collector's, are numbers we add to.
 */
class LoopLagTest {
    private static final Duration PERIOD = Duration.ofMillis(20);

    private final ManualTime time = new ManualTime();
    private final Prometheus prometheus = new Prometheus();
    private final Metrics metrics = new Metrics(prometheus.registry(), Metrics.Known.NOTHING);
    private long pausedNanos;
    private final LoopLag probe = LoopLag.start(time, time, () -> pausedNanos, metrics, 3);

    @AfterEach
    void nothing_is_left_behind() {
        probe.stop();
        assertThat(time.pending()).isZero();
    }

    @Test
    void it_is_how_late_a_timer_fires() {
        assertThat(probe.recentMs()).isNull();
        time.advance(PERIOD);
        assertThat(probe.recentMs()).isEqualTo(0.0);
        time.stall(Duration.ofMillis(120));
        time.advance(Duration.ZERO);
        assertThat(probe.recentMs()).isEqualTo(100.0);
        assertThat(prometheus.scrape())
                .contains(
                        "loadline_loop_lag_seconds_count{loop=\"3\"} 2",
                        "loadline_loop_lag_seconds_sum{loop=\"3\"} 0.1");
    }

    @Test
    void a_pause_of_the_collector_is_not_the_loops() {
        time.advance(PERIOD);
        time.stall(Duration.ofMillis(120));
        pausedNanos += Duration.ofMillis(90).toNanos();
        time.advance(Duration.ZERO);
        assertThat(probe.recentMs()).isEqualTo(10.0);
        time.stall(Duration.ofMillis(70)); // an earlier pause excuses nothing
        time.advance(Duration.ZERO);
        assertThat(probe.recentMs()).isEqualTo(50.0);
    }

    @Test
    void a_loop_that_stands_still_is_seen_before_its_probe_fires() {
        time.advance(PERIOD);
        time.stall(Duration.ofMillis(79)); // two probes are missing, and part of the third
        assertThat(probe.recentMs()).isEqualTo(0.0);
        time.stall(Duration.ofSeconds(1));
        assertThat(probe.recentMs()).isEqualTo(1059.0);
    }
}
