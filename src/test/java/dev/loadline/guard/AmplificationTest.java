package dev.loadline.guard;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

import java.time.Duration;

/** Goal: the published factor is attempts ÷ originals. Method: attempts at given times. */
class AmplificationTest {
    private final Amplification amplification = new Amplification();
    private long now = Long.MAX_VALUE - 1; // about to wrap

    @Test
    void attempts_are_divided_by_originals_and_retries_counted_by_who_asked_again() {
        for (int i = 0; i < 10; i++) amplification.attempt(Cause.ORIGINAL, now);
        for (int i = 0; i < 3; i++) amplification.attempt(Cause.GUARD, now);
        amplification.attempt(Cause.USER, now);
        assertThat(amplification.factor(now)).isEqualTo(1.4);
        assertThat(amplification.attempts(now)).isEqualTo(14);
        assertThat(amplification.originals(now)).isEqualTo(10);
        assertThat(amplification.retries())
                .containsEntry(Cause.GUARD, 3L)
                .containsEntry(Cause.USER, 1L)
                .containsEntry(Cause.OUTBOX, 0L)
                .doesNotContainKey(Cause.ORIGINAL);
    }

    @Test
    void after_ten_minutes_only_the_sums_remain() {
        amplification.attempt(Cause.ORIGINAL, now);
        amplification.attempt(Cause.MODEL, now);
        now += Duration.ofMinutes(9).toNanos();
        assertThat(amplification.factor(now)).isEqualTo(2);
        now += Duration.ofMinutes(1).toNanos();
        assertThat(amplification.factor(now)).isNull();
        assertThat(amplification.retries()).containsEntry(Cause.MODEL, 1L);
    }
}
