package dev.loadline.guard;

import io.vertx.core.MultiMap;

import org.jspecify.annotations.Nullable;

import java.time.Duration;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeParseException;
import java.util.regex.Pattern;

/**
 * How long a refusing server asks us to wait: {@code retry-after-ms} before {@code retry-after};
 * milliseconds or seconds, also fractional, or an HTTP date, which is held against the answer's own
 * date, for clocks differ.
 */
public final class RetryAfter {
    private static final Duration MAX = Duration.ofDays(366);
    private static final Pattern NUMBER =
            Pattern.compile("\\+?\\d{1,15}(\\.\\d{0,15})?|\\.\\d{1,15}");

    private RetryAfter() {}

    /** Zero where no time is named, or garbage, or one that is past. */
    public static Duration of(MultiMap headers, long nowMillis) {
        Duration exact = amount(headers.get("retry-after-ms"), 1);
        if (exact != null) return exact;
        String value = headers.get("retry-after");
        Duration seconds = amount(value, 1000);
        if (seconds != null) return seconds;
        Long until = date(value);
        if (until == null) return Duration.ZERO;
        long left = until - sentAt(headers, nowMillis);
        return left <= 0 ? Duration.ZERO : shorter(Duration.ofMillis(left));
    }

    /** The answer's own date; without one, ours. */
    public static long sentAt(MultiMap headers, long nowMillis) {
        Long date = date(headers.get("date"));
        return date == null ? nowMillis : date;
    }

    private static @Nullable Duration amount(@Nullable String value, double unitMs) {
        if (value == null || !NUMBER.matcher(value.strip()).matches()) return null;
        double ms = Double.parseDouble(value.strip()) * unitMs;
        return shorter(Duration.ofMillis(Math.round(Math.min(ms, (double) MAX.toMillis()))));
    }

    private static @Nullable Long date(@Nullable String value) {
        if (value == null) return null;
        try {
            return ZonedDateTime.parse(value.strip(), DateTimeFormatter.RFC_1123_DATE_TIME)
                    .toInstant()
                    .toEpochMilli();
        } catch (DateTimeParseException e) {
            return null; // garbage names no time
        }
    }

    private static Duration shorter(Duration wait) {
        return wait.compareTo(MAX) > 0 ? MAX : wait;
    }
}
