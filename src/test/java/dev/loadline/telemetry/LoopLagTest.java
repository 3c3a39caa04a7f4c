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
    void it_is_how_late_nine_of_ten_timers_fire() {
        for (int i = 0; i < 49; i++) time.advance(PERIOD);
        assertThat(probe.recentMs()).as("on too little").isNull();
        time.advance(PERIOD);
        assertThat(probe.recentMs()).isEqualTo(0.0);
        late(5, 120);
        assertThat(probe.recentMs()).as("no more than a tenth of them").isEqualTo(0.0);
        late(1, 120);
        assertThat(probe.recentMs()).isEqualTo(100.0);
        assertThat(prometheus.scrape())
                .contains(
                        "loadline_loop_lag_seconds_count{loop=\"3\"} 56",
                        "loadline_loop_lag_seconds_sum{loop=\"3\"} 0.6");
    }

    @Test
    void a_pause_of_the_collector_is_not_the_loops() {
        late(44, 20);
        for (int i = 0; i < 6; i++) {
            time.stall(Duration.ofMillis(120));
            pausedNanos += Duration.ofMillis(90).toNanos();
            time.advance(Duration.ZERO);
        }
        assertThat(probe.recentMs()).isEqualTo(10.0);
        late(6, 70); // an earlier pause excuses nothing
        assertThat(probe.recentMs()).isEqualTo(50.0);
    }

    @Test
    void a_loop_that_stands_still_is_seen_before_its_probe_fires() {
        late(50, 20);
        time.stall(Duration.ofMillis(1019));
        assertThat(probe.recentMs()).isEqualTo(0.0);
        time.stall(Duration.ofMillis(1));
        assertThat(probe.recentMs()).isEqualTo(1000.0);
    }

    private void late(int probes, int afterMs) {
        for (int i = 0; i < probes; i++) {
            time.stall(Duration.ofMillis(afterMs));
            time.advance(Duration.ZERO);
        }
    }
}
