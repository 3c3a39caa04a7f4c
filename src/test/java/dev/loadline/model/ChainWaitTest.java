package dev.loadline.model;

import static org.assertj.core.api.Assertions.assertThat;

import dev.loadline.core.Outcome;
import dev.loadline.core.WorkClass;
import dev.loadline.guard.Fault;

import org.junit.jupiter.api.Test;

import java.time.Duration;
import java.util.List;

/**
 * Goal: who has to wait for a model is told and leaves nothing behind; drills do what they say.
 * Method: real guards and lines, models under the test's hand, time that the test moves.
 */
class ChainWaitTest extends ChainWorld {
    @Test
    void a_closed_gate_is_waited_for_and_the_wait_is_told() {
        Told told = ask("main", "twin", "other");
        main.last().sent().end(limited(3));
        pass(5);
        assertThat(told.words).containsExactly("asks main", "waits model:main rate_limited");
        pass(2_900);
        assertThat(upstream.calls).isEqualTo(1);
        pass(500);
        main.last().sent().says("hello").ends();
        assertThat(told.answered()).isTrue();
        assertThat(told.words)
                .containsExactly(
                        "asks main",
                        "waits model:main rate_limited",
                        "resumes",
                        "model:main rate_limited waited",
                        "asks main");
    }

    @Test
    void after_two_waits_a_model_of_another_group_is_asked() {
        Told told = ask("main", "twin", "other");
        for (int i = 0; i < 3; i++) {
            main.last().sent().end(limited(3));
            pass(3_500);
        }
        other.last().says("hello").ends();
        assertThat(main.calls).hasSize(3);
        assertThat(twin.calls).isEmpty();
        assertThat(told.words).filteredOn(word -> word.startsWith("waits")).hasSize(2);
        assertThat(told.words).endsWith("model:main rate_limited instead other", "asks other");
    }

    @Test
    void a_wait_that_does_not_fit_the_deadline_is_not_begun() {
        Told told = ask(List.of("main", "other"), Duration.ofSeconds(10), WorkClass.INTERACTIVE);
        main.last().sent().end(limited(30));
        pass(5);
        other.last().says("hello").ends();
        assertThat(told.words)
                .containsExactly(
                        "asks main", "model:main rate_limited instead other", "asks other");
    }

    @Test
    void low_classes_do_not_wait_before_a_closed_gate() {
        Told first = ask("main");
        main.last().sent().end(limited(3));
        pass(5);
        Told low = ask(List.of("main"), Duration.ofMinutes(5), WorkClass.BACKGROUND);
        assertThat(low.end).isInstanceOf(Outcome.Refused.class);
        assertThat(((Outcome.Refused<ModelAnswer>) low.end).reason()).isEqualTo("rate_limited");
        assertThat(first.end).isNull();
    }

    @Test
    void who_waits_may_leave_or_be_late_and_leaves_nothing_behind() {
        Told first = ask("main");
        main.last().sent().end(limited(30));
        Told late = ask(List.of("main"), Duration.ofSeconds(40), WorkClass.INTERACTIVE);
        pass(5);
        assertThat(models.mailboxes().getFirst().reading().depth()).isEqualTo(2);
        first.call.cancel();
        assertThat(models.mailboxes().getFirst().reading().depth()).isEqualTo(1);
        late.goesAtOnce = false;
        pass(39_000);
        assertThat(late.words).endsWith("resumes");
        pass(2_000);
        late.go.run();
        late.go.run();
        pass(5);
        assertThat(late.end).isInstanceOf(Outcome.CutShort.class);
        assertThat(first.end).isNull();
        assertThat(upstream.calls).isEqualTo(1);
    }

    @Test
    void two_hundred_who_wait_are_let_go_as_a_ramp_and_none_before() {
        main.always = call -> call.sent().end(limited(3));
        for (int i = 0; i < 3; i++) ask("main"); // the first closes it, all wait
        main.always = call -> call.sent().says("hi").ends();
        for (int i = 3; i < 200; i++) ask("main");
        pass(2_700 - 200);
        int before = upstream.calls;
        assertThat(before).isLessThanOrEqualTo(3);
        assertThat(turns).allMatch(told -> told.end == null);
        assertThat(turns).allMatch(told -> told.words.toString().contains("waits model:main"));
        main.always = null;
        pass(800);
        assertThat(upstream.calls - before).as("the first after the gate").isEqualTo(1);
        main.last().sent().says("hi");
        pass(5);
        assertThat(upstream.calls - before).as("two more after its success").isEqualTo(3);
        main.always = call -> call.sent().says("hi").ends();
        List.copyOf(main.calls).forEach(call -> call.says("hi").ends());
        pass(195);
        assertThat(upstream.calls - before).as("in the first second").isLessThanOrEqualTo(50);
        pass(5_000);
        assertThat(turns).filteredOn(told -> !told.answered()).isEmpty();
    }

    @Test
    void a_newcomer_stands_behind_who_waits() {
        Told first = ask("main");
        main.last().sent().end(limited(3));
        pass(5);
        Told second = ask("main");
        pass(3_400); // the first has gone, and nobody else may before its success
        Told third = ask("main");
        assertThat(upstream.calls).isEqualTo(2);
        main.last().sent().says("first");
        pass(200);
        assertThat(second.words).contains("asks main");
        assertThat(third.words).contains("asks main");
        assertThat(first.words).contains("asks main");
    }

    @Test
    void a_slot_that_the_turn_does_not_get_in_time_is_no_second_wait() {
        Told told = ask("main", "other");
        main.last().sent().end(limited(3));
        told.goesAtOnce = false;
        Told behind = ask("main", "other");
        pass(3_500);
        pass(1_100);
        assertThat(behind.words).as("it goes before").contains("asks main");
        told.go.run();
        assertThat(told.words).filteredOn(word -> word.startsWith("waits")).hasSize(2);
        told.goesAtOnce = true;
        main.last().sent().says("hi").ends();
        pass(20);
        main.last().sent().says("hi").ends();
        assertThat(told.answered()).isTrue();
    }

    // --- drills

    @Test
    void who_waits_for_a_model_that_is_held_meanwhile_is_told_and_falls_back() {
        Told lonely = ask("other");
        other.last().sent().end(limited(3));
        Told helped = ask("other", "main");
        pass(500);
        guarding.guards().hold("model:other");
        pass(3_100);
        main.last().says("hello").ends();
        assertThat(helped.answered()).isTrue();
        assertThat(helped.words).endsWith("model:other open instead main", "asks main");
        assertThat(lonely.words).endsWith("resumes");
        assertThat(lonely.end).isNotNull();
        assertThat(upstream.calls).isEqualTo(2);
    }

    @Test
    void who_waits_for_a_model_whose_breaker_opens_meanwhile_falls_back() {
        other.always = call -> call.sent().end(limited(3));
        ask("other");
        pass(5);
        other.always = call -> call.sent().end(new Outcome.Unavailable<>("HTTP 503"));
        main.always = call -> call.sent().says("hi").ends();
        for (int i = 0; i < 40; i++) ask("other", "main");
        pass(12_000);
        assertThat(reading("other").breaker()).isNotEqualTo("closed");
        assertThat(turns.subList(1, 41)).filteredOn(told -> !told.answered()).isEmpty();
    }

    private void fault(Fault fault) {
        guarding.guards().fault("model:main", fault);
    }

    @Test
    void a_drill_that_hangs_asks_no_model_and_the_fallback_answers() {
        fault(new Fault(null, null, null, null, null, null, true, null));
        Told told = ask("main", "other");
        pass(60_000);
        assertThat(main.calls).isEmpty();
        other.last().says("hello").ends();
        assertThat(told.words)
                .containsExactly("asks main", "model:main timeout instead other", "asks other");
    }

    @Test
    void a_drill_cuts_the_answer_after_so_many_parts() {
        fault(new Fault(null, null, null, null, null, null, null, 2));
        Told told = ask("main");
        main.last().sent().says("one ").says("two ").says("three");
        pass(5);
        assertThat(told.text).hasToString("one two ");
        assertThat(told.end).isInstanceOf(Outcome.Unavailable.class);
        assertThat(main.last().cancelled).isTrue();
    }

    @Test
    void a_drill_passes_everything_on_later_and_in_order() {
        fault(new Fault(null, 500L, null, null, null, null, null, null));
        Told told = ask("main");
        main.last().sent().says("one ");
        pass(490);
        main.last().says("two ");
        assertThat(told.text).isEmpty();
        pass(20);
        assertThat(told.text).hasToString("one ");
        main.last().ends();
        pass(2_000);
        assertThat(told.text).hasToString("one two ");
        assertThat(told.answered()).isTrue();
    }

    @Test
    void a_drill_answers_with_an_error_as_often_as_it_is_told() {
        fault(new Fault(null, null, 1.0, 400, null, null, null, null));
        Told told = ask("main", "other");
        pass(5);
        assertThat(main.calls).isEmpty();
        assertThat(told.end).isInstanceOf(Outcome.Rejected.class);
    }
}
