package dev.loadline.app.settings;

import org.jspecify.annotations.Nullable;

import java.time.Duration;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Durations and sizes as the configuration writes them. */
final class Units {
    static final String DURATION = "a duration such as 150ms, 2s, 5m, 1h or 30d";
    static final String SIZE = "a size such as 64KiB, 1MiB or plain bytes";

    private static final Duration LONGEST = Duration.ofDays(36_500); // fits a long of nanoseconds
    private static final Pattern DURATION_FORM = Pattern.compile("([0-9]{1,9})(ms|s|m|h|d)");
    private static final Pattern SIZE_FORM = Pattern.compile("([0-9]{1,12})(B|KiB|MiB|GiB)?");

    private Units() {}

    /** Null if the text is no duration. */
    static @Nullable Duration duration(String text) {
        Matcher form = DURATION_FORM.matcher(text);
        if (!form.matches()) return null;
        long number = Long.parseLong(form.group(1));
        Duration duration =
                switch (form.group(2)) {
                    case "ms" -> Duration.ofMillis(number);
                    case "s" -> Duration.ofSeconds(number);
                    case "m" -> Duration.ofMinutes(number);
                    case "h" -> Duration.ofHours(number);
                    default -> Duration.ofDays(number);
                };
        return duration.compareTo(LONGEST) <= 0 ? duration : null;
    }

    /** In bytes; null if the text is no size. */
    static @Nullable Long size(String text) {
        Matcher form = SIZE_FORM.matcher(text);
        if (!form.matches()) return null;
        long number = Long.parseLong(form.group(1));
        return switch (form.group(2)) {
            case "KiB" -> number << 10;
            case "MiB" -> number << 20;
            case "GiB" -> number << 30;
            case null, default -> number;
        };
    }
}
