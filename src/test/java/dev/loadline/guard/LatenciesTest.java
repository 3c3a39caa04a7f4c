package dev.loadline.guard;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

import java.time.Duration;

/** Goal: health teaches, an outage does not, and normal moves. Method: minutes one by one. */
class LatenciesTest {
    private static final long MS = 1_000_000;

    private long now = Long.MAX_VALUE - 1; // about to wrap
    private final Latencies latencies = new Latencies(2, 40 * MS);

    @Test
    void a_minute_s_samples_enter_when_the_next_one_is_over() {
        minute(100, 0, 40);
        assertThat(learned()).isNull();
        now += Duration.ofSeconds(59).toNanos();
        assertThat(learned()).isNull();
        now += Duration.ofSeconds(1).toNanos();
        assertThat(learned()).isEqualTo(new Latencies.Learned(100, 40 * MS, 40 * MS, 40 * MS));
    }

    @Test
    void percentiles_are_nearest_ranks() {
        for (int i = 1; i <= 200; i++) latencies.good(0, i * MS, now);
        minutes(2, 0, 0, 0);
        assertThat(learned()).isEqualTo(new Latencies.Learned(200, 100 * MS, 190 * MS, 198 * MS));
        assertThat(latencies.of(1, now)).isNull();
    }

    @Test
    void a_minute_of_five_percent_bad_teaches_nothing_and_one_under_it_does() {
        minute(95, 5, 400);
        minutes(2, 0, 0, 0);
        assertThat(learned()).isNull();
        minute(96, 5, 40);
        minutes(2, 0, 0, 0);
        assertThat(learned()).isEqualTo(new Latencies.Learned(96, 40 * MS, 40 * MS, 40 * MS));
    }

    @Test
    void a_minute_that_ends_with_the_breaker_open_teaches_nothing() {
        latencies.breaker(false, now);
        minute(100, 0, 400);
        latencies.breaker(true, now);
        minutes(2, 0, 0, 0);
        assertThat(learned()).isNull();
    }

    @Test
    void an_outage_that_shows_only_in_the_next_minute_teaches_nothing_either() {
        minute(100, 1, 400);
        minute(50, 50, 400);
        minutes(3, 0, 0, 0);
        assertThat(learned()).isNull();
    }

    @Test
    void five_minutes_of_ten_times_the_latency_leave_what_was_learned_as_it_was() {
        minutes(10, 100, 1, 40);
        minutes(2, 0, 0, 0);
        var before = learned();
        minutes(5, 60, 40, 400);
        minutes(2, 0, 0, 0);
        assertThat(learned()).isEqualTo(before);
    }

    @Test
    void a_rare_dependency_remembers_its_last_thousand_for_ever_and_a_busy_one_a_day() {
        minutes(20, 60, 0, 40);
        now += Duration.ofDays(3).toNanos();
        assertThat(learned()).isEqualTo(new Latencies.Learned(1000, 40 * MS, 40 * MS, 40 * MS));
        minutes(60, 60, 0, 80);
        minutes(1, 0, 0, 0);
        assertThat(learned().samples()).isEqualTo(3600);
        assertThat(learned().p50()).isBetween(78 * MS, 82 * MS);
    }

    @Test
    void twenty_probes_over_half_an_hour_that_agree_move_normal_by_two_at_most() {
        minutes(10, 100, 0, 40);
        minutes(2, 0, 0, 0);
        latencies.breaker(false, now);
        assertThat(probe(400, 19, 95)).isZero();
        assertThat(probe(400, 1, 95)).isEqualTo(80 * MS);
        assertThat(latencies.normalNanos()).isEqualTo(80 * MS);
        assertThat(learned()).isNull(); // or 3 × the old p99 would hold the time-out down
        assertThat(probe(400, 19, 95)).isZero();
        assertThat(probe(400, 1, 95)).isEqualTo(160 * MS);
    }

    @Test
    void as_many_probes_within_minutes_move_nothing() {
        assertThat(probe(400, 300, 2)).isZero();
        assertThat(latencies.normalNanos()).isEqualTo(40 * MS);
    }

    @Test
    void probes_that_do_not_agree_or_say_nothing_new_move_nothing() {
        for (int i = 0; i < 60; i++) probe(i % 2 == 0 ? 100 : 1000, 1, 95);
        assertThat(latencies.normalNanos()).isEqualTo(40 * MS);
        latencies.relearn(now);
        probe(55, 60, 95);
        assertThat(latencies.normalNanos()).isEqualTo(40 * MS);
    }

    @Test
    void normal_comes_back_when_what_is_learned_is_faster_but_not_below_the_configured() {
        probe(400, 40, 95);
        assertThat(latencies.normalNanos()).isEqualTo(160 * MS);
        minutes(32, 100, 0, 10);
        assertThat(latencies.normalNanos()).isEqualTo(80 * MS);
        minutes(60, 100, 0, 10);
        assertThat(latencies.normalNanos()).isEqualTo(40 * MS);
    }

    @Test
    void a_bucket_that_is_slow_by_nature_is_measured_by_itself() {
        for (int m = 0; m < 3; m++, now += Duration.ofMinutes(1).toNanos())
            for (int i = 0; i < 100; i++) latencies.good(1, 4000 * MS, now);
        for (int i = 0; i < 40; i++, now += Duration.ofSeconds(95).toNanos())
            assertThat(latencies.probed(1, 5000 * MS, now)).isZero();
        long moved = 0;
        for (int i = 0; i < 40; i++, now += Duration.ofSeconds(95).toNanos())
            moved += latencies.probed(1, 40_000 * MS, now);
        assertThat(moved).isPositive();
    }

    @Test
    void relearning_forgets_all() {
        minutes(10, 100, 0, 40);
        probe(400, 20, 95);
        latencies.relearn(now);
        minutes(3, 0, 0, 0);
        assertThat(learned()).isNull();
        assertThat(latencies.normalNanos()).isEqualTo(40 * MS);
    }

    private Latencies.Learned learned() {
        return latencies.of(0, now);
    }

    /** The last one's answer. */
    private long probe(long ms, int times, int secondsApart) {
        long moved = 0;
        for (int i = 0; i < times; i++) {
            now += Duration.ofSeconds(secondsApart).toNanos();
            moved = latencies.probed(0, ms * MS, now);
        }
        return moved;
    }

    private void minutes(int times, int good, int bad, long ms) {
        for (int i = 0; i < times; i++) minute(good, bad, ms);
    }

    private void minute(int good, int bad, long ms) {
        latencies.of(0, now);
        for (int i = 0; i < good; i++) latencies.good(0, ms * MS, now);
        for (int i = 0; i < bad; i++) latencies.bad(now);
        now += Duration.ofMinutes(1).toNanos();
    }
}
