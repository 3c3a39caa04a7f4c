package dev.loadline.telemetry;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/** Goal: quantiles are exact and old durations leave. Method: numbers reckoned by hand. */
class RecentTimesTest {
    @Test
    void nothing_measured_is_nothing_known() {
        assertThat(new RecentTimes(4).sorted().quantileMs(0.5)).isNull();
        assertThat(new RecentTimes(4).mean()).isZero();
    }

    @Test
    void quantiles_and_mean_are_of_the_last_ones_only() {
        var times = new RecentTimes(4);
        times.add(900_000_000);
        for (int ms = 1; ms <= 4; ms++) times.add(ms * 1_000_000L);
        assertThat(times.mean()).isEqualTo(2_500_000);
        RecentTimes.Sorted sorted = times.sorted();
        assertThat(sorted.quantileMs(0)).isEqualTo(1);
        assertThat(sorted.quantileMs(0.5)).isEqualTo(2);
        assertThat(sorted.quantileMs(0.51)).isEqualTo(3);
        assertThat(sorted.quantileMs(0.99)).isEqualTo(4);
    }
}
