package dev.loadline.guard;

import dev.loadline.core.Outcome;

import org.jspecify.annotations.Nullable;

import java.time.Duration;

/**
 * One attempt's leave and what its guard knows of it. What is not final is under the group's lock.
 */
final class Attempt implements Permit {
    /** What an attempt is, decided when it is let go. */
    enum Nature {
        ORDINARY,
        /** The one call of a half-open breaker. */
        PROBE,
        /** No guard stood in its way. */
        NAIVE
    }

    private final Judging judging;
    private final Duration timeout;
    private final Duration gap;
    private final @Nullable Injury injury;
    final Ask ask;
    final Nature nature;
    final boolean loading; // to a model that may be loading itself: its time says nothing
    final int bucket;
    final int generation; // of the breaker's position
    final long markNanos; // from here on it is slow
    final long askedAt;
    long sentAt;
    long tookNanos = -1; // to the answer; of a stream, to its first event
    Switch.@Nullable Probe probe; // until its word is given
    boolean isSent;
    boolean isOver;
    boolean isMarked; // has been counted as slow while it ran

    // --- Running's
    @Nullable Attempt before;
    @Nullable Attempt after;
    boolean running;

    /** How long things may take, by what was learned so far. */
    record Bounds(Duration timeout, Duration gap, long markNanos, boolean loading) {}

    Attempt(
            Judging judging,
            Ask ask,
            Nature nature,
            Switch.@Nullable Probe probe,
            Bounds bounds,
            @Nullable Injury injury,
            int bucket,
            int generation,
            long askedAt) {
        this.judging = judging;
        this.ask = ask;
        this.nature = nature;
        this.probe = probe;
        this.timeout = bounds.timeout;
        this.gap = bounds.gap;
        this.markNanos = bounds.markNanos;
        this.loading = bounds.loading;
        this.injury = injury;
        this.bucket = bucket;
        this.generation = generation;
        this.askedAt = askedAt;
        this.sentAt = askedAt;
    }

    boolean hasAnswered() {
        return tookNanos >= 0;
    }

    /**
     * Whether how long it took says what is normal: not if it loaded, nor if a drill delayed it.
     */
    boolean teaches() {
        return !loading && (injury == null || injury.delay().isZero());
    }

    @Override
    public Duration timeout() {
        return timeout;
    }

    @Override
    public Duration gap() {
        return gap;
    }

    @Override
    public @Nullable Injury injury() {
        return injury;
    }

    @Override
    public void sent() {
        judging.sent(this);
    }

    @Override
    public void begun() {
        judging.begun(this);
    }

    @Override
    public void ended(Outcome<?> outcome, long longestGapNanos) {
        judging.ended(this, outcome, longestGapNanos);
    }
}
