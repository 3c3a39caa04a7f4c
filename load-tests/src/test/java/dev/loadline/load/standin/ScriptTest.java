package dev.loadline.load.standin;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

import java.time.Duration;

class ScriptTest {
    @Test
    void words_in_the_text_win_over_those_in_the_models_name() {
        Script script = Script.of("first=400ms,tokens=3", "Hi [tokens=7 pace=250us group=flood]");

        assertThat(script.first()).isEqualTo(Duration.ofMillis(400));
        assertThat(script.tokens()).isEqualTo(7);
        assertThat(script.pace()).isEqualTo(Duration.ofNanos(250_000));
        assertThat(script.group()).isEqualTo("flood");
    }

    @Test
    void a_call_without_a_key_counts_under_its_text() {
        assertThat(Script.of("some-model", "Hello").key()).isEqualTo("Hello");
        assertThat(Script.of("some-model", "Hello [key=m1]").key()).isEqualTo("m1");
    }

    @Test
    void in_brackets_it_reads_back_as_it_was() {
        Script script =
                Script.DEFAULT.with("first=8s tokens=9 pace=2ms burst=3 marks=all key=k group=g");

        assertThat(Script.of("m", script.inBrackets())).isEqualTo(script);
    }

    @Test
    void a_word_that_it_does_not_know_is_named() {
        assertThatThrownBy(() -> Script.of("m", "[frist=1s]")).hasMessageContaining("frist");
    }

    @Test
    void a_mark_is_found_wherever_it_stands_in_a_text() {
        Mark mark = new Mark(3, 1_000, 4_500);

        assertThat(Mark.in("data: {\"text\":\"" + mark.text() + "\"}")).contains(mark);
        assertThat(mark.ownNanos()).isEqualTo(3_500);
        assertThat(Mark.in("no mark <3@4>")).isEmpty();
    }
}
