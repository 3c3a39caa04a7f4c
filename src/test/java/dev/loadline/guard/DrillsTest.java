package dev.loadline.guard;

import static dev.loadline.guard.GuardedWorld.*;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.loadline.core.Outcome;

import org.junit.jupiter.api.Test;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/** Goal: what would be without guards can be shown, and faults be made, in a running server. */
class DrillsTest {
    private final GuardedWorld world = new GuardedWorld();

    @Test
    void without_guards_everything_goes_and_everything_is_tried_three_times_more() {
        world.call(MODEL, new Outcome.RateLimited<>(Duration.ofSeconds(60), "429"), 10);
        world.burst(10, SOURCE, DOWN, 10);
        world.guards.enable(false);
        List<Permit> all = new ArrayList<>();
        for (int i = 0; i < 100; i++) {
            all.add(world.go(MODEL));
            all.add(world.go(SOURCE));
        }
        assertThat(all).allMatch(permit -> permit.timeout().equals(Duration.ofSeconds(10)));
        for (Permit permit : all) permit.ended(DOWN);
        for (Outcome.Failed<?> failed :
                List.<Outcome.Failed<?>>of(
                        new Outcome.Rejected<>(400, "bad"),
                        new Outcome.RateLimited<>(Duration.ofSeconds(60), "429"),
                        new Outcome.TimedOut<>("late")))
            for (int i = 0; i <= 3; i++)
                assertThat(world.guard(MODEL).retryIn(failed, i, true))
                        .isEqualTo(i == 3 ? null : Duration.ofSeconds(1L << i));
        GuardReading reading = world.guard(MODEL).reading();
        assertThat(reading.calls()).as("readings go on").containsEntry("unavailable", 100L);
        assertThat(reading.attempts()).isEqualTo(101);
        assertThat(reading.inFlight()).isZero();
    }

    @Test
    void switched_on_again_they_stand_where_they_stood_and_judge_anew() {
        world.guards.enable(false);
        List<Permit> naive = new ArrayList<>();
        for (int i = 0; i < 30; i++) naive.add(world.go(SOURCE));
        world.guards.enable(true);
        assertThat(world.askAt(SOURCE)).isInstanceOf(Verdict.Go.class);
        for (Permit permit : naive) permit.ended(DOWN);
        assertThat(world.breaker(SOURCE)).isEqualTo("closed");
        assertThat(world.guard(SOURCE).reading().inFlight()).isEqualTo(1);
    }

    @Test
    void a_fault_is_drawn_for_each_attempt() {
        world.guards.fault(MODEL, new Fault(3.0, 50L, 0.5, 503, 0.25, 3000L, true, 7));
        int errors = 0;
        int limited = 0;
        for (int i = 0; i < 1000; i++) {
            Permit permit = world.go(MODEL);
            Injury injury = Objects.requireNonNull(permit.injury());
            assertThat(injury.delay())
                    .as("2 × normal and 50 ms")
                    .isEqualTo(Duration.ofMillis(1050));
            assertThat(injury.stretch()).isEqualTo(3);
            assertThat(injury.hangs()).isTrue();
            assertThat(injury.cutAfter()).isEqualTo(7);
            if (injury.outcome() instanceof Outcome.Unavailable) errors++;
            if (injury.outcome() instanceof Outcome.RateLimited<?>(Duration after, String detail)) {
                limited++;
                assertThat(after).isEqualTo(Duration.ofSeconds(3));
            }
            permit.ended(CANCELLED);
        }
        assertThat(limited).isBetween(200, 300);
        assertThat(errors).as("half of the others").isBetween(320, 430);
        assertThat(world.go(OTHER).injury()).as("nobody else's").isNull();
    }

    @Test
    void a_fault_that_asks_for_nothing_does_nothing_and_one_taken_back_is_gone() {
        world.guards.fault(SOURCE, new Fault(null, null, null, null, null, null, null, null));
        assertThat(world.go(SOURCE).injury())
                .isEqualTo(new Injury(Duration.ZERO, 1, null, false, -1));
        assertThat(world.guards.faults()).containsOnlyKeys(SOURCE);
        world.guards.fault(SOURCE, null);
        assertThat(world.go(SOURCE).injury()).isNull();
        assertThatThrownBy(() -> world.guards.fault("source:nobody", null))
                .hasMessageContaining("source:nobody");
    }

    @Test
    void a_delay_on_purpose_teaches_nobody_what_is_normal() {
        world.minutes(4, SOURCE, OK, 35);
        GuardReading before = world.guard(SOURCE).reading();
        world.guards.fault(SOURCE, new Fault(2.0, null, null, null, null, null, null, null));
        for (int minute = 0; minute < 30; minute++) {
            Permit permit = world.go(SOURCE);
            permit.ended(CANCELLED);
            Injury injury = Objects.requireNonNull(permit.injury());
            assertThat(injury.delay()).as("no slower by itself").isEqualTo(Duration.ofMillis(35));
            world.calls(1, SOURCE, OK, 70);
            world.pass(60_000);
        }
        world.guards.fault(SOURCE, null);
        assertThat(world.guard(SOURCE).reading().p99Ms()).isEqualTo(before.p99Ms());
    }

    @Test
    void every_meter_is_there_before_anything_happens() {
        for (String name :
                List.of(
                        "loadline.dependency.timeout.seconds",
                        "loadline.dependency.timeout.to.normal.ratio",
                        "loadline.breaker.state",
                        "loadline.concurrency.limit",
                        "loadline.concurrency.in.flight",
                        "loadline.retry.amplification",
                        "loadline.normal.changed",
                        "loadline.retries"))
            assertThat(world.registry.get(name).tag("dependency", MODEL).meters()).isNotEmpty();
        assertThat(world.meter("loadline.gate.closed", "limit_group", "provider")).isZero();
        world.call(MODEL, new Outcome.RateLimited<>(Duration.ofSeconds(60), "429"), 10);
        world.burst(10, SOURCE, DOWN, 10);
        assertThat(world.meter("loadline.gate.closed", "limit_group", "provider")).isEqualTo(1);
        assertThat(world.meter("loadline.breaker.state", "dependency", SOURCE)).isEqualTo(2);
    }
}
