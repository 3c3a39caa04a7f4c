package dev.loadline.guard;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

import java.time.Duration;
import java.util.Random;

/** Goal: a rate limit is obeyed, and left as a ramp. Method: one gate, time is a number. */
class GateTest {
    private static final long MS = 1_000_000;
    private static final long SECOND = 1000 * MS;

    private long now = Long.MAX_VALUE - 5 * SECOND; // wraps under way
    private final Gate gate = new Gate(new Random(1));

    @Test
    void it_is_open_until_an_answer_says_otherwise() {
        assertThat(gate.room(now)).isEqualTo(Integer.MAX_VALUE);
        assertThat(gate.closedFor(now)).isZero();
        assertThat(gate.reason()).isNull();
    }

    @Test
    void it_closes_for_the_stated_time_and_up_to_a_tenth_more() {
        limited(3000);
        assertThat(gate.closedFor(now)).isBetween(3 * SECOND, 3300 * MS);
        now += 3 * SECOND - 1;
        assertThat(gate.room(now)).isZero();
        now += 300 * MS + 1;
        assertThat(gate.room(now)).as("the ramp's first").isEqualTo(1);
    }

    @Test
    void a_time_that_nobody_stated_doubles_from_a_second_to_a_minute_until_a_success() {
        long[] seconds = {1, 2, 4, 8, 16, 32, 60, 60};
        for (long expected : seconds) {
            limited(0);
            assertThat(gate.closedFor(now)).isBetween(expected * SECOND, expected * 1100 * MS);
            now += gate.closedFor(now);
        }
        succeed(100);
        limited(0);
        assertThat(gate.closedFor(now)).isLessThanOrEqualTo(1100 * MS);
    }

    @Test
    void what_was_sent_before_the_closing_neither_opens_nor_extends_it() {
        long before = now - MS;
        limited(3000);
        long left = gate.closedFor(now);
        assertThat(gate.limited(Duration.ofSeconds(200), before, now)).isFalse();
        assertThat(gate.exhausted(before, now)).isFalse();
        gate.succeeded(before, now);
        gate.gone(before);
        assertThat(gate.closedFor(now)).isEqualTo(left);
        now += left;
        gate.succeeded(before, now);
        assertThat(gate.room(now)).as("the ramp still begins with one").isEqualTo(1);
    }

    @Test
    void what_the_neighbours_say_only_makes_it_longer() {
        limited(3000);
        long left = gate.closedFor(now);
        gate.told(Duration.ofMillis(500), Reason.RATE_LIMITED, now);
        assertThat(gate.closedFor(now)).isEqualTo(left);
        gate.told(Duration.ofSeconds(9), Reason.RATE_LIMITED, now);
        assertThat(gate.closedFor(now)).isBetween(9 * SECOND, 9900 * MS);
        gate.told(Duration.ofDays(9), Reason.RATE_LIMITED, now);
        assertThat(gate.closedFor(now))
                .as("no news is believed for longer")
                .isLessThan(364 * SECOND);
    }

    @Test
    void quota_that_is_gone_and_waits_of_over_five_minutes_are_probed_once_in_five() {
        limited(301_000);
        assertThat(gate.reason()).isEqualTo(Reason.EXHAUSTED);
        assertThat(gate.closedFor(now)).isBetween(300 * SECOND, 330 * SECOND);
        now += gate.closedFor(now);
        assertThat(gate.room(now)).isEqualTo(1);
        gate.pass(now);
        assertThat(gate.room(now + 299 * SECOND)).isZero();
        assertThat(gate.exhausted(now, now + MS)).isTrue();
        now += MS;
        assertThat(gate.closedFor(now)).isGreaterThanOrEqualTo(300 * SECOND);
    }

    @Test
    void
            each_success_of_the_ramp_lets_two_more_pass_and_at_most_twice_as_many_per_quarter_second() {
        limited(1000);
        now += gate.closedFor(now);
        gate.pass(now);
        assertThat(gate.room(now)).isZero();
        succeed(1);
        assertThat(gate.room(now)).as("too soon").isZero();
        assertThat(gate.roomIn(now)).isEqualTo(249 * MS);
        now += 249 * MS;
        assertThat(gate.room(now)).isEqualTo(2);
        gate.pass(now);
        gate.pass(now);
        now += SECOND;
        assertThat(gate.room(now)).as("no success, no more").isZero();
        succeed(0);
        succeed(0);
        assertThat(gate.room(now)).isEqualTo(4);
    }

    @Test
    void two_hundred_waiters_with_fast_answers_come_by_fifteen_in_the_first_second() {
        limited(3000);
        now += gate.closedFor(now);
        long opened = now;
        int passed = 0;
        while (now - opened < SECOND) {
            for (int room = gate.room(now); room > 0; room--, passed++) {
                gate.pass(now);
                gate.succeeded(now, now + MS);
            }
            now += MS;
        }
        assertThat(passed).isEqualTo(15);
    }

    @Test
    void it_is_wholly_open_once_nobody_has_been_held_up_for_a_second() {
        limited(1000);
        now += gate.closedFor(now);
        gate.pass(now);
        succeed(400);
        assertThat(gate.room(now)).isEqualTo(2);
        now += 10 * SECOND;
        gate.pass(now);
        succeed(400);
        assertThat(gate.room(now)).isEqualTo(Integer.MAX_VALUE);
        assertThat(gate.reason()).isNull();
    }

    @Test
    void a_call_that_hangs_or_ends_without_a_word_holds_the_ramp_up_for_five_seconds_at_most() {
        limited(1000);
        now += gate.closedFor(now);
        gate.pass(now);
        assertThat(gate.roomIn(now)).isEqualTo(5 * SECOND);
        assertThat(gate.room(now + 5 * SECOND)).isEqualTo(1);
        gate.gone(now);
        assertThat(gate.room(now + 300 * MS)).isEqualTo(1);
    }

    private void limited(long ms) {
        assertThat(gate.limited(Duration.ofMillis(ms), now, now)).isTrue();
    }

    private void succeed(long afterMs) {
        long passed = now;
        now += afterMs * MS;
        gate.succeeded(passed, now);
    }
}
