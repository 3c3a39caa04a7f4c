package dev.loadline.guard;

import static dev.loadline.guard.GuardedWorld.*;

import static org.assertj.core.api.Assertions.assertThat;

import dev.loadline.core.Outcome;
import dev.loadline.core.WorkClass;

import org.junit.jupiter.api.Test;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/** Goal: what is sick is cut off and comes back. Method: the assembled guard, time by hand. */
class BreakingTest {
    private final GuardedWorld world = new GuardedWorld();

    @Test
    void half_of_the_calls_bad_opens_it_whatever_succeeds_in_between() {
        for (int i = 0; i < 4; i++) {
            world.call(SOURCE, OK, 30);
            world.call(SOURCE, ERROR, 30);
        }
        world.call(SOURCE, OK, 30);
        assertThat(world.breaker(SOURCE)).as("nine calls are too few").isEqualTo("closed");
        world.call(SOURCE, ERROR, 30);
        assertThat(world.breaker(SOURCE)).isEqualTo("open");
        assertThat(refusedFor(world.askAt(SOURCE))).isEqualTo(Reason.OPEN);
        assertThat(world.news.told).containsExactly(new News.BreakerOpened(SOURCE));
    }

    @Test
    void one_tenant_s_stream_of_wrong_requests_opens_it_for_nobody() {
        for (Outcome<?> outcome :
                List.of(
                        new Outcome.Rejected<>(400, "bad prompt"),
                        CANCELLED,
                        new Outcome.CutShort<>("out of time"))) {
            world.calls(200, MODEL, outcome, 5);
            assertThat(world.breaker(MODEL)).isEqualTo("closed");
        }
        assertThat(world.guard(MODEL).reading().limit()).isEqualTo(64);
    }

    @Test
    void an_optional_one_is_open_for_two_seconds_each_time_and_probed_beside_the_turns() {
        open(SOURCE);
        for (int time = 0; time < 5; time++) {
            assertThat(world.guard(SOURCE).probe()).isNull();
            long opened = world.time.nanos();
            world.untilHalfOpen(SOURCE);
            assertThat(Duration.ofNanos(world.time.nanos() - opened))
                    .isBetween(Duration.ofMillis(1500), Duration.ofMillis(3000));
            assertThat(refusedFor(world.askAt(SOURCE))).isEqualTo(Reason.OPEN);
            Permit probe = Objects.requireNonNull(world.guard(SOURCE).probe());
            assertThat(probe.timeout()).as("ceiling").isEqualTo(Duration.ofMillis(400));
            assertThat(world.guard(SOURCE).probe()).as("one at a time").isNull();
            probe.sent();
            probe.ended(DOWN);
            assertThat(world.breaker(SOURCE)).isEqualTo("open");
        }
    }

    @Test
    void a_good_probe_closes_it_and_calls_begin_with_one_at_a_time() {
        open(SOURCE);
        probe(OK, 30);
        assertThat(world.breaker(SOURCE)).isEqualTo("closed");
        assertThat(world.guard(SOURCE).reading().limit()).isEqualTo(1);
        world.go(SOURCE).ended(OK);
        world.calls(9, SOURCE, OK, 30);
        assertThat(world.guard(SOURCE).reading().limit()).isBetween(2, 4);
    }

    @Test
    void a_model_is_open_for_two_seconds_and_twice_as_long_each_time_up_to_thirty() {
        open(MODEL);
        long[] seconds = {2, 4, 8, 16, 30, 30};
        for (long expected : seconds) {
            Duration left = ((Verdict.Refused) world.askAt(MODEL)).retryAfter();
            assertThat(left)
                    .isBetween(
                            Duration.ofMillis(500 * expected), Duration.ofMillis(1500 * expected));
            world.untilHalfOpen(MODEL);
            assertThat(world.guard(MODEL).room()).isEqualTo(1);
            Permit probe = world.go(MODEL);
            assertThat(probe.timeout()).isEqualTo(Duration.ofMinutes(2));
            assertThat(refusedFor(world.askAt(MODEL))).as("one at a time").isEqualTo(Reason.OPEN);
            assertThat(waitsFor(world.guard(MODEL).ask(world.only()))).isEqualTo(Reason.OPEN);
            assertThat(world.guard(MODEL).room()).isZero();
            probe.ended(DOWN);
        }
    }

    @Test
    void a_probe_that_never_answers_does_not_hold_it_half_open() {
        open(SOURCE);
        world.untilHalfOpen(SOURCE);
        Permit lost = Objects.requireNonNull(world.guard(SOURCE).probe());
        world.pass(2401);
        assertThat(world.breaker(SOURCE)).isEqualTo("open");
        world.untilHalfOpen(SOURCE);
        Permit next = Objects.requireNonNull(world.guard(SOURCE).probe());
        lost.sent();
        lost.ended(OK);
        assertThat(world.breaker(SOURCE)).as("its late word").isEqualTo("half-open");
        next.ended(OK);
        assertThat(world.breaker(SOURCE)).isEqualTo("closed");
    }

    @Test
    void a_probe_that_says_nothing_of_health_makes_way_for_the_next() {
        open(MODEL);
        world.untilHalfOpen(MODEL);
        for (Outcome<?> outcome : List.of(new Outcome.Rejected<>(400, "bad"), CANCELLED)) {
            world.go(MODEL).ended(outcome);
            assertThat(world.breaker(MODEL)).isEqualTo("half-open");
        }
        world.go(MODEL).begun();
        assertThat(world.breaker(MODEL)).as("a first token is enough").isEqualTo("closed");
    }

    @Test
    void calls_from_before_say_nothing_once_it_has_moved() {
        List<Permit> before = new ArrayList<>();
        for (int i = 0; i < 12; i++) before.add(world.go(SOURCE));
        for (int i = 0; i < 10; i++) before.get(i).ended(DOWN);
        world.untilHalfOpen(SOURCE);
        before.get(10).ended(OK);
        assertThat(world.breaker(SOURCE)).as("a late success").isEqualTo("half-open");
        probe(OK, 30);
        world.calls(4, SOURCE, ERROR, 30);
        before.get(11).ended(DOWN);
        world.calls(5, SOURCE, OK, 30);
        assertThat(world.breaker(SOURCE)).as("4 bad of 9, not 5 of 10").isEqualTo("closed");
    }

    @Test
    void calls_that_run_count_as_slow_from_the_mark_on_and_their_late_answers_are_answers() {
        List<Permit> all = new ArrayList<>();
        for (int i = 0; i < 10; i++) all.add(world.go(SOURCE));
        world.pass(160);
        assertThat(world.askAt(SOURCE)).isInstanceOf(Verdict.Go.class);
        world.pass(1);
        assertThat(refusedFor(world.askAt(SOURCE))).isEqualTo(Reason.OPEN);
        for (Permit slow : all) slow.ended(OK);
        assertThat(world.guard(SOURCE).reading().calls()).containsEntry("ok", 10L);
    }

    @Test
    void slowness_opens_a_model_that_has_a_fallback_and_does_not_refuse_the_only_answer() {
        slowFirstTokens(MODEL, world.sized(0, false));
        assertThat(world.breaker(MODEL)).isEqualTo("open");
        assertThat(refusedFor(world.askAt(MODEL))).isEqualTo(Reason.OPEN);
        assertThat(world.guard(MODEL).ask(world.only())).isInstanceOf(Verdict.Go.class);
    }

    @Test
    void slowness_of_a_model_without_a_fallback_lowers_its_limit_and_keeps_low_work_away() {
        slowFirstTokens(MODEL, world.only());
        assertThat(world.breaker(MODEL)).isEqualTo("closed");
        assertThat(world.guard(MODEL).reading().limit()).isLessThan(64);
        var low =
                new Ask(
                        world.only().deadline(),
                        WorkClass.BACKGROUND,
                        Cause.ORIGINAL,
                        0,
                        false,
                        true);
        assertThat(refusedFor(world.guard(MODEL).ask(low))).isEqualTo(Reason.LIMIT);
        assertThat(world.guard(MODEL).ask(world.only())).isInstanceOf(Verdict.Go.class);
    }

    @Test
    void a_local_model_that_was_idle_may_load_and_its_time_outs_open_nothing() {
        assertThat(world.go(NEARBY).timeout()).isEqualTo(Duration.ofMinutes(2));
        for (int i = 0; i < 30; i++) world.call(NEARBY, TIMED_OUT, 1000);
        assertThat(world.breaker(NEARBY)).isEqualTo("closed");
        Permit cold = world.go(NEARBY);
        world.pass(40_000);
        cold.begun();
        cold.ended(OK);
        assertThat(world.go(NEARBY).timeout()).as("loaded").isEqualTo(Duration.ofSeconds(2));
        world.pass(239_000);
        assertThat(world.go(NEARBY).timeout()).isEqualTo(Duration.ofSeconds(2));
        world.pass(1000);
        assertThat(world.go(NEARBY).timeout()).isEqualTo(Duration.ofMinutes(2));
    }

    @Test
    void a_neighbour_s_open_breaker_makes_three_calls_enough_for_ten_seconds() {
        world.news.listener.accept(new News.BreakerOpened(SOURCE));
        world.calls(2, SOURCE, ERROR, 10);
        assertThat(world.breaker(SOURCE)).isEqualTo("closed");
        world.call(SOURCE, ERROR, 10);
        assertThat(world.breaker(SOURCE)).isEqualTo("open");
    }

    private void open(String name) {
        world.burst(10, name, DOWN, 10);
        assertThat(world.breaker(name)).isEqualTo("open");
    }

    private void probe(Outcome<?> outcome, long ms) {
        world.untilHalfOpen(SOURCE);
        Permit probe = Objects.requireNonNull(world.guard(SOURCE).probe());
        probe.sent();
        world.pass(ms);
        probe.ended(outcome);
    }

    private void slowFirstTokens(String name, Ask ask) {
        List<Permit> all = new ArrayList<>();
        for (int i = 0; i < 10; i++) all.add(world.go(name, ask));
        world.pass(2500);
        for (Permit permit : all) permit.begun();
    }
}
