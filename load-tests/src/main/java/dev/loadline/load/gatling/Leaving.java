package dev.loadline.load.gatling;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/**
 * How somebody leaves in the middle of it: the connection is reset, as when a phone loses its net.
 *
 * @param door that the message was sent by
 * @param when they leave
 * @param back how they come back
 */
public record Leaving(Door door, When when, Back back) {
    /** A door. */
    public enum Door {
        SSE,
        WEBSOCKET
    }

    /** The moment. */
    public enum When {
        /** The message is written; nobody knows whether it was read. */
        BEFORE_THE_ANSWER,
        /** It is acknowledged. */
        ACKNOWLEDGED,
        FIRST_TOKEN,
        /** Several tokens later. */
        MID_ANSWER
    }

    /** What they do about it. */
    public enum Back {
        NEVER,
        /** They follow the turn from what they had. */
        RESUME,
        /** They send the same message with the same key. */
        RESEND
    }

    /** Every way there is: who knows of no turn can't resume it. */
    public static final List<Leaving> ALL = all();

    private static List<Leaving> all() {
        List<Leaving> all = new ArrayList<>();
        for (When when : When.values())
            for (Back back : Back.values())
                for (Door door : Door.values())
                    if (when != When.BEFORE_THE_ANSWER || back != Back.RESUME)
                        all.add(new Leaving(door, when, back));
        return List.copyOf(all);
    }

    /** Each way is counted under a phase of its own. */
    public String phase() {
        return "%s, %s, back: %s".formatted(word(door), word(when), word(back));
    }

    /** That of a phase; a warm-up's begins with some other words. */
    public static Leaving of(String phase) {
        return ALL.stream()
                .filter(one -> phase.endsWith(one.phase()))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException("no way to leave: " + phase));
    }

    private static String word(Enum<?> value) {
        return String.join(" ", Arrays.asList(value.name().toLowerCase(Locale.ROOT).split("_")));
    }
}
