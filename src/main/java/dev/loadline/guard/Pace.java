package dev.loadline.guard;

import dev.loadline.core.Deadline;
import dev.loadline.core.WorkClass;

import org.jspecify.annotations.Nullable;

import java.time.Duration;

/**
 * How long a dependency's calls may take, by what was learned of it: time-outs, the mark from which
 * a call is slow, ceilings. Not thread-safe; pure.
 *
 * <p>A single call has one bucket, a model ten: by reasoning, and by input tokens up to 1k, 4k,
 * 16k, 64k and more. Below 100 samples a bucket says nothing and the configured normal is the
 * measure. Where a bucket is wide (its longest prompt has four times the tokens of its shortest)
 * what is expected by size bounds it from below, or the first long prompt would be cut off by what
 * short ones took.
 */
final class Pace {
    private static final long MS = 1_000_000;
    private static final long SECOND = 1000 * MS;
    private static final long[] SIZES = {1 << 10, 4 << 10, 16 << 10, 64 << 10};
    private static final long LEARNED_FROM = 100;
    private static final int UNLEARNED_FACTOR = 4;
    private static final int CEILING_FACTOR = 10;
    private static final int SLOW_FACTOR = 3;
    private static final long PER_TOKEN = MS / 2;
    private static final long SINGLE_FLOOR = 250 * MS;
    private static final long MODEL_FLOOR = SECOND;
    private static final long MODEL_CEILING = 120 * SECOND;
    private static final long REASONING_CEILING = 600 * SECOND;
    private static final int GAP_FACTOR = 20;
    private static final long GAP_FLOOR = 5 * SECOND;
    private static final long GAP_CEILING = 60 * SECOND;
    private static final long MAY_BE_UNLOADED = 240 * SECOND;

    private final boolean streamed;
    private final boolean loadsItself;
    private final double factor;
    private final long gapNanos;
    private final Latencies answers;
    private final Latencies gaps;
    private boolean succeeded;
    private long lastSuccess;

    Pace(GuardPolicy policy) {
        streamed = policy.streamed();
        loadsItself = policy.nearby() && policy.kind() == DependencyKind.MODEL;
        factor = policy.settings().timeoutFactor();
        gapNanos = policy.gap().toNanos();
        answers = new Latencies(buckets(), policy.normal().toNanos());
        gaps = new Latencies(1, Math.max(1, gapNanos));
    }

    int buckets() {
        return streamed ? 2 * (SIZES.length + 1) : 1;
    }

    int bucket(long size, boolean reasoning) {
        if (!streamed) return 0;
        int bucket = 0;
        while (bucket < SIZES.length && size > SIZES[bucket]) bucket++;
        return reasoning ? bucket + SIZES.length + 1 : bucket;
    }

    /** What was learned, if it is enough to go by; else null. */
    private Latencies.@Nullable Learned learned(int bucket, long now) {
        Latencies.Learned all = answers.of(bucket, now);
        return all == null || all.samples() < LEARNED_FROM ? null : all;
    }

    /** The median, 0 if it was not learned yet. */
    long learnedMedian(int bucket, long now) {
        Latencies.Learned known = learned(bucket, now);
        return known == null ? 0 : known.p50();
    }

    /** The median, learned or expected. */
    long median(int bucket, long size, long now) {
        Latencies.Learned known = learned(bucket, now);
        return known == null ? expected(size) : known.p50();
    }

    private long expected(long size) {
        return answers.normalNanos() + (streamed ? size * PER_TOKEN : 0);
    }

    long timeout(int bucket, Ask ask, long now) {
        long ceiling = ceiling(ask.reasoning());
        if (ask.onlyAnswer() || mayBeLoading(now)) return ceiling;
        Latencies.Learned known = learned(bucket, now);
        long floor = streamed ? MODEL_FLOOR : SINGLE_FLOOR;
        if (known == null) {
            long first = UNLEARNED_FACTOR * expected(ask.size());
            return streamed ? Math.clamp(first, floor, ceiling) : Math.min(first, ceiling);
        }
        long learned = (long) (factor * known.p99());
        if (streamed) learned = Math.max(learned, expected(ask.size()));
        return Math.clamp(learned, Math.min(floor, ceiling), ceiling);
    }

    /** No attempt may take longer, and the only answer is not cut off before. */
    long ceiling(boolean reasoning) {
        if (streamed) return reasoning ? REASONING_CEILING : MODEL_CEILING;
        return Math.max(SINGLE_FLOOR, CEILING_FACTOR * answers.normalNanos());
    }

    /** How long a stream may be silent. */
    long gap(long now) {
        if (!streamed) return 0;
        Latencies.Learned known = gaps.of(0, now);
        long usual = known == null || known.samples() < LEARNED_FROM ? gapNanos : known.p99();
        return Math.clamp(GAP_FACTOR * usual, GAP_FLOOR, GAP_CEILING);
    }

    /** From here on a call is slow. */
    long mark(int bucket, long size, long now) {
        Latencies.Learned known = learned(bucket, now);
        if (known == null)
            return Math.max(streamed ? MODEL_FLOOR : 0, UNLEARNED_FACTOR * expected(size));
        long slow = SLOW_FACTOR * known.p95();
        return streamed
                ? Math.max(Math.max(slow, MODEL_FLOOR), expected(size))
                : Math.max(slow, 2 * answers.normalNanos());
    }

    /**
     * A local model unloads itself when nobody asks, and its first answer waits until it is back.
     */
    boolean mayBeLoading(long now) {
        return loadsItself && (!succeeded || now - lastSuccess >= MAY_BE_UNLOADED);
    }

    void succeeded(long now) {
        succeeded = true;
        lastSuccess = now;
    }

    void good(int bucket, long nanos, long now) {
        answers.good(bucket, nanos, now);
    }

    void bad(long now) {
        answers.bad(now);
        gaps.bad(now);
    }

    void longestGap(long nanos, long now) {
        if (streamed && nanos > 0) gaps.good(0, nanos, now);
    }

    void breaker(boolean closed, long now) {
        answers.breaker(closed, now);
        gaps.breaker(closed, now);
    }

    /**
     * A slow success that is asked whether it is the new normal. What a bucket's calls take longer
     * by nature is known once it has learned; before, the prompt's own time is taken off.
     *
     * @return the new normal (ns) if this one moved it, else 0
     */
    long probed(int bucket, long size, long nanos, long now) {
        boolean unlearned = streamed && learned(bucket, now) == null;
        long own = unlearned ? Math.max(nanos - size * PER_TOKEN, MS) : nanos;
        return answers.probed(bucket, own, now);
    }

    long normalNanos() {
        return answers.normalNanos();
    }

    void relearn(long now) {
        answers.relearn(now);
        gaps.relearn(now);
    }

    /** Of the bucket that has most: what a reading shows. */
    Shown shown(long now) {
        int most = 0;
        long samples = -1;
        for (int bucket = 0; bucket < buckets(); bucket++) {
            Latencies.Learned known = answers.of(bucket, now);
            if (known == null || known.samples() <= samples) continue;
            most = bucket;
            samples = known.samples();
        }
        boolean reasoning = most > SIZES.length;
        int size = reasoning ? most - SIZES.length - 1 : most;
        long tokens = size == 0 ? 0 : SIZES[size - 1];
        var ask =
                new Ask(
                        new Deadline(now),
                        WorkClass.INTERACTIVE,
                        Cause.ORIGINAL,
                        tokens,
                        reasoning,
                        false);
        return new Shown(answers.of(most, now), Duration.ofNanos(timeout(most, ask, now)));
    }

    /**
     * @param timeout the one in force for such calls
     */
    record Shown(Latencies.@Nullable Learned learned, Duration timeout) {}
}
