package dev.loadline.guard;

import static dev.loadline.guard.GuardedWorld.*;

import static org.assertj.core.api.Assertions.assertThat;

import dev.loadline.core.Outcome;

import org.junit.jupiter.api.Test;

import java.time.Duration;
import java.util.List;

/** Goal: a call is made again where that helps, and the budget pays for it. */
class RetryingTest {
    private static final Duration SECOND = Duration.ofSeconds(1);

    private final GuardedWorld world = new GuardedWorld();
    private final Guard source = world.guard(SOURCE);

    @Test
    void by_class_of_outcome_at_most_twice_once_or_never() {
        assertThat(times(new Outcome.Unavailable<>("503"))).isEqualTo(2);
        assertThat(times(new Outcome.ServerError<>("500"))).isEqualTo(1);
        for (Outcome.Failed<?> never :
                List.<Outcome.Failed<?>>of(
                        new Outcome.RateLimited<>(SECOND, "429"),
                        new Outcome.Exhausted<>("quota"),
                        new Outcome.Rejected<>(400, "bad"),
                        new Outcome.CutShort<>("ours"),
                        new Outcome.Cancelled<>("ours"),
                        new Outcome.Refused<>("open", SECOND, "ours")))
            assertThat(times(never)).as(never.toString()).isZero();
        assertThat(source.retryIn(new Outcome.Unavailable<>("503"), 0, false)).isNull();
    }

    @Test
    void a_time_out_costs_two_and_three_are_there_at_the_start() {
        var late = new Outcome.TimedOut<>("late");
        assertThat(source.retryIn(late, 0, true)).isNotNull();
        assertThat(source.reading().budget()).isEqualTo(1);
        assertThat(source.retryIn(late, 0, true)).as("one is too little").isNull();
        assertThat(source.retryIn(new Outcome.ServerError<>("500"), 0, true)).isNotNull();
        assertThat(source.retryIn(new Outcome.ServerError<>("500"), 0, true)).isNull();
    }

    @Test
    void a_model_that_gave_no_first_token_in_its_time_is_not_asked_again() {
        assertThat(world.guard(MODEL).retryIn(new Outcome.TimedOut<>("late"), 0, true)).isNull();
        assertThat(world.guard(MODEL).retryIn(new Outcome.Unavailable<>("503"), 0, true))
                .isBetween(Duration.ZERO, Duration.ofMillis(100));
    }

    @Test
    void nothing_is_made_again_while_the_breaker_is_open() {
        world.burst(10, SOURCE, DOWN, 10);
        assertThat(source.retryIn(new Outcome.Unavailable<>("503"), 0, true)).isNull();
        assertThat(source.reading().budget()).as("nor paid for").isEqualTo(3);
    }

    @Test
    void who_asked_again_is_counted_and_set_against_the_originals() {
        world.calls(4, SOURCE, OK, 10);
        for (Cause cause : Cause.values())
            if (cause != Cause.ORIGINAL) world.go(SOURCE, again(cause)).ended(OK);
        GuardReading reading = source.reading();
        assertThat(reading.originals()).isEqualTo(4);
        assertThat(reading.attempts()).isEqualTo(10);
        assertThat(reading.amplification()).isEqualTo(2.5);
        assertThat(reading.retries()).hasSize(6).containsEntry(Cause.OUTBOX, 1L);
        assertThat(world.meter("loadline.retries", "dependency", SOURCE, "layer", "takeover"))
                .isEqualTo(1);
        assertThat(world.meter("loadline.retry.amplification", "dependency", SOURCE))
                .isEqualTo(2.5);
    }

    private Ask again(Cause cause) {
        return new Ask(
                world.interactive().deadline(),
                world.interactive().workClass(),
                cause,
                0,
                false,
                false);
    }

    /** How often a call that always ends so would be made again. */
    private static int times(Outcome.Failed<?> outcome) {
        var fresh = new GuardedWorld();
        int retries = 0;
        while (fresh.guard(SOURCE).retryIn(outcome, retries, true) != null) retries++;
        return retries;
    }
}
