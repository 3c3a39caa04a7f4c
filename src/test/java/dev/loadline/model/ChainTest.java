package dev.loadline.model;

import static org.assertj.core.api.Assertions.assertThat;

import dev.loadline.core.Outcome;
import dev.loadline.guard.Cause;

import org.junit.jupiter.api.Test;

/**
 * Goal: an answer comes from one model at a time, from another where one has none. Method: real
 * guards and lines, models under the test's hand, time that the test moves.
 */
class ChainTest extends ChainWorld {
    @Test
    void a_model_that_is_silent_is_not_asked_again_but_another_is_once_it_is_closed() {
        Told told = ask("main", "other");
        var hung = main.last().sent();
        hung.closesLate = true;
        hung.end(SILENT);
        pass(20);
        assertThat(other.calls).as("before the first is closed").isEmpty();
        hung.close();
        pass(20);
        other.last().sent().says("hello").ends();
        assertThat(told.words)
                .containsExactly("asks main", "model:main timeout instead other", "asks other");
        assertThat(told.text).hasToString("hello");
        assertThat(told.answered()).isTrue();
        assertThat(main.calls).hasSize(1);
        assertThat(upstream.openAtMost).isEqualTo(1);
        assertThat(reading("other").retries().get(Cause.FALLBACK)).isEqualTo(1);
    }

    @Test
    void a_connection_that_does_not_close_holds_nobody_up_for_long() {
        ask("main", "other");
        var hung = main.last().sent();
        hung.closesLate = true;
        hung.end(SILENT);
        pass(990);
        assertThat(other.calls).isEmpty();
        pass(20);
        assertThat(other.calls).hasSize(1);
        hung.close();
    }

    @Test
    void what_was_shown_is_void_when_another_begins_anew_and_only_then() {
        Told told = ask("main", "other");
        main.last().sent().says("Half an ").end(DOWN);
        pass(5);
        other.last().sent().says("A whole answer").ends();
        assertThat(told.words)
                .containsExactly(
                        "asks main",
                        "model:main error instead other",
                        "reset fallback",
                        "asks other");
        assertThat(told.text).hasToString("A whole answer");
    }

    @Test
    void what_was_shown_stays_where_nobody_can_go_on() {
        Told told = ask("main");
        main.last().sent().says("Half an ").end(DOWN);
        pass(5);
        assertThat(told.text).hasToString("Half an ");
        assertThat(told.end).isEqualTo(DOWN);
        assertThat(told.words).containsExactly("asks main");
    }

    @Test
    void a_wrong_request_is_wrong_for_all_but_a_key_that_is_not_taken_is_one_models_fault() {
        Told wrong = ask("main", "other");
        main.last().sent().end(new Outcome.Rejected<>(400, "too long"));
        pass(5);
        assertThat(wrong.end).isEqualTo(new Outcome.Rejected<>(400, "too long"));
        Told key = ask("main", "other");
        main.last().sent().end(new Outcome.Rejected<>(401, "no such key"));
        pass(5);
        other.last().says("fine").ends();
        assertThat(key.answered()).isTrue();
    }

    @Test
    void a_failure_before_the_first_word_is_tried_again_within_the_budget() {
        Told told = ask("main");
        main.last().sent().end(DOWN);
        pass(2_100);
        main.last().sent().end(DOWN);
        pass(2_100);
        main.last().sent().says("third").ends();
        assertThat(told.answered()).isTrue();
        assertThat(told.words).containsExactly("asks main", "asks main", "asks main");
        assertThat(reading("main").retries().get(Cause.GUARD)).isEqualTo(2);
    }

    @Test
    void with_nobody_left_the_end_names_the_first_cause_and_what_came_of_the_others() {
        Told told = ask("main", "other");
        main.last().sent().end(SILENT);
        pass(5);
        other.last().sent().end(new Outcome.Exhausted<>("no credit"));
        pass(5);
        assertThat(told.end)
                .isEqualTo(new Outcome.TimedOut<>("no first event; then model:other: no credit"));
    }

    @Test
    void whose_quota_is_gone_is_left_for_a_model_of_another_group_at_once() {
        Told told = ask("main", "twin", "other");
        main.last().sent().end(new Outcome.Exhausted<>("no credit"));
        pass(5);
        assertThat(twin.calls).as("shares the quota").isEmpty();
        other.last().says("hello").ends();
        assertThat(told.words)
                .containsExactly(
                        "asks main", "model:main rate_limited instead other", "asks other");
    }
}
