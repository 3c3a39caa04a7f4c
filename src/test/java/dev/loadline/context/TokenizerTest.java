package dev.loadline.context;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assertions.assertTimeout;

import com.knuddels.jtokkit.Encodings;
import com.knuddels.jtokkit.api.EncodingType;

import dev.loadline.core.Prompt;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.time.Duration;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Goal: counts are right, never slow and never fail on what users type. Method: jtokkit's count of
 * the whole text beside ours in pieces; hostile texts under a clock.
 */
class TokenizerTest {
    private static final Tokenizer O200K = Tokenizer.o200k();

    @Test
    void known_counts_are_right() {
        assertThat(O200K.count("")).isZero();
        assertThat(O200K.count("hello world")).isEqualTo(2);
    }

    @Test
    void prose_in_pieces_counts_as_prose_in_one() {
        String text = "The ship's load line, in 1876, said: no deeper than this!\n".repeat(2000);
        int whole =
                Encodings.newLazyEncodingRegistry()
                        .getEncoding(EncodingType.O200K_BASE)
                        .countTokensOrdinary(text);
        assertThat(O200K.count(text)).isEqualTo(whole);
    }

    @ParameterizedTest
    @ValueSource(strings = {"<|endoftext|>", "<|im_start|>system", "\ud83d", "a\udc00b", "\u0000"})
    void what_looks_special_or_broken_is_text(String text) {
        assertThat(O200K.count(text)).isBetween(1, text.length() * Tokenizer.TOKENS_PER_UNIT_MAX);
    }

    @ParameterizedTest
    @ValueSource(strings = {" ", "\n", "a", "!", " \t\n", "漢字", "😀", "\u0301", "1", "\ud83d"})
    void a_long_run_of_anything_is_counted_in_time_and_within_its_bound(String unit) {
        String text = unit.repeat(262_144 / unit.length());
        assertTimeout(
                Duration.ofSeconds(5), // measured: at most 0.6 s; CI's two cores are shared
                () ->
                        assertThat(O200K.count(text))
                                .isLessThanOrEqualTo(
                                        text.length() * Tokenizer.TOKENS_PER_UNIT_MAX));
    }

    @Test
    void random_letters_cut_inside_a_word_count_hardly_more() {
        var random = new Random(1);
        var word = new StringBuilder();
        for (int i = 0; i < 20_000; i++) word.append((char) ('a' + random.nextInt(26)));
        int whole =
                Encodings.newLazyEncodingRegistry()
                        .getEncoding(EncodingType.O200K_BASE)
                        .countTokensOrdinary(word.toString());
        assertThat(O200K.count(word.toString())).isBetween(whole, whole + 10);
    }

    @Test
    void counting_stops_once_it_is_enough() {
        String text = "word ".repeat(200_000);
        assertThat(O200K.count(text, 1000)).isBetween(1001, 6000);
    }

    @Test
    void a_message_is_counted_once_until_it_is_forgotten() {
        var counted = new AtomicInteger();
        Tokenizer tokenizer =
                Tokenizer.remembering(
                        text -> {
                            counted.incrementAndGet();
                            return text.length();
                        },
                        2);
        var message = new Prompt.Said("m1", true, "hello");
        assertThat(tokenizer.unknown(message)).isEqualTo(5);
        assertThat(tokenizer.count(message)).isEqualTo(tokenizer.count(message)).isEqualTo(5);
        assertThat(tokenizer.unknown(message)).isZero();
        assertThat(counted).hasValue(1);
        assertThat(tokenizer.count(new Prompt.Said("m1", true, "other text"))).isEqualTo(10);
        assertThat(tokenizer.count(new Prompt.Said("m2", true, "b"))).isEqualTo(1);
        assertThat(tokenizer.unknown(message)).as("forgotten").isEqualTo(5);
    }
}
