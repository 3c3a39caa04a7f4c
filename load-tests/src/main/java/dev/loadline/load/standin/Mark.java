package dev.loadline.load.standin;

import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What a marked chunk says. Times are {@link System#nanoTime} of the stand-in's process: on Linux
 * all processes of a machine share that clock, so they can be set against a client's own.
 *
 * @param sequence of the chunk, from 0
 * @param received when the whole request was there
 * @param written when this chunk was handed to the connection
 */
public record Mark(int sequence, long received, long written) {
    private static final Pattern WORDS = Pattern.compile("<(\\d+)@(\\d+)@(\\d+)>");

    /** The first one in this text. */
    public static Optional<Mark> in(String text) {
        Matcher matcher = WORDS.matcher(text);
        if (!matcher.find()) return Optional.empty();
        return Optional.of(
                new Mark(
                        Integer.parseInt(matcher.group(1)),
                        Long.parseLong(matcher.group(2)),
                        Long.parseLong(matcher.group(3))));
    }

    /** As it stands in a chunk's text. */
    public String text() {
        return "<" + sequence + "@" + received + "@" + written + ">";
    }

    /** How long the stand-in itself took. */
    public long ownNanos() {
        return written - received;
    }
}
