package dev.loadline.load.standin;

import java.time.Duration;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * How the stand-in answers one call. Written by who asks, either as the model's name ({@code
 * first=400ms,tokens=20}) or between brackets anywhere in the user's text ({@code hello [first=8s
 * key=m17]}), which wins word by word.
 *
 * @param first from the whole request to the first chunk
 * @param tokens how many text chunks
 * @param pace between two bursts; zero: as fast as the connection takes them
 * @param burst how many chunks are written at once
 * @param size characters of a chunk that carries no mark; from {@value #NUMBERED_FROM} on they are
 *     its sequence number
 * @param markAll true ({@code marks=all}) if every chunk is marked, else the first one is
 * @param key what the call is counted under; the text itself where none is given
 * @param group what calls are counted under together: now, and at most at once
 */
public record Script(
        Duration first,
        int tokens,
        Duration pace,
        int burst,
        int size,
        boolean markAll,
        String key,
        String group) {

    /** From this size on there is room for a chunk's number. */
    public static final int NUMBERED_FROM = 8;

    /** What holds where nothing is said. */
    public static final Script DEFAULT =
            new Script(Duration.ZERO, 20, Duration.ZERO, 1, 5, false, "", "");

    private static final Pattern BRACKETS = Pattern.compile("\\[([^\\[\\]]*=[^\\[\\]]*)\\]");
    private static final Pattern DURATION = Pattern.compile("(\\d+)(us|ms|s|m)");
    private static final int KEY_MAX = 80;

    /**
     * Reads it.
     *
     * @throws IllegalArgumentException if there is a word that it does not know
     */
    public static Script of(String model, String userText) {
        Script script = model.contains("=") ? DEFAULT.with(model) : DEFAULT;
        Matcher inText = BRACKETS.matcher(userText);
        if (inText.find()) script = script.with(inText.group(1));
        return script.key.isEmpty() ? script.keyed(userText) : script;
    }

    /** These words changed, separated by blanks or commas. */
    public Script with(String words) {
        Script script = this;
        for (String word : words.trim().split("[,\\s]+")) {
            int equals = word.indexOf('=');
            if (equals < 1) throw new IllegalArgumentException("not name=value: " + word);
            script = script.with(word.substring(0, equals), word.substring(equals + 1));
        }
        return script;
    }

    /** As it stands between brackets in a user's text; {@link #of} reads it back. */
    public String inBrackets() {
        return "[first=%dus tokens=%d pace=%dus burst=%d size=%d marks=%s%s%s]"
                .formatted(
                        first.toNanos() / 1000,
                        tokens,
                        pace.toNanos() / 1000,
                        burst,
                        size,
                        markAll ? "all" : "first",
                        key.isEmpty() ? "" : " key=" + key,
                        group.isEmpty() ? "" : " group=" + group);
    }

    private Script with(String name, String value) {
        return switch (name) {
            case "first" -> copy(duration(value), tokens, pace, burst, size, markAll, key, group);
            case "tokens" -> copy(first, number(value), pace, burst, size, markAll, key, group);
            case "pace" -> copy(first, tokens, duration(value), burst, size, markAll, key, group);
            case "burst" -> copy(first, tokens, pace, number(value), size, markAll, key, group);
            case "size" -> copy(first, tokens, pace, burst, number(value), markAll, key, group);
            case "marks" -> copy(first, tokens, pace, burst, size, value.equals("all"), key, group);
            case "key" -> keyed(value);
            case "group" -> copy(first, tokens, pace, burst, size, markAll, key, value);
            default ->
                    throw new IllegalArgumentException(
                            name
                                    + ": not one of first, tokens, pace, burst, size, marks, key, group");
        };
    }

    private static Script copy(
            Duration first,
            int tokens,
            Duration pace,
            int burst,
            int size,
            boolean markAll,
            String key,
            String group) {
        return new Script(first, tokens, pace, burst, size, markAll, key, group);
    }

    private Script keyed(String value) {
        String cut = value.length() > KEY_MAX ? value.substring(0, KEY_MAX) : value;
        return new Script(first, tokens, pace, burst, size, markAll, cut, group);
    }

    private static int number(String value) {
        int number = Integer.parseInt(value);
        if (number < 1) throw new IllegalArgumentException("less than 1: " + value);
        return number;
    }

    private static Duration duration(String value) {
        if (value.equals("0")) return Duration.ZERO;
        Matcher matcher = DURATION.matcher(value);
        if (!matcher.matches())
            throw new IllegalArgumentException("not a duration such as 400ms: " + value);
        long count = Long.parseLong(matcher.group(1));
        return switch (matcher.group(2)) {
            case "us" -> Duration.ofNanos(count * 1000);
            case "ms" -> Duration.ofMillis(count);
            case "s" -> Duration.ofSeconds(count);
            default -> Duration.ofMinutes(count);
        };
    }
}
