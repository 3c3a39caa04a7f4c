package dev.loadline.e2e;

import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Locale;

/**
 * A provider's rate limit: a bucket of requests. Empty, it answers 429 and says when to come back;
 * what comes before that is refused whatever the bucket holds and, as strict limiters do that count
 * what they refuse, makes the time begin anew. The provider may also close it by itself ({@link
 * #closeNext}). Used on its upstream's loop.
 */
final class RateLimit implements Behaviour {
    /** The ways to say when to come back. */
    enum Form {
        SECONDS,
        FLOAT,
        MS,
        DATE,
        UNSAID
    }

    private static final DateTimeFormatter HTTP_DATE =
            DateTimeFormatter.ofPattern("EEE, dd MMM yyyy HH:mm:ss 'GMT'", Locale.ROOT)
                    .withZone(ZoneOffset.UTC);

    private final double perSecond;
    private final double most;
    private final Duration retryAfter;
    private final Form form;
    private final boolean strict;
    private final Behaviour served;
    private double left;
    private long filledNanos = System.nanoTime();
    private volatile long closedUntil;
    private volatile boolean closed;
    private volatile boolean closeNext;
    private volatile long closedAtNanos;

    /**
     * @param most requests at once, and at most {@code perSecond} in the long run
     * @param strict what it refuses prolongs the refusing
     */
    RateLimit(
            double perSecond,
            int most,
            Duration retryAfter,
            Form form,
            boolean strict,
            Behaviour served) {
        this.perSecond = perSecond;
        this.most = most;
        this.left = most;
        this.retryAfter = retryAfter;
        this.form = form;
        this.strict = strict;
        this.served = served;
    }

    /** The next request is refused, and closes it. */
    void closeNext() {
        closeNext = true;
    }

    /** When it was closed last; 0: never. */
    long closedAtNanos() {
        return closedAtNanos;
    }

    /** When it opens, if nobody prolongs it. */
    long closedUntilNanos() {
        return closedUntil;
    }

    @Override
    public Reaction to(Arrival arrival) {
        long now = System.nanoTime();
        left = Math.min(most, left + (now - filledNanos) / 1e9 * perSecond);
        filledNanos = now;
        if (closed && closedUntil - now <= 0) closed = false;
        if (closed) {
            if (strict) closedUntil = now + retryAfter.toNanos();
            return refusal(Duration.ofNanos(closedUntil - now));
        }
        if (closeNext || left < 1) {
            closeNext = false;
            closed = true;
            closedAtNanos = now;
            closedUntil = now + retryAfter.toNanos();
            return refusal(retryAfter);
        }
        left--;
        Reaction reaction = served.to(arrival);
        return reaction instanceof Reaction.Speaks speaks
                ? speaks.with("x-ratelimit-limit-requests", Long.toString(Math.round(most)))
                        .with("x-ratelimit-remaining-requests", Long.toString((long) left))
                        .with("x-ratelimit-reset-requests", "1s")
                : reaction;
    }

    private Reaction refusal(Duration wait) {
        Reaction.Answers no = Reaction.refuses(429).with("x-ratelimit-remaining-requests", "0");
        long ms = Math.max(1, wait.toMillis());
        return switch (form) {
            case SECONDS -> no.with("Retry-After", Long.toString(Math.ceilDiv(ms, 1000)));
            case FLOAT -> no.with("Retry-After", String.format(Locale.ROOT, "%.3f", ms / 1000.0));
            case MS -> no.with("retry-after-ms", Long.toString(ms));
            case DATE -> {
                Instant date = Instant.now();
                Instant until = date.plusMillis(ms).plusMillis(999);
                yield no.with("Date", HTTP_DATE.format(date))
                        .with("Retry-After", HTTP_DATE.format(until));
            }
            case UNSAID -> no;
        };
    }
}
