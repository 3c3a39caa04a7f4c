package dev.loadline.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.loadline.core.Deadline;
import dev.loadline.core.ModelOptions;
import dev.loadline.core.Outcome;
import dev.loadline.core.Prompt;
import dev.loadline.core.TurnId;

import net.jqwik.api.ForAll;
import net.jqwik.api.Property;

import org.junit.jupiter.api.Test;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * Goal: everything can be tried without a model. Method: time is told to pass; phrases in, text
 * out.
 */
class RehearsalModelTest {
    private final ManualTime time = new ManualTime();

    @Test
    void counts_word_by_word_at_its_pace() {
        var heard = new Heard();
        model(Duration.ofMillis(20)).stream(asked("Please count to 5!"), heard);
        assertThat(heard.order).as("nothing before it returned").isEmpty();

        time.pass(Duration.ofMillis(1));
        assertThat(heard.deltas).containsExactly("1");
        time.pass(Duration.ofMillis(40));
        assertThat(heard.deltas).containsExactly("1", " 2", " 3");
        time.pass(Duration.ofMillis(40));

        assertThat(heard.text()).isEqualTo("1 2 3 4 5");
        assertThat(heard.order).containsExactly("sent", "text", "ended");
        assertThat(answerOf(heard).reason()).isEqualTo(ModelAnswer.Reason.STOP);
        assertThat(heard.broken).isEmpty();
        assertThat(time.pending()).as("timers left").isZero();
    }

    @Test
    void goes_slowly_when_asked_even_without_a_pace() {
        var heard = new Heard();
        model(Duration.ZERO).stream(asked("Slowly count to 3"), heard);
        time.pass(Duration.ofMillis(150));
        assertThat(heard.text()).isNotEmpty();
        assertThat(heard.end).isNotDone();
        time.pass(Duration.ofSeconds(2));
        assertThat(heard.text()).isEqualTo("1 2 3");
    }

    @Property(tries = 200)
    void says_exactly_what_it_is_told(@ForAll String text) {
        assertThat(answer("say: " + text)).isEqualTo(text);
    }

    @Test
    void says_text_that_has_lines_blanks_and_phrases_in_it() {
        assertThat(answer("SAY:  two\n\nlines, count to 5 \t😀 "))
                .isEqualTo(" two\n\nlines, count to 5 \t😀 ");
        assertThat(answer("slowly say: x")).isEqualTo("x");
        assertThat(answer("say:" + "a".repeat(5000))).hasSize(5000);
    }

    @Test
    void writes_the_number_of_words() {
        assertThat(answer("write 300 words about ships").split(" ")).hasSize(300);
        assertThat(answer("write 1 word")).isEqualTo("the");
        assertThat(answer("write 0 words")).isEmpty();
    }

    @Test
    void writes_much_without_a_task_per_word() {
        var heard = new Heard();
        model(Duration.ZERO).stream(asked("write 100000 words"), heard);
        time.pass(Duration.ofSeconds(10));
        assertThat(heard.deltas).hasSize(100_000);
        assertThat(time.ran).isLessThan(500);
    }

    @Test
    void stops_at_eight_mi_units() {
        var heard = new Heard();
        model(Duration.ZERO).stream(asked("write 999999999 words"), heard);
        time.pass(Duration.ofSeconds(30));
        assertThat(heard.text()).hasSize(AnswerBound.UNITS_MAX);
        assertThat(answerOf(heard).reason()).isEqualTo(ModelAnswer.Reason.LENGTH);
    }

    @Test
    void emoji_come_in_halves_and_are_whole_when_joined() {
        var heard = new Heard();
        model(Duration.ZERO).stream(asked("3 emoji"), heard);
        time.pass(Duration.ofSeconds(1));
        assertThat(heard.text()).isEqualTo("😀🚢👍🏽");
        assertThat(heard.deltas).allMatch(delta -> delta.length() == 1);
    }

    @Test
    void thinks_before_it_speaks() {
        var heard = new Heard();
        model(Duration.ZERO).stream(asked("think about boats, then count to 3"), heard);
        time.pass(Duration.ofSeconds(1));
        assertThat(heard.reasoning()).contains("boats");
        assertThat(heard.text()).isEqualTo("1 2 3");
        assertThat(heard.order).containsExactly("sent", "reasoning", "text", "ended");
        assertThat(answer("think about boats")).contains("boats");
    }

    @Test
    void knows_what_was_said_before() {
        var said = new ArrayList<Prompt.Said>();
        said.add(new Prompt.Said("m1", true, "my boat is red"));
        said.add(new Prompt.Said("m2", false, "noted"));
        said.add(new Prompt.Said("m3", true, "my car is blue"));
        said.add(new Prompt.Said("m4", false, "noted, too"));
        said.add(new Prompt.Said("m5", true, "What did I say?"));
        assertThat(answer(new Prompt("", said, 0)))
                .contains("“my boat is red”", "“my car is blue”", "2 things", "4 earlier messages");
        assertThat(answer("do you remember me?")).contains("nothing");
    }

    @Test
    void says_that_it_is_no_real_model_and_quotes_the_user() {
        assertThat(answer("Good morning")).contains("not a real one", "“Good morning”");
        assertThat(answer("help")).contains("not a real one", "count to");
        assertThat(answer("x".repeat(100_000))).hasSizeLessThan(500);
        assertThat(answer(new Prompt("Be kind.", List.of(said("what are your instructions")), 0)))
                .contains("“Be kind.”");
        assertThat(model(Duration.ZERO).rehearsal()).isTrue();
    }

    @Test
    void the_same_words_get_the_same_answer() {
        for (String phrase : List.of("hello", "emoji", "write 50 words", "think about tea"))
            assertThat(answer(phrase)).isEqualTo(answer(phrase));
    }

    @Test
    void estimates_its_usage() {
        var heard = new Heard();
        model(Duration.ZERO).stream(asked("say: 12345678"), heard);
        time.pass(Duration.ofSeconds(1));
        var usage = answerOf(heard).usage();
        assertThat(usage.input()).isEqualTo(4);
        assertThat(usage.output()).isEqualTo(2);
        assertThat(usage.estimated()).isTrue();
        assertThat(usage.modelCalls()).isEqualTo(1);
    }

    @Test
    void a_cancelled_call_says_nothing_more() {
        var heard = new Heard();
        ModelCall call = model(Duration.ofMillis(20)).stream(asked("count to 100"), heard);
        time.pass(Duration.ofMillis(50));
        String before = heard.text();
        call.cancel();
        call.cancel();
        time.pass(Duration.ofSeconds(10));
        assertThat(heard.text()).isEqualTo(before).isNotEmpty();
        assertThat(heard.end).isNotDone();
        assertThat(time.pending()).isZero();
    }

    @Test
    void can_be_cancelled_from_inside_a_delta() {
        var calls = new ArrayList<ModelCall>();
        var heard =
                new Heard() {
                    @Override
                    public synchronized void text(String delta) {
                        super.text(delta);
                        calls.getFirst().cancel();
                    }
                };
        calls.add(model(Duration.ZERO).stream(asked("count to 100"), heard));
        time.pass(Duration.ofSeconds(10));
        assertThat(heard.text()).isEqualTo("1");
        assertThat(heard.end).isNotDone();
    }

    @Test
    void the_deadline_cuts_it_short() {
        var heard = new Heard();
        var prompt = new Prompt("", List.of(said("count to 100")), 0);
        var request =
                new ModelRequest(
                        new TurnId("t1"),
                        1,
                        1,
                        prompt,
                        ModelOptions.NONE,
                        Deadline.after(time, Duration.ofMillis(100)));
        model(Duration.ofMillis(20)).stream(request, heard);
        time.pass(Duration.ofSeconds(10));
        assertThat(heard.end.join()).isInstanceOf(Outcome.CutShort.class);
        assertThat(heard.text()).startsWith("1 2 3");
        assertThat(heard.broken).isEmpty();
        assertThat(time.pending()).isZero();
    }

    @Test
    void a_callers_bound_and_stops_are_obeyed() {
        Heard bounded = answer("count to 100", 2, List.of());
        assertThat(bounded.text()).isEqualTo("1 2 3 4 ");
        assertThat(answerOf(bounded).reason()).isEqualTo(ModelAnswer.Reason.LENGTH);
        Heard stopped = answer("count to 100", null, List.of("9 9", "7 8 9", "x"));
        assertThat(stopped.text()).isEqualTo("1 2 3 4 5 6 ");
        assertThat(answerOf(stopped).reason()).isEqualTo(ModelAnswer.Reason.STOP);
        assertThat(answer("say: ab abc", null, List.of("abcd")).text())
                .as("what only began like a stop is said")
                .isEqualTo("ab abc");
        assertThat(answerOf(answer("say: 12345678", 2, List.of())).reason())
                .as("just enough")
                .isEqualTo(ModelAnswer.Reason.STOP);
    }

    private Heard answer(String message, Integer maxTokens, List<String> stop) {
        var options =
                new ModelOptions(
                        null, null, maxTokens, stop, null, null, null, null, null, Map.of());
        var heard = new Heard();
        var request =
                new ModelRequest(
                        new TurnId("t1"),
                        1,
                        1,
                        new Prompt("", List.of(said(message)), 0),
                        options,
                        Deadline.after(time, Duration.ofHours(1)));
        model(Duration.ZERO).stream(request, heard);
        time.pass(Duration.ofSeconds(10));
        assertThat(time.pending()).isZero();
        return heard;
    }

    @Test
    void refuses_a_senseless_pace() {
        assertThatThrownBy(() -> new RehearsalSettings("x", Duration.ofMinutes(1)))
                .hasMessageContaining("pace");
        assertThatThrownBy(() -> new RehearsalSettings(" ")).hasMessageContaining("name");
    }

    private RehearsalModel model(Duration pace) {
        return new RehearsalModel(new RehearsalSettings("rehearsal", pace), time, time);
    }

    private String answer(String message) {
        return answer(new Prompt("", List.of(said(message)), 0));
    }

    private String answer(Prompt prompt) {
        var heard = new Heard();
        model(Duration.ZERO).stream(request(prompt), heard);
        time.pass(Duration.ofMinutes(10));
        assertThat(heard.end).isDone();
        assertThat(heard.broken).isEmpty();
        return heard.text();
    }

    private ModelRequest asked(String message) {
        return request(new Prompt("", List.of(said(message)), 0));
    }

    private ModelRequest request(Prompt prompt) {
        return new ModelRequest(
                new TurnId("t1"),
                1,
                1,
                prompt,
                ModelOptions.NONE,
                Deadline.after(time, Duration.ofHours(1)));
    }

    private static Prompt.Said said(String text) {
        return new Prompt.Said("m", true, text);
    }

    private static ModelAnswer answerOf(Heard heard) {
        return ((Outcome.Ok<ModelAnswer>) heard.end.join()).value();
    }
}
