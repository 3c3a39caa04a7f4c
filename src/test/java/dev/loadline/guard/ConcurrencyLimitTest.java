package dev.loadline.guard;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

import java.time.Duration;

/** Goal: the limit follows what a dependency can take. Method: windows one after the other. */
class ConcurrencyLimitTest {
    private static final long P50 = Duration.ofMillis(100).toNanos();

    private long now = Long.MAX_VALUE - P50; // about to wrap
    private ConcurrencyLimit limit = new ConcurrencyLimit(4, 1, 2000);

    @Test
    void it_grows_by_one_per_window_that_used_it() {
        windows(10, 1.0);
        assertThat(limit.limit()).isEqualTo(13); // the first word only begins a window
    }

    @Test
    void unused_it_does_not_grow() {
        windows(10, 0.5);
        assertThat(limit.limit()).isEqualTo(4);
    }

    @Test
    void a_storm_of_bad_answers_within_one_window_shrinks_it_once() {
        limit = new ConcurrencyLimit(100, 1, 2000);
        for (int i = 0; i < 50; i++) limit.congested(P50, now);
        assertThat(limit.limit()).isEqualTo(90);
        now += P50;
        limit.congested(P50, now);
        assertThat(limit.limit()).isEqualTo(81);
    }

    @Test
    void one_bad_moment_does_not_take_half_of_a_limit_of_two() {
        limit = new ConcurrencyLimit(2, 1, 2);
        limit.congested(P50, now);
        assertThat(limit.limit()).isEqualTo(2);
        for (int i = 0; i < 3; i++) limit.congested(P50, now += P50);
        assertThat(limit.limit()).isEqualTo(1);
    }

    @Test
    void a_good_answer_of_over_three_times_normal_shrinks_it_too() {
        limit = new ConcurrencyLimit(100, 1, 2000);
        limit.good(3 * P50, P50, now);
        assertThat(limit.limit()).isEqualTo(100);
        limit.good(4 * P50, P50, now);
        assertThat(limit.limit()).isEqualTo(90);
    }

    @Test
    void a_window_with_a_bad_answer_does_not_grow_it() {
        limit = new ConcurrencyLimit(40, 1, 2000);
        windows(1, 1.0);
        int before = limit.limit();
        limit.congested(P50, now);
        int shrunk = limit.limit();
        assertThat(shrunk).isLessThan(before);
        windows(1, 1.0); // ends the bad one
        assertThat(limit.limit()).isEqualTo(shrunk);
    }

    @Test
    void after_closing_it_doubles_from_the_floor_per_ten_good_calls() {
        limit = new ConcurrencyLimit(64, 1, 2000);
        limit.restart();
        assertThat(limit.limit()).isEqualTo(1);
        for (int expected : new int[] {2, 4, 8, 16, 32, 64, 64}) {
            for (int i = 0; i < 10; i++) limit.good(P50, P50, now += P50);
            assertThat(limit.limit()).isEqualTo(expected);
        }
    }

    @Test
    void a_bad_answer_ends_the_doubling() {
        limit = new ConcurrencyLimit(64, 1, 2000);
        limit.restart();
        for (int i = 0; i < 30; i++) limit.good(P50, P50, now += P50);
        limit.congested(P50, now += P50);
        for (int i = 0; i < 30; i++) limit.good(P50, P50, now += P50);
        assertThat(limit.limit()).isEqualTo(7);
    }

    @Test
    void what_was_learned_outlives_a_lull_but_not_a_quiet_night() {
        windows(100, 1.0);
        assertThat(limit.limit()).isEqualTo(103);
        now += Duration.ofMinutes(4).toNanos();
        limit.good(P50, P50, now);
        assertThat(limit.limit()).isGreaterThan(100);
        now += Duration.ofHours(8).toNanos();
        windows(2, 0.01);
        assertThat(limit.limit()).isEqualTo(5); // five times the one call
    }

    @Test
    void to_give_back_what_was_not_taken_is_a_bug() {
        assertThatThrownBy(() -> limit.back(now)).isInstanceOf(IllegalStateException.class);
    }

    /** So much of the limit at once, each taking a p50, again and again. */
    private void windows(int times, double used) {
        for (int i = 0; i < times; i++) {
            int calls = Math.max(1, (int) (limit.limit() * used));
            for (int c = 0; c < calls; c++) limit.take(now);
            now += P50;
            for (int c = 0; c < calls; c++) {
                limit.good(P50, P50, now);
                limit.back(now);
            }
        }
    }
}
