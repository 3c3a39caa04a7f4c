package dev.loadline.guard;

import static dev.loadline.guard.GuardedWorld.*;

import static org.assertj.core.api.Assertions.assertThat;

import dev.loadline.core.Outcome;
import dev.loadline.core.WorkClass;

import org.junit.jupiter.api.Test;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** Goal: a call that wants to go meets the rules in their order. Method: the assembled guard. */
class DecidingTest {
    private final GuardedWorld world = new GuardedWorld();

    @Test
    void less_time_than_such_a_call_normally_takes_is_too_little_once_that_is_known() {
        Ask hasty = world.ask(WorkClass.INTERACTIVE, Duration.ofMillis(20));
        assertThat(world.guard(SOURCE).ask(hasty)).isInstanceOf(Verdict.Go.class);
        world.minutes(4, SOURCE, OK, 30);
        hasty = world.ask(WorkClass.INTERACTIVE, Duration.ofMillis(29));
        assertThat(refusedFor(world.guard(SOURCE).ask(hasty))).isEqualTo(Reason.LATE);
        Ask passed = world.ask(WorkClass.INTERACTIVE, Duration.ZERO);
        assertThat(refusedFor(world.guard(OTHER).ask(passed))).isEqualTo(Reason.LATE);
    }

    @Test
    void a_rate_limit_closes_the_gate_of_all_who_share_it_and_of_nobody_else() {
        rateLimit(Duration.ofSeconds(3));
        Verdict.Wait waits = (Verdict.Wait) world.askAt(SIBLING);
        assertThat(waits.reason()).isEqualTo(Reason.RATE_LIMITED);
        assertThat(waits.time()).isBetween(Duration.ofSeconds(3), Duration.ofMillis(3300));
        assertThat(world.guard(SIBLING).room()).isZero();
        assertThat(world.askAt(OTHER)).isInstanceOf(Verdict.Go.class);
        GuardReading reading = world.guard(SIBLING).reading();
        assertThat(reading.gateClosedForMs()).isBetween(3000L, 3300L);
        assertThat(reading.gateReason()).isEqualTo(Reason.RATE_LIMITED);
    }

    @Test
    void at_a_closed_gate_waits_who_is_urgent_and_has_the_time() {
        rateLimit(Duration.ofSeconds(3));
        for (WorkClass workClass : WorkClass.values()) {
            Verdict verdict = world.guard(MODEL).ask(world.ask(workClass, Duration.ofSeconds(60)));
            boolean low = workClass == WorkClass.SCHEDULED || workClass == WorkClass.BACKGROUND;
            assertThat(refusedFor(verdict)).isEqualTo(low ? Reason.RATE_LIMITED : null);
            assertThat(waitsFor(verdict)).isEqualTo(low ? null : Reason.RATE_LIMITED);
        }
        Ask hasty = world.ask(WorkClass.INTERACTIVE, Duration.ofMillis(2500));
        assertThat(refusedFor(world.guard(MODEL).ask(hasty))).isEqualTo(Reason.RATE_LIMITED);
    }

    @Test
    void quota_that_is_gone_is_waited_for_by_nobody() {
        world.call(MODEL, new Outcome.Exhausted<>("insufficient_quota"), 10);
        assertThat(refusedFor(world.askAt(SIBLING))).isEqualTo(Reason.EXHAUSTED);
        world.pass(331_000);
        assertThat(world.askAt(SIBLING)).as("one probe").isInstanceOf(Verdict.Go.class);
        assertThat(refusedFor(world.askAt(MODEL))).as("no second").isEqualTo(Reason.EXHAUSTED);
    }

    @Test
    void headers_at_zero_close_the_gate_and_others_do_not() {
        Guard guard = world.guard(MODEL);
        Permit permit = world.go(MODEL);
        guard.limits(new ProviderLimits(false, Duration.ofSeconds(9), world.time.nanos()));
        assertThat(guard.room()).isPositive();
        world.pass(1);
        guard.limits(new ProviderLimits(true, Duration.ofSeconds(9), world.time.nanos()));
        permit.ended(OK);
        assertThat(waitsFor(world.askAt(MODEL))).isEqualTo(Reason.RATE_LIMITED);
    }

    @Test
    void the_gate_comes_before_the_breaker_and_the_breaker_before_the_limit() {
        List<Permit> all = new ArrayList<>();
        while (world.askAt(MODEL) instanceof Verdict.Go(Permit permit)) all.add(permit);
        assertThat(all).hasSize(64);
        assertThat(waitsFor(world.askAt(MODEL))).isEqualTo(Reason.LIMIT);
        world.pass(10);
        for (int i = 0; i < 10; i++) all.get(i).ended(DOWN);
        Verdict refused = world.askAt(MODEL);
        assertThat(refusedFor(refused)).isEqualTo(Reason.OPEN);
        assertThat(((Verdict.Refused) refused).retryAfter())
                .isBetween(Duration.ofSeconds(1), Duration.ofSeconds(3));
        all.get(10).ended(new Outcome.RateLimited<>(Duration.ofSeconds(9), "429"));
        assertThat(waitsFor(world.askAt(MODEL))).isEqualTo(Reason.RATE_LIMITED);
    }

    @Test
    void a_permit_comes_back_once_however_often_it_ends() {
        Permit permit = world.go(MODEL);
        permit.begun();
        permit.ended(OK, 0);
        permit.ended(DOWN, 0);
        permit.begun();
        permit.sent();
        GuardReading reading = world.guard(MODEL).reading();
        assertThat(reading.inFlight()).isZero();
        assertThat(reading.calls()).containsEntry("ok", 1L).containsEntry("unavailable", 0L);
    }

    @Test
    void whoever_waits_hears_of_room_when_a_permit_is_back_and_when_the_gate_opens() {
        List<Integer> heard = new ArrayList<>();
        Guard guard = world.guard(NEARBY);
        guard.onRoom(() -> heard.add(guard.room()));
        List<Permit> all = new ArrayList<>();
        for (int i = 0; i < 4; i++) all.add(world.go(NEARBY));
        assertThat(waitsFor(world.askAt(NEARBY))).isEqualTo(Reason.LIMIT);
        all.getFirst().ended(OK);
        assertThat(heard).containsExactly(1);
        world.pass(1);
        all.get(1).ended(new Outcome.RateLimited<>(Duration.ofSeconds(3), "429"));
        heard.clear();
        world.pass(2999);
        assertThat(heard).isEmpty();
        world.pass(301);
        assertThat(heard).as("the ramp's first").containsExactly(1);
    }

    @Test
    void the_ramp_tells_of_each_step_by_itself() {
        Guard guard = world.guard(MODEL);
        List<Integer> heard = new ArrayList<>();
        guard.onRoom(() -> heard.add(guard.room()));
        rateLimit(Duration.ofSeconds(1));
        assertThat(guard.room()).isZero();
        world.pass(1100);
        Permit first = world.go(MODEL);
        world.pass(10);
        first.ended(OK);
        world.pass(250);
        assertThat(heard).containsExactly(1, 2);
    }

    @Test
    void an_operator_s_hold_stands_above_all() {
        world.guards.hold(SOURCE);
        assertThat(refusedFor(world.askAt(SOURCE))).isEqualTo(Reason.HELD);
        assertThat(world.guard(SOURCE).room()).isZero();
        assertThat(world.guard(SOURCE).reading().held()).isTrue();
        world.guards.release(SOURCE);
        assertThat(world.askAt(SOURCE)).isInstanceOf(Verdict.Go.class);
    }

    @Test
    void three_wrong_keys_in_a_row_are_shown_until_there_is_another_answer() {
        for (int status : new int[] {401, 403, 401}) {
            assertThat(world.guard(MODEL).reading().misconfigured()).isFalse();
            world.call(MODEL, new Outcome.Rejected<>(status, "who are you"), 10);
        }
        assertThat(world.guard(MODEL).reading().misconfigured()).isTrue();
        world.call(MODEL, OK, 10);
        assertThat(world.guard(MODEL).reading().misconfigured()).isFalse();
    }

    private void rateLimit(Duration retryAfter) {
        world.call(MODEL, new Outcome.RateLimited<>(retryAfter, "429"), 10);
    }
}
