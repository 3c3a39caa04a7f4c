package dev.loadline.guard;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

import java.time.Duration;

/** Goal: successes pay for retries, and little else. Method: calls at given times. */
class RetryBudgetTest {
    private long now = Long.MAX_VALUE - 1; // about to wrap
    private final RetryBudget budget = new RetryBudget(0.1, Duration.ofSeconds(10));

    @Test
    void it_starts_with_three() {
        assertThat(budget.take(2, now)).isTrue();
        assertThat(budget.take(2, now)).isFalse();
        assertThat(budget.take(1, now)).isTrue();
        assertThat(budget.left(now)).isZero();
    }

    @Test
    void ten_successes_pay_for_exactly_one() {
        spend();
        for (int i = 0; i < 9; i++) call(true);
        assertThat(budget.take(1, now)).isFalse();
        call(true);
        assertThat(budget.take(1, now)).isTrue();
        assertThat(budget.take(0.1, now)).isFalse();
    }

    @Test
    void it_holds_a_tenth_of_the_window_s_successes_and_loses_what_they_paid_when_they_are_over() {
        for (int i = 0; i < 1000; i++) call(true);
        assertThat(budget.left(now)).isEqualTo(100);
        assertThat(budget.left(pass(11))).isEqualTo(3);
    }

    @Test
    void empty_and_quiet_it_comes_back_slowly_until_a_time_out_could_be_paid() {
        spend();
        assertThat(budget.left(pass(9))).isZero();
        assertThat(budget.left(pass(1))).isEqualTo(1);
        assertThat(budget.left(pass(10))).isEqualTo(2);
        assertThat(budget.left(pass(3600))).isEqualTo(2);
    }

    @Test
    void busy_it_does_not_come_back() {
        spend();
        for (int i = 0; i < 600; i++) {
            now += Duration.ofMillis(500).toNanos();
            call(false);
        }
        assertThat(budget.left(now)).isZero();
        assertThat(budget.left(pass(9))).isZero();
        assertThat(budget.left(pass(1))).isEqualTo(1);
    }

    private void spend() {
        for (int i = 0; i < 3; i++) budget.take(1, now);
    }

    private void call(boolean succeeds) {
        budget.called(now);
        if (succeeds) budget.succeeded(now);
    }

    private long pass(long seconds) {
        return now += Duration.ofSeconds(seconds).toNanos();
    }
}
