package dev.loadline.load.bench;

import static org.assertj.core.api.Assertions.assertThat;

import dev.loadline.load.plan.Arrival;
import dev.loadline.load.plan.Attempt;
import dev.loadline.load.plan.Attempts;

import org.junit.jupiter.api.Test;

import java.util.Collections;

class ResultTest {
    private final Result result = new Result("x", "Does it?");

    @Test
    void a_gate_that_does_not_hold_fails_it() {
        result.gate(Gate.atMost("ratio", 1.25, 1.3));
        assertThat(result.passed()).isTrue();

        result.gate(Gate.atLeast("share", 0.89, 0.9));
        assertThat(result.passed()).isFalse();
        assertThat(result.isVoid()).isFalse();
    }

    @Test
    void a_generator_that_is_over_20_ms_late_makes_it_void() {
        result.lateness("in time", lateBy(19_900));
        assertThat(result.isVoid()).isFalse();

        result.lateness("late", lateBy(20_100));
        assertThat(result.isVoid()).isTrue();
        assertThat(result.passed()).isFalse();
    }

    @Test
    void a_spread_is_the_median_and_both_ends() {
        assertThat(Spread.of(3, 1, 2, 10)).isEqualTo(new Spread(2.5, 1, 10, 4));
        assertThat(Spread.of(3, 1, 2).words("ms")).isEqualTo("2.00 ms (1.00 to 3.00 in 3 rounds)");
    }

    private static Attempts lateBy(long micros) {
        Arrival arrival = new Arrival("p", 0, "u", "", "c", "k", "t");
        Attempt one =
                new Attempt(arrival, micros, micros, 0, micros, 0, 200, -1, "", "completed", "");
        return new Attempts(0, Collections.nCopies(100, one));
    }
}
