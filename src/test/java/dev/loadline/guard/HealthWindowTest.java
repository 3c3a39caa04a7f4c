package dev.loadline.guard;

import static dev.loadline.guard.HealthWindow.Judgement.BAD;
import static dev.loadline.guard.HealthWindow.Judgement.HEALTHY;
import static dev.loadline.guard.HealthWindow.Judgement.SLOW;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

import java.time.Duration;

/** Goal: a breaker opens when it must and not before. Method: calls at given times. */
class HealthWindowTest {
    private static final Duration WINDOW = Duration.ofSeconds(10);

    private long now = Long.MAX_VALUE - 1; // about to wrap
    private final HealthWindow window = new HealthWindow(WINDOW, 10);

    @Test
    void half_of_them_bad_trips_although_successes_come_between() {
        for (int i = 0; i < 10; i++) {
            assertThat(window.judge(now)).isEqualTo(HEALTHY);
            window.ended(i % 2 == 0, false, pass(100));
        }
        assertThat(window.judge(now)).isEqualTo(BAD);
    }

    @Test
    void less_than_half_does_not() {
        for (int i = 0; i < 100; i++) window.ended(i % 20 < 9 && i % 2 == 0, false, pass(10));
        assertThat(window.judge(now)).isEqualTo(HEALTHY);
    }

    @Test
    void five_in_a_row_trip_among_many_good_ones() {
        for (int i = 0; i < 50; i++) window.ended(false, false, pass(10));
        for (int i = 0; i < 4; i++) window.ended(true, false, pass(10));
        assertThat(window.judge(now)).isEqualTo(HEALTHY);
        window.ended(true, false, pass(10));
        assertThat(window.judge(now)).isEqualTo(BAD);
    }

    @Test
    void five_in_a_row_of_what_is_called_once_a_minute_trip_too() {
        for (int i = 0; i < 5; i++) {
            assertThat(window.judge(now)).isEqualTo(HEALTHY);
            window.ended(true, false, pass(60_000));
        }
        assertThat(window.judge(now)).isEqualTo(BAD);
        window.ended(false, false, now);
        assertThat(window.judge(now)).isEqualTo(HEALTHY);
    }

    @Test
    void five_at_once_of_so_few_do_not() {
        for (int i = 0; i < 5; i++) window.ended(true, false, pass(10));
        assertThat(window.judge(now)).isEqualTo(HEALTHY);
    }

    @Test
    void sixty_percent_slow_is_slow() {
        for (int i = 0; i < 20; i++) window.ended(false, i % 5 < 3, pass(10));
        assertThat(window.judge(now)).isEqualTo(SLOW);
    }

    @Test
    void calls_that_hang_are_counted_while_they_do_and_once() {
        for (int i = 0; i < 4; i++) window.ended(false, false, pass(10));
        for (int i = 0; i < 6; i++) window.passedTheMark(pass(10));
        assertThat(window.judge(now)).isEqualTo(SLOW);
        window.ended(false, false, pass(10)); // 6 of 11
        assertThat(window.judge(now)).isEqualTo(HEALTHY);
        for (int i = 0; i < 5; i++) window.endedSlow(false, pass(10));
        assertThat(window.judge(now)).isEqualTo(HEALTHY);
        for (int i = 0; i < 3; i++) window.ended(true, false, pass(10));
        window.endedSlow(true, pass(10)); // 4 bad of 14, all in a row
        assertThat(window.judge(now)).isEqualTo(HEALTHY);
    }

    @Test
    void calls_that_time_out_long_after_their_mark_count_when_they_end() {
        for (int i = 0; i < 10; i++) window.passedTheMark(now);
        pass(60_000);
        assertThat(window.judge(now)).isEqualTo(HEALTHY);
        for (int i = 0; i < 10; i++) window.endedSlow(true, now);
        assertThat(window.judge(now)).isEqualTo(BAD);
        pass(60_000);
        for (int i = 0; i < 4; i++) window.ended(true, false, now); // all that was is forgotten
        for (int i = 0; i < 6; i++) window.ended(false, false, now);
        assertThat(window.judge(now)).isEqualTo(HEALTHY);
    }

    @Test
    void what_is_older_than_the_window_is_forgotten() {
        for (int i = 0; i < 10; i++) window.ended(true, false, now);
        assertThat(window.judge(now)).isEqualTo(BAD);
        assertThat(window.judge(pass(10_000))).isEqualTo(HEALTHY);
        for (int i = 0; i < 10; i++) window.ended(false, false, now);
        window.ended(true, false, now); // the row of before is over
        assertThat(window.judge(now)).isEqualTo(HEALTHY);
    }

    @Test
    void with_a_neighbour_s_warning_three_are_enough_for_a_time() {
        window.warned(WINDOW, now);
        window.ended(true, false, pass(9000));
        window.ended(true, false, now);
        assertThat(window.judge(now)).isEqualTo(HEALTHY);
        window.ended(true, false, now);
        assertThat(window.judge(now)).isEqualTo(BAD);
        assertThat(window.judge(pass(1000))).isEqualTo(HEALTHY);
    }

    @Test
    void cleared_it_begins_anew_and_late_ends_of_before_change_nothing() {
        for (int i = 0; i < 20; i++) window.passedTheMark(now);
        window.clear();
        for (int i = 0; i < 20; i++) window.endedSlow(true, pass(10));
        for (int i = 0; i < 10; i++) window.ended(false, false, now);
        assertThat(window.judge(now)).isEqualTo(HEALTHY);
    }

    private long pass(long ms) {
        return now += Duration.ofMillis(ms).toNanos();
    }
}
