package dev.loadline.e2e;

import dev.loadline.model.FakeAnswer;

import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.random.RandomGenerator;

/**
 * Answers for a fake model, each with another text in all of its words, so that a mixture of two
 * shows. Some have emoji, each split between two chunks. Any thread.
 */
final class Speeches {
    private static final List<String> EMOJI =
            List.of("\ud83d\ude80", "\ud83e\uddca", "\ud83c\udf0a");

    private final RandomGenerator random;
    private final Duration pause;
    private final Set<String> texts = new HashSet<>();

    /**
     * @param pause after each chunk
     */
    Speeches(RandomGenerator random, Duration pause) {
        this.random = random;
        this.pause = pause;
    }

    /** Another answer. */
    synchronized FakeAnswer next(int chunks) {
        int number = texts.size() + 1;
        var text = new StringBuilder();
        FakeAnswer answer = FakeAnswer.begun();
        for (int i = 1; i <= chunks; i++) {
            String word = number + "-" + i + "abcdefgh".substring(random.nextInt(8)) + " ";
            if (number % 3 == 0 && i % 5 == 0) {
                String sign = EMOJI.get(random.nextInt(EMOJI.size()));
                answer = half(half(answer, sign.charAt(0)), sign.charAt(1));
                text.append(sign);
            }
            answer = answer.texts(word).pause(pause);
            text.append(word);
        }
        texts.add(text.toString());
        return answer.ended();
    }

    private static FakeAnswer half(FakeAnswer answer, char half) {
        String escaped = "\\u%04x".formatted((int) half);
        return answer.data(FakeAnswer.chunk("{\"content\":\"" + escaped + "\"}"));
    }

    /** True if this is a whole one. */
    synchronized boolean whole(String text) {
        return texts.contains(text);
    }

    /** True if this is the beginning of one, and neither nothing nor all of it. */
    synchronized boolean part(String text) {
        return !text.isEmpty()
                && !whole(text)
                && texts.stream().anyMatch(all -> all.startsWith(text));
    }
}
