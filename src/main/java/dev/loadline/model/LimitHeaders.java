package dev.loadline.model;

import dev.loadline.guard.RetryAfter;

import io.vertx.core.MultiMap;

import org.jspecify.annotations.Nullable;

import java.time.Duration;
import java.time.OffsetDateTime;
import java.time.format.DateTimeParseException;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What the headers of an answer say of a provider's limits. They matter only once nothing is left:
 * what is left otherwise is as of a moment ago, and others use it, too.
 *
 * <p>The time that is named then is when the bucket is <em>full</em> again, and it fills all the
 * while. Where its size is named as well, a tenth of that time is waited for: by then a tenth is
 * there again, and the gate's ramp asks for one call first. Who waits for all of it makes an outage
 * of minutes out of a pause of seconds. Where a provider counts by fixed windows instead, the one
 * call is answered by a 429 that says for how long.
 */
final class LimitHeaders {
    private static final int PART = 10;
    private static final Duration MAX = Duration.ofDays(1);
    private static final Pattern PIECE = Pattern.compile("(\\d{1,9}(?:\\.\\d{0,9})?)(ms|[dhms])");
    private static final Pattern SECONDS = Pattern.compile("\\d{1,9}(\\.\\d{0,9})?");
    private static final List<String> OPENAI = List.of("requests", "tokens");
    private static final List<String> ANTHROPIC =
            List.of("requests", "tokens", "input-tokens", "output-tokens");

    private LimitHeaders() {}

    /** Null: something is left, or nothing is said; zero: nothing is left, and no time is named. */
    static @Nullable Duration openAi(MultiMap headers) {
        Duration longest = null;
        for (String what : OPENAI) {
            if (!isZero(headers.get("x-ratelimit-remaining-" + what))) continue;
            Duration full = duration(headers.get("x-ratelimit-reset-" + what));
            longest = longer(longest, some(full, headers.get("x-ratelimit-limit-" + what)));
        }
        return longest;
    }

    /**
     * Likewise; its times are dates.
     *
     * @param nowMillis by our clock, where the answer has no date of its own
     */
    static @Nullable Duration anthropic(MultiMap headers, long nowMillis) {
        Duration longest = null;
        for (String what : ANTHROPIC) {
            String prefix = "anthropic-ratelimit-" + what;
            if (!isZero(headers.get(prefix + "-remaining"))) continue;
            Duration full = until(headers.get(prefix + "-reset"), headers, nowMillis);
            longest = longer(longest, some(full, headers.get(prefix + "-limit")));
        }
        return longest;
    }

    private static boolean isZero(@Nullable String remaining) {
        return remaining != null && remaining.strip().equals("0");
    }

    private static Duration some(Duration full, @Nullable String size) {
        boolean large = size != null && size.strip().matches("[1-9]\\d{1,18}");
        return large ? full.dividedBy(PART) : full;
    }

    private static Duration longer(@Nullable Duration a, Duration b) {
        return a == null || b.compareTo(a) > 0 ? b : a;
    }

    /** {@code 12ms}, {@code 8.64s}, {@code 6m0s}, {@code 1d2h3m4s}, or seconds without a unit. */
    static Duration duration(@Nullable String value) {
        if (value == null) return Duration.ZERO;
        String text = value.strip();
        if (SECONDS.matcher(text).matches()) return ofMillis(Double.parseDouble(text) * 1000);
        Matcher pieces = PIECE.matcher(text);
        double ms = 0;
        int at = 0;
        while (pieces.find() && pieces.start() == at) {
            ms += Double.parseDouble(pieces.group(1)) * unitMs(pieces.group(2));
            at = pieces.end();
        }
        return at == text.length() ? ofMillis(ms) : Duration.ZERO; // garbage names no time
    }

    private static double unitMs(String unit) {
        return switch (unit) {
            case "ms" -> 1;
            case "s" -> 1000;
            case "m" -> 60_000;
            case "h" -> 3_600_000;
            default -> 86_400_000; // a day
        };
    }

    private static Duration ofMillis(double ms) {
        return Duration.ofMillis(Math.round(Math.min(ms, (double) MAX.toMillis())));
    }

    private static Duration until(@Nullable String date, MultiMap headers, long nowMillis) {
        if (date == null) return Duration.ZERO;
        try {
            long at = OffsetDateTime.parse(date.strip()).toInstant().toEpochMilli();
            return ofMillis((double) Math.max(0, at - RetryAfter.sentAt(headers, nowMillis)));
        } catch (DateTimeParseException e) {
            return Duration.ZERO; // garbage names no time
        }
    }
}
