package dev.loadline.load.plan;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

import java.util.List;

class PressTest {
    private static final Press TAKEN = new Press(1, 2, 202, "", Attempt.NEVER, "t1", true);

    @Test
    void a_refusal_says_when_by_a_whole_number_of_seconds_that_is_spread() {
        assertThat(refused("1", 240).saysWhen()).isTrue();
        assertThat(refused("4", 240).saysWhen()).isTrue();
        assertThat(refused("5", 240).saysWhen()).as("over 2w+2").isFalse();
        assertThat(refused("2", 2500).saysWhen()).as("under w").isFalse();
        assertThat(refused("0", Attempt.NEVER).saysWhen()).isFalse();
        assertThat(refused("1.5", 240).saysWhen()).isFalse();
        assertThat(refused("", 240).saysWhen()).isFalse();
    }

    @Test
    void an_attempt_tells_all_presses_in_order() {
        List<Press> presses = List.of(refused("1", 240), TAKEN);
        Attempt attempt =
                new Attempt(
                        PlanTest.arrival(1, 1000),
                        1,
                        1,
                        1,
                        1,
                        1,
                        202,
                        -1,
                        "t1",
                        "completed",
                        Press.note(presses));

        assertThat(Press.of(attempt)).isEqualTo(presses);
        assertThat(TAKEN.accepted()).isTrue();
        assertThat(presses.getFirst().refused()).isTrue();
    }

    private static Press refused(String retryAfter, long retryAfterMs) {
        return new Press(1, 2, 503, retryAfter, retryAfterMs, "", false);
    }
}
