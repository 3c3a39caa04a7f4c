package dev.loadline.guard;

import static dev.loadline.guard.GuardedWorld.*;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

import java.time.Duration;
import java.util.Objects;

/** Goal: time-outs follow what is normal, and nothing else. Method: minutes of calls by hand. */
class LearningTest {
    private final GuardedWorld world = new GuardedWorld();

    @Test
    void a_single_call_has_four_times_normal_then_three_times_what_99_of_100_take() {
        assertThat(timeout(SOURCE)).isEqualTo(160);
        world.minutes(4, SOURCE, OK, 100);
        assertThat(timeout(SOURCE)).isEqualTo(300);
        assertThat(world.guard(SOURCE).reading().timeoutMs()).isEqualTo(300);
        assertThat(world.meter("loadline.dependency.timeout.to.normal.ratio", "dependency", SOURCE))
                .isEqualTo(7.5);
    }

    @Test
    void our_own_pauses_and_ten_times_normal_bound_what_was_learned() {
        world.minutes(4, SOURCE, OK, 10);
        assertThat(timeout(SOURCE)).isEqualTo(250);
        world.guards.relearn(SOURCE);
        assertThat(timeout(SOURCE)).as("learning anew").isEqualTo(160);
        world.minutes(4, SOURCE, OK, 150);
        assertThat(timeout(SOURCE)).isEqualTo(400);
        assertThat(world.go(SOURCE, world.only()).timeout()).isEqualTo(Duration.ofMillis(400));
    }

    @Test
    void a_model_s_first_event_is_awaited_by_the_size_of_what_it_has_to_read() {
        assertThat(first(world.sized(0, false))).isEqualTo(2000);
        assertThat(first(world.sized(1000, false))).isEqualTo(4000);
        assertThat(first(world.sized(100_000, false))).isEqualTo(120_000);
        assertThat(first(world.sized(1_000_000, true))).isEqualTo(600_000);
        assertThat(first(world.only())).as("nobody else can answer").isEqualTo(120_000);
    }

    @Test
    void what_a_model_s_bucket_learned_holds_there_and_never_under_what_the_prompt_s_size_takes() {
        for (int i = 0; i < 240; i++) {
            stream(world.sized(5000, false), 700, 100);
            world.pass(300);
        }
        assertThat(first(world.sized(5000, false))).isEqualTo(3000);
        assertThat(first(world.sized(16_000, false))).isEqualTo(8500);
        assertThat(first(world.sized(100, false))).as("another bucket").isEqualTo(2200);
        assertThat(first(world.sized(5000, true))).as("another bucket").isEqualTo(12_000);
        Permit permit = world.go(MODEL);
        assertThat(permit.gap()).as("20 gaps, at least").isEqualTo(Duration.ofSeconds(5));
    }

    @Test
    void the_silence_between_two_parts_is_learned_from_the_longest_of_each_answer() {
        assertThat(world.go(MODEL).gap()).isEqualTo(Duration.ofSeconds(5));
        for (int i = 0; i < 240; i++) {
            stream(world.sized(100, false), 300, 400);
            world.pass(700);
        }
        assertThat(world.go(MODEL).gap()).isEqualTo(Duration.ofSeconds(8));
    }

    @Test
    void long_prompts_make_no_time_out_no_retry_and_open_nothing() {
        for (int i = 0; i < 400; i++) {
            long tokens = (i * 7919L) % 100_000;
            Permit permit = world.go(MODEL, world.sized(tokens, false));
            long ms = 300 + tokens / 5;
            assertThat(Duration.ofMillis(ms)).isLessThan(permit.timeout());
            world.pass(ms);
            permit.begun();
            permit.ended(OK);
            assertThat(world.breaker(MODEL)).isEqualTo("closed");
        }
    }

    @Test
    void an_outage_cannot_teach() {
        world.minutes(5, SOURCE, OK, 35);
        long before = world.guard(SOURCE).reading().timeoutMs();
        for (int second = 0; second < 300; second++) {
            if (world.askAt(SOURCE) instanceof Verdict.Go(Permit permit)) {
                permit.sent();
                world.pass(permit.timeout().toMillis());
                permit.ended(TIMED_OUT);
            } else probeIfDue(350);
            world.pass(700);
        }
        assertThat(world.guard(SOURCE).reading().timeoutMs()).isEqualTo(before);
        world.untilHalfOpen(SOURCE);
        probeIfDue(35);
        world.minutes(3, SOURCE, OK, 35);
        assertThat(world.guard(SOURCE).reading().timeoutMs()).isEqualTo(before);
    }

    @Test
    void a_model_that_is_slow_for_all_without_an_error_does_not_teach_either() {
        for (int i = 0; i < 300; i++) {
            stream(world.only(), 400, 10);
            world.pass(600);
        }
        long before = world.guard(MODEL).reading().timeoutMs();
        for (int i = 0; i < 75; i++) stream(world.only(), 4000, 10);
        world.pass(120_000);
        assertThat(world.guard(MODEL).reading().timeoutMs()).isEqualTo(before);
    }

    @Test
    void a_moved_normal_is_learnt_by_twenty_good_probes_over_half_an_hour() {
        world.minutes(5, SOURCE, OK, 35);
        long began = world.time.nanos();
        int probes = 0;
        world.burst(10, SOURCE, TIMED_OUT, 250);
        while (world.guard(SOURCE).reading().normalMs() < 80) {
            assertThat(refusedFor(world.askAt(SOURCE))).isEqualTo(Reason.OPEN);
            if (probeIfDue(300)) probes++;
            world.pass(5000);
            assertThat(world.time.nanos() - began).isLessThan(Duration.ofHours(1).toNanos());
        }
        assertThat(probes).isGreaterThanOrEqualTo(20);
        assertThat(Duration.ofNanos(world.time.nanos() - began))
                .isGreaterThan(Duration.ofMinutes(29));
        assertThat(world.guard(SOURCE).reading().normalMs()).as("twofold").isEqualTo(80);
        assertThat(world.meter("loadline.normal.changed", "dependency", SOURCE)).isEqualTo(1);
        world.untilHalfOpen(SOURCE);
        assertThat(probeIfDue(300)).isTrue();
        assertThat(world.breaker(SOURCE)).as("it is let in again").isEqualTo("closed");
        world.minutes(4, SOURCE, OK, 300);
        assertThat(world.breaker(SOURCE)).isEqualTo("closed");
    }

    @Test
    void what_is_called_once_a_minute_is_let_in_again_too() {
        world.minutes(5, SOURCE, OK, 35);
        long began = world.time.nanos();
        int good = 0;
        while (good < 10) {
            if (world.askAt(SOURCE) instanceof Verdict.Go(Permit permit)) {
                permit.sent();
                boolean late = permit.timeout().toMillis() < 300;
                world.pass(late ? permit.timeout().toMillis() : 300);
                permit.ended(late ? TIMED_OUT : OK);
                good = late ? 0 : good + 1;
            } else probeIfDue(300);
            world.pass(60_000);
            assertThat(world.time.nanos() - began).isLessThan(Duration.ofHours(6).toNanos());
        }
        assertThat(world.guard(SOURCE).reading().normalMs()).isEqualTo(80);
    }

    @Test
    void a_probe_off_the_path_is_no_original() {
        world.minutes(1, SOURCE, OK, 35);
        world.burst(10, SOURCE, TIMED_OUT, 250);
        long originals = world.guard(SOURCE).reading().originals();
        world.untilHalfOpen(SOURCE);
        assertThat(probeIfDue(35)).isTrue();
        GuardReading reading = world.guard(SOURCE).reading();
        assertThat(reading.originals()).isEqualTo(originals);
        assertThat(reading.attempts()).isEqualTo(originals + 1);
    }

    private boolean probeIfDue(long ms) {
        Permit probe = world.guard(SOURCE).probe();
        if (probe == null) return false;
        probe.sent();
        world.pass(ms);
        assertThat(Objects.requireNonNull(probe).timeout()).isGreaterThan(Duration.ofMillis(ms));
        probe.ended(OK);
        return true;
    }

    private void stream(Ask ask, long firstMs, long longestGapMs) {
        Permit permit = world.go(MODEL, ask);
        world.pass(firstMs);
        permit.begun();
        permit.ended(OK, longestGapMs * 1_000_000);
    }

    private long timeout(String name) {
        Permit permit = world.go(name);
        permit.ended(CANCELLED);
        return permit.timeout().toMillis();
    }

    private long first(Ask ask) {
        return world.go(MODEL, ask).timeout().toMillis();
    }
}
