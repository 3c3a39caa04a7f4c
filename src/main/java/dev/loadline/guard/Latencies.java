package dev.loadline.guard;

import org.jspecify.annotations.Nullable;

import java.time.Duration;

/**
 * What is normal for a dependency, learned from its successes, by bucket (a single call has one; a
 * model one per reasoning × input size). Samples enter by whole minutes, one minute late, and only
 * if that minute ended with the breaker closed and under 5 % bad. Kept: the last 1,000 or 24 h,
 * whichever holds more, within a fixed memory. Not thread-safe; pure.
 *
 * <p>The minute a sample waits must end well, too: calls that an outage slowed down in a minute's
 * last seconds are known to be bad only when they time out in the next.
 *
 * <p>When {@link Normal} moves up, all that was learned is forgotten: it is of the old normal, and
 * three times its p99 would go on to hold the time-out down. Until 100 new samples the time-out is
 * four times the new normal; steps of two are therefore enough, since it passes what takes four
 * times as long as normal has come to be.
 *
 * <p>Percentiles are exact while the last 1,000 are read, else those of {@link LatencyHistogram}:
 * within 3.2 %. A day is counted in hours: 24 with the one that is under way.
 */
final class Latencies {
    private static final long MINUTE = Duration.ofMinutes(1).toNanos();
    private static final int MINUTES_PER_HOUR = 60;
    private static final int BAD_SHARE = 20; // one in so many is too many

    /** Of one bucket, in nanoseconds. */
    record Learned(long samples, long p50, long p95, long p99) {}

    private final @Nullable LearnedLatencies[] buckets;
    private final Normal normal;

    private boolean begun;
    private long minuteStart;
    private long minute;
    private long good; // in this minute
    private long bad;
    private boolean closed = true;
    private boolean beforeWasWell = true;

    /**
     * @param normalNanos the median that the operator expects
     */
    Latencies(int buckets, long normalNanos) {
        this.buckets = new @Nullable LearnedLatencies[buckets];
        this.normal = new Normal(buckets, normalNanos);
    }

    void good(int bucket, long nanos, long now) {
        turn(now);
        good++;
        LearnedLatencies of = buckets[bucket];
        if (of == null) buckets[bucket] = of = new LearnedLatencies();
        of.good(nanos);
    }

    void bad(long now) {
        turn(now);
        bad++;
    }

    /** The breaker is closed, or is not, from now on. */
    void breaker(boolean closed, long now) {
        turn(now);
        this.closed = closed;
    }

    /**
     * A successful probe while the breaker was half-open. 20 of them spread over 30 min that agree
     * move what is normal, at most twofold a step.
     *
     * @return the new normal (ns) if this one moved it, else 0
     */
    long probed(int bucket, long nanos, long now) {
        turn(now);
        long before = normal.nanos();
        if (!normal.probed(bucket, nanos, now)) return 0;
        if (normal.nanos() > before) forget();
        return normal.nanos();
    }

    /** Null: no sample yet. */
    @Nullable Learned of(int bucket, long now) {
        turn(now);
        LearnedLatencies of = buckets[bucket];
        return of == null ? null : of.learned();
    }

    /** The configured one, or as moved; it may move back down with any minute. */
    long normalNanos() {
        return normal.nanos();
    }

    /** Forget all that was learned, and how normal has moved. */
    void relearn(long now) {
        turn(now);
        forget();
        normal.forget();
    }

    private void forget() {
        for (LearnedLatencies of : buckets) if (of != null) of.forget();
    }

    private void turn(long now) {
        if (!begun) {
            begun = true;
            minuteStart = now;
        }
        long over = (now - minuteStart) / MINUTE;
        if (over <= 0) return;
        // After two empty ones nothing waits any more, and only the hours go on.
        for (long i = Math.min(over, 3); i > 0; i--) {
            minute += i == 1 ? over - Math.min(over, 3) + 1 : 1;
            endMinute(now);
        }
        minuteStart += over * MINUTE;
    }

    private void endMinute(long now) {
        boolean well = closed && (bad == 0 || bad * BAD_SHARE < good + bad);
        boolean learn = well && beforeWasWell;
        for (LearnedLatencies of : buckets)
            if (of != null) of.turn(learn, minute / MINUTES_PER_HOUR);
        beforeWasWell = well;
        good = 0;
        bad = 0;
        if (learn) normal.learned(medians(), now);
    }

    private long[] medians() {
        long[] medians = new long[buckets.length];
        for (int i = 0; i < medians.length; i++) {
            LearnedLatencies of = buckets[i];
            Learned learned = of == null ? null : of.learned();
            medians[i] = learned == null || learned.samples() < Normal.ENOUGH ? 0 : learned.p50();
        }
        return medians;
    }
}
