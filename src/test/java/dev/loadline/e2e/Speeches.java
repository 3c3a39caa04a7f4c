package dev.loadline.e2e;

import dev.loadline.model.FakeAnswer;

import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.random.RandomGenerator;

/**
 * Answers for a fake model, each with another text from its first character on, so that a mixture
 * of two shows. Some have emoji, and some of these are split between two chunks.
 */
final class Speeches {
    private static final List<String> EMOJI =
            List.of("\ud83d\ude80", "\ud83e\uddca", "\ud83c\udf0a");

    private final RandomGenerator random;
    private final int chunks;
    private final Duration pause;
    private final Map<String, Integer> texts = new LinkedHashMap<>();

    /**
     * @param chunks of an answer
     * @param pause after each of them
     */
    Speeches(RandomGenerator random, int chunks, Duration pause) {
        this.random = random;
        this.chunks = chunks;
        this.pause = pause;
    }

    FakeAnswer[] some(int count) {
        List<FakeAnswer> all = new ArrayList<>();
        for (int i = 0; i < count; i++) all.add(one());
        return all.toArray(FakeAnswer[]::new);
    }

    private FakeAnswer one() {
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
        texts.put(text.toString(), number);
        return answer.ended();
    }

    private static FakeAnswer half(FakeAnswer answer, char half) {
        String escaped = "\\u%04x".formatted((int) half);
        return answer.data(FakeAnswer.chunk("{\"content\":\"" + escaped + "\"}"));
    }

    /** True if this is a whole one. */
    boolean whole(String text) {
        return texts.containsKey(text);
    }

    /** True if this is the beginning of one, and neither nothing nor all of it. */
    boolean part(String text) {
        return !text.isEmpty()
                && !whole(text)
                && texts.keySet().stream().anyMatch(all -> all.startsWith(text));
    }
}
