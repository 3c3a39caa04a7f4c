package dev.loadline.load.standin;

import java.util.List;
import java.util.Optional;
import java.util.regex.MatchResult;
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
        return WORDS.matcher(text).results().findFirst().map(Mark::of);
    }

    /** All in this text, in its order. */
    public static List<Mark> all(String text) {
        return WORDS.matcher(text).results().map(Mark::of).toList();
    }

    private static Mark of(MatchResult match) {
        return new Mark(
                Integer.parseInt(match.group(1)),
                Long.parseLong(match.group(2)),
                Long.parseLong(match.group(3)));
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
