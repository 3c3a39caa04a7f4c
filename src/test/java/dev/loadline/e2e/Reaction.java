package dev.loadline.e2e;

import java.time.Duration;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** What a {@link FaultyUpstream} does with one request. */
sealed interface Reaction {
    /** As little as it takes to be no answer at once. */
    Duration SOON = Duration.ofMillis(2);

    /**
     * A model's stream of chunks.
     *
     * @param first until the first text
     * @param gap between two
     * @param cutAfter so many texts come, then the connection is cut; negative: never
     */
    record Speaks(
            Map<String, String> headers,
            Duration first,
            Duration gap,
            List<String> texts,
            int cutAfter)
            implements Reaction {
        Speaks first(Duration time) {
            return new Speaks(headers, time, gap, texts, cutAfter);
        }

        Speaks cutAfter(int chunks) {
            return new Speaks(headers, first, gap, texts, chunks);
        }

        Speaks with(String name, String value) {
            Map<String, String> more = new LinkedHashMap<>(headers);
            more.put(name, value);
            return new Speaks(more, first, gap, texts, cutAfter);
        }
    }

    /** A single answer. */
    record Answers(Duration after, int status, Map<String, String> headers, String json)
            implements Reaction {
        Answers with(String name, String value) {
            Map<String, String> more = new LinkedHashMap<>(headers);
            more.put(name, value);
            return new Answers(after, status, more, json);
        }
    }

    /** Nothing, until the client closes. */
    record Hangs() implements Reaction {}

    static Speaks speaks(String... texts) {
        return new Speaks(Map.of(), SOON, SOON, Arrays.asList(texts), -1);
    }

    static Answers answers(Duration after, String json) {
        return new Answers(after, 200, Map.of(), json);
    }

    /** An error in the words of OpenAI. */
    static Answers refuses(int status) {
        String json =
                """
                {"error":{"message":"Not now","type":"some_error","param":null,"code":null}}""";
        return new Answers(SOON, status, Map.of(), json);
    }
}
