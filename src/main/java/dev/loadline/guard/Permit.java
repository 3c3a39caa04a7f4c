package dev.loadline.guard;

import dev.loadline.core.Outcome;

import org.jspecify.annotations.Nullable;

import java.time.Duration;

/**
 * Leave to make one attempt. Any thread, but of one call at a time; nothing here is for every
 * token.
 */
public interface Permit {
    /**
     * How long the attempt may take from {@link #sent} to its answer; of a stream, to its first
     * event.
     */
    Duration timeout();

    /** How long a stream may be silent between two events. */
    Duration gap();

    /** What is to go wrong on purpose with this attempt; null: nothing. */
    @Nullable Injury injury();

    /** The request is written: from here on the time counts. */
    void sent();

    /** A stream's first event: its latency is sampled here. Not for single calls. */
    void begun();

    /**
     * The attempt is over; the permit is given back. Once; again does nothing.
     *
     * @param longestGapNanos of a stream: between two events; else 0
     */
    void ended(Outcome<?> outcome, long longestGapNanos);

    default void ended(Outcome<?> outcome) {
        ended(outcome, 0);
    }
}
