package dev.loadline.sim;

import dev.loadline.core.Outcome;
import dev.loadline.guard.RetryAfter;
import dev.loadline.model.ModelAnswer;

import io.vertx.core.MultiMap;

import org.jspecify.annotations.Nullable;

import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.SplittableRandom;

/**
 * A provider's rate limit, one for all nodes: a bucket of calls that fills by and by. Who is
 * refused is told when to come back in one of the forms that providers use, or in none.
 */
final class SimLimit {
    private static final String[] USELESS = {"0", "-1", "soon", ""};

    final String group;
    private final SimWorld world;
    private final Weather weather;
    private final SplittableRandom random;
    private double left;
    private long filledAt;

    SimLimit(String group, SimWorld world, Weather weather, SplittableRandom random) {
        this.group = group;
        this.world = world;
        this.weather = weather;
        this.random = random;
        this.left = weather.burst();
    }

    /** One more call; null: it is granted. */
    Outcome.@Nullable RateLimited<ModelAnswer> take() {
        double perSecond = weather.perSecond();
        if (perSecond == 0) return null;
        long now = world.elapsed();
        left = Math.min(weather.burst(), left + (now - filledAt) / 1e9 * perSecond);
        filledAt = now;
        if (left >= 1) {
            left--;
            return null;
        }
        world.saw("429");
        long missingMs = (long) Math.ceil((1 - left) / perSecond * 1000);
        return new Outcome.RateLimited<>(said(missingMs), "HTTP 429");
    }

    private Duration said(long ms) {
        MultiMap headers = MultiMap.caseInsensitiveMultiMap();
        long hisClock = world.millis() + random.nextLong(-3_600_000, 3_600_000);
        if (random.nextDouble() < weather.lies()) {
            String useless = USELESS[random.nextInt(USELESS.length)];
            headers.set("retry-after", useless.isEmpty() ? date(hisClock - 60_000) : useless);
            headers.set("date", date(hisClock));
            if (random.nextInt(5) == 0) headers.clear();
        } else {
            switch (random.nextInt(4)) {
                case 0 -> headers.set("retry-after", Long.toString(Math.ceilDiv(ms, 1000)));
                case 1 -> headers.set("Retry-After", Double.toString(ms / 1000.0));
                case 2 ->
                        headers.set("retry-after-ms", Long.toString(ms)).set("retry-after", "3600");
                default ->
                        headers.set("retry-after", date(hisClock + ms + 1_000))
                                .set("date", date(hisClock));
            }
        }
        return RetryAfter.of(headers, world.millis());
    }

    private static String date(long ms) {
        return DateTimeFormatter.RFC_1123_DATE_TIME.format(
                Instant.ofEpochMilli(ms).atOffset(ZoneOffset.UTC));
    }
}
