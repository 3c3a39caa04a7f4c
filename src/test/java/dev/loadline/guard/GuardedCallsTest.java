package dev.loadline.guard;

import static org.assertj.core.api.Assertions.assertThat;

import dev.loadline.core.Deadline;
import dev.loadline.core.ManualTime;
import dev.loadline.core.Outcome;
import dev.loadline.core.WorkClass;

import io.vertx.core.Future;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/**
 * Goal: a caller has an answer by its deadline, the guard hears how every attempt really ended, and
 * each permit comes back once. Method: a guard by script, attempts that the test ends, time that
 * the test moves.
 */
class GuardedCallsTest {
    private static final Verdict OPEN = new Verdict.Refused(Reason.OPEN, Duration.ZERO);

    private final ManualTime time = new ManualTime();
    private final ScriptedGuard guard = new ScriptedGuard("source:crm");
    private final GuardedCalls calls = new GuardedCalls(guard, time, time);
    private final List<Begun> begun = new ArrayList<>();
    private final List<String> late = new ArrayList<>();

    /** An attempt under way. */
    private static final class Begun {
        final GuardedCalls.Progress<String> heard;
        boolean givenUp;

        Begun(GuardedCalls.Progress<String> heard) {
            this.heard = heard;
        }

        void ends(Outcome<String> outcome) {
            heard.sent();
            heard.ended(outcome);
        }
    }

    @AfterEach
    void nothing_is_left_behind() {
        time.advance(Duration.ofMinutes(1));
        assertThat(guard.out).hasValue(0);
        assertThat(calls.waiting()).isZero();
        assertThat(time.pending()).isZero();
    }

    @Test
    void an_answer_is_given_and_told_to_the_guard() {
        var answer = run(200);
        begun.getFirst().ends(new Outcome.Ok<>("facts"));
        assertThat(answer.result()).isEqualTo(new Outcome.Ok<>("facts"));
        assertThat(guard.outcomes).containsExactly(answer.result());
    }

    @Test
    void the_deadline_answers_and_the_attempt_goes_on_to_its_own_end() {
        var answer = run(200);
        begun.getFirst().heard.sent();
        time.advance(Duration.ofMillis(200));
        assertThat(answer.result()).isInstanceOf(Outcome.CutShort.class);
        assertThat(guard.outcomes).isEmpty();
        time.advance(Duration.ofMillis(40));
        begun.getFirst().heard.ended(new Outcome.Ok<>("facts"));
        assertThat(late).containsExactly("facts");
        assertThat(guard.outcomes).containsExactly(new Outcome.Ok<>("facts"));
    }

    @Test
    void an_attempt_is_given_up_at_its_own_time_out_and_not_tried_again_for_nobody() {
        var answer = run(200);
        guard.retryAfter(Duration.ofMillis(1));
        begun.getFirst().heard.sent();
        time.advance(Duration.ofMillis(250));
        assertThat(answer.result()).isInstanceOf(Outcome.CutShort.class);
        assertThat(guard.outcomes).singleElement().isInstanceOf(Outcome.TimedOut.class);
        assertThat(begun).singleElement().matches(it -> it.givenUp);
        begun.getFirst().heard.ended(new Outcome.Ok<>("too late"));
        assertThat(late).isEmpty();
    }

    @Test
    void a_time_out_that_fires_after_a_pause_of_our_own_looks_once_more() {
        var answer = run(2000);
        begun.getFirst().heard.sent();
        time.stall(Duration.ofMillis(400));
        time.advance(Duration.ZERO);
        assertThat(answer.isComplete()).isFalse();
        begun.getFirst().heard.ended(new Outcome.Ok<>("was there"));
        assertThat(answer.result()).isEqualTo(new Outcome.Ok<>("was there"));
    }

    @Test
    void a_failure_is_tried_again_by_the_guard_within_the_deadline() {
        guard.retryAfter(Duration.ofMillis(50), Duration.ofMillis(200));
        var answer = run(200);
        begun.getFirst().ends(new Outcome.Unavailable<>("reset"));
        assertThat(guard.out).as("not held while it backs off").hasValue(0);
        time.advance(Duration.ofMillis(50));
        begun.get(1).ends(new Outcome.ServerError<>("HTTP 500"));
        assertThat(answer.result()).isInstanceOf(Outcome.ServerError.class);
        assertThat(guard.asks).extracting(Ask::cause).containsExactly(Cause.ORIGINAL, Cause.GUARD);
    }

    @Test
    void a_retry_that_is_refused_leaves_the_failure_as_the_answer() {
        guard.retryAfter(Duration.ofMillis(50));
        var answer = run(200);
        guard.always(OPEN);
        begun.getFirst().ends(new Outcome.Unavailable<>("reset"));
        time.advance(Duration.ofMillis(50));
        assertThat(answer.result()).isInstanceOf(Outcome.Unavailable.class);
    }

    @Test
    void a_refusal_answers_at_once_and_the_probe_that_is_due_carries_a_copy() {
        guard.always(OPEN);
        guard.probesDue(1);
        assertThat(run(200).result())
                .isEqualTo(new Outcome.Refused<>("open", Duration.ZERO, "refused: open"));
        assertThat(run(200).result()).isInstanceOf(Outcome.Refused.class);
        assertThat(begun).as("one probe").hasSize(1);
        begun.getFirst().ends(new Outcome.Ok<>("well again"));
        assertThat(late).containsExactly("well again");
    }

    @Test
    void who_must_wait_stands_in_line_and_goes_when_there_is_room() {
        guard.always(new Verdict.Wait(Duration.ofMillis(100), Reason.LIMIT));
        var first = run(200);
        var second = run(200);
        assertThat(calls.waiting()).isEqualTo(2);
        guard.alwaysGo();
        guard.room(1);
        assertThat(begun).hasSize(1);
        begun.getFirst().ends(new Outcome.Ok<>("first"));
        assertThat(first.result()).isEqualTo(new Outcome.Ok<>("first"));
        time.advance(Duration.ofMillis(100));
        assertThat(begun).as("asked again when the estimate said so").hasSize(2);
        begun.get(1).ends(new Outcome.Ok<>("second"));
        assertThat(second.result()).isEqualTo(new Outcome.Ok<>("second"));
    }

    @Test
    void who_waits_in_vain_keeps_its_place() {
        guard.always(new Verdict.Wait(Duration.ofMillis(20), Reason.LIMIT));
        var first = run(200);
        time.advance(Duration.ofMillis(1));
        var second = run(200);
        time.advance(Duration.ofMillis(100));
        guard.alwaysGo();
        guard.room(1);
        begun.getFirst().ends(new Outcome.Ok<>("first"));
        assertThat(first.isComplete()).isTrue();
        assertThat(second.isComplete()).isFalse();
        time.advance(Duration.ofMillis(20));
        begun.get(1).ends(new Outcome.Ok<>("second"));
    }

    @Test
    void a_wait_that_does_not_fit_is_a_refusal_and_a_vain_one_ends_at_the_deadline() {
        guard.next(new Verdict.Wait(Duration.ofSeconds(3), Reason.RATE_LIMITED));
        assertThat(run(200).result())
                .isEqualTo(
                        new Outcome.Refused<>(
                                "rate_limited", Duration.ofSeconds(3), "refused: rate_limited"));
        guard.always(new Verdict.Wait(Duration.ofMillis(1), Reason.LIMIT));
        var answer = run(200);
        time.advance(Duration.ofMillis(199));
        assertThat(answer.isComplete()).isFalse();
        time.advance(Duration.ofMillis(1));
        assertThat(answer.succeeded()).isTrue();
        assertThat(begun).isEmpty();
    }

    @Test
    void who_waits_hears_at_once_that_the_breaker_opened() {
        guard.always(new Verdict.Wait(Duration.ofMillis(100), Reason.LIMIT));
        var waiting = run(200);
        guard.always(OPEN);
        run(200);
        assertThat(waiting.result()).isInstanceOf(Outcome.Refused.class);
    }

    @Test
    void a_drill_delays_replaces_hangs_or_cuts_off() {
        guard.injury = new Injury(Duration.ofMillis(60), 1, null, false, -1);
        var delayed = run(200);
        begun.getFirst().ends(new Outcome.Ok<>("facts"));
        assertThat(delayed.isComplete()).isFalse();
        time.advance(Duration.ofMillis(60));
        assertThat(delayed.result()).isEqualTo(new Outcome.Ok<>("facts"));

        guard.injury =
                new Injury(Duration.ZERO, 1, new Outcome.ServerError<>("HTTP 500"), false, -1);
        assertThat(run(200).result()).isInstanceOf(Outcome.ServerError.class);
        guard.injury = new Injury(Duration.ZERO, 1, null, false, 0);
        assertThat(run(200).result()).isInstanceOf(Outcome.Unavailable.class);
        guard.injury = new Injury(Duration.ZERO, 1, null, true, -1);
        var hangs = run(500);
        time.advance(Duration.ofMillis(250));
        assertThat(hangs.result()).isInstanceOf(Outcome.TimedOut.class);
        assertThat(begun).as("nothing else was really called").hasSize(1);
    }

    @Test
    void an_attempt_that_throws_gives_its_permit_back() {
        Future<Outcome<String>> answer =
                calls.run(
                        ask(200),
                        Runnable::run,
                        heard -> {
                            throw new IllegalStateException("closed");
                        },
                        late::add);
        assertThat(answer.result()).isInstanceOf(Outcome.Cancelled.class);
    }

    private Ask ask(int deadlineMs) {
        return new Ask(Deadline.after(time, Duration.ofMillis(deadlineMs)), WorkClass.INTERACTIVE);
    }

    private Future<Outcome<String>> run(int deadlineMs) {
        return calls.run(
                ask(deadlineMs),
                Runnable::run,
                heard -> {
                    var one = new Begun(heard);
                    begun.add(one);
                    return () -> one.givenUp = true;
                },
                late::add);
    }
}
