package dev.loadline.model;

import static org.assertj.core.api.Assertions.assertThat;

import dev.loadline.core.Deadline;
import dev.loadline.core.ModelOptions;
import dev.loadline.core.Outcome;
import dev.loadline.core.Prompt;
import dev.loadline.core.TurnId;
import dev.loadline.core.WorkClass;
import dev.loadline.guard.Cause;
import dev.loadline.guard.Fault;
import dev.loadline.guard.GuardPolicy;
import dev.loadline.guard.GuardReading;
import dev.loadline.mailbox.MailboxReading;
import dev.loadline.mailbox.Sender;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/**
 * Goal: an answer comes from one model at a time, from another where one has none, and whoever
 * waits is told and leaves nothing behind. Method: real guards and lines, models under the test's
 * hand, time that the test moves.
 */
class ChainTest {
    private static final Outcome<ModelAnswer> DOWN = new Outcome.Unavailable<>("no connection");
    private static final Outcome<ModelAnswer> SILENT = new Outcome.TimedOut<>("no first event");

    private final ManualTime time = new ManualTime();
    private final ScriptedModel.Upstream upstream = new ScriptedModel.Upstream();
    private final ScriptedModel main = new ScriptedModel("main", upstream, time);
    private final ScriptedModel twin = new ScriptedModel("twin", upstream, time);
    private final ScriptedModel other = new ScriptedModel("other", upstream, time);
    private final Guarding guarding =
            GuardedWorlds.guarding(
                    time,
                    time,
                    List.of(policy("main", "a"), policy("twin", "a"), policy("other", "b")));
    private final Models models = Models.of(List.of(main, twin, other), guarding);
    private final List<Told> turns = new ArrayList<>();

    private static GuardPolicy policy(String name, String group) {
        return GuardedWorlds.policy(name, group, 250);
    }

    /** What a turn hears, in its own words. */
    private static final class Told implements ModelListener {
        final List<String> words = new ArrayList<>();
        final StringBuilder text = new StringBuilder();
        Outcome<ModelAnswer> end;
        Runnable go;
        boolean goesAtOnce = true;
        ModelCall call;

        @Override
        public void asks(LanguageModel model) {
            words.add("asks " + model.name());
        }

        @Override
        public void waits(ModelWait wait) {
            words.add("waits " + wait.dependency() + " " + wait.reason());
        }

        @Override
        public void resumes(Runnable next) {
            words.add("resumes");
            if (goesAtOnce) next.run();
            else go = next;
        }

        @Override
        public void degraded(Setback what) {
            String how = what.waited() ? "waited" : "instead " + what.instead();
            words.add(what.dependency() + " " + what.reason() + " " + how);
        }

        @Override
        public void reset(String reason) {
            words.add("reset " + reason);
            text.setLength(0);
        }

        @Override
        public void sent() {}

        @Override
        public void text(String delta) {
            text.append(delta);
        }

        @Override
        public void reasoning(String delta) {}

        @Override
        public void ended(Outcome<ModelAnswer> outcome) {
            assertThat(end).as("ends once").isNull();
            end = outcome;
        }

        @Override
        public String toString() {
            return words + " " + end;
        }

        boolean answered() {
            return end instanceof Outcome.Ok;
        }
    }

    private Told ask(List<String> chain, Duration deadline, WorkClass workClass) {
        var told = new Told();
        turns.add(told);
        var standing =
                new ModelRequest.Standing(
                        workClass,
                        new Sender("t", "u", "l" + turns.size()),
                        Cause.ORIGINAL,
                        0,
                        true);
        var request =
                new ModelRequest(
                        new TurnId("t" + turns.size()),
                        1,
                        1,
                        new Prompt("", List.of(new Prompt.Said("m", true, "hi")), 10),
                        ModelOptions.NONE,
                        Deadline.after(time, deadline),
                        standing,
                        null);
        told.call = chain(chain).stream(request, told);
        assertThat(told.words).as("before it returns").isEmpty();
        time.pass(Duration.ofMillis(1));
        return told;
    }

    private LanguageModel chain(List<String> names) {
        return models.chain(names);
    }

    private Told ask(String... chain) {
        return ask(List.of(chain), Duration.ofMinutes(5), WorkClass.INTERACTIVE);
    }

    private void pass(int ms) {
        time.pass(Duration.ofMillis(ms));
    }

    private static Outcome<ModelAnswer> limited(int seconds) {
        return new Outcome.RateLimited<>(Duration.ofSeconds(seconds), "HTTP 429");
    }

    private GuardReading reading(String model) {
        return guarding.guards().get("model:" + model).reading();
    }

    /** Whoever asked has left nothing behind. */
    @AfterEach
    void nothing_is_left() {
        for (Told told : turns) if (told.end == null) told.call.cancel();
        pass(2_000);
        for (String name : models.names()) assertThat(reading(name).inFlight()).isZero();
        for (var box : models.mailboxes()) {
            MailboxReading reading = box.reading();
            assertThat(reading.depth()).as(reading.name()).isZero();
            assertThat(reading.inWork()).as(reading.name()).isZero();
        }
        assertThat(upstream.open).isZero();
    }

    // --- falling back

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

    // --- waiting

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
