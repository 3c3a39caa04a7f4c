package dev.loadline.guard;

import dev.loadline.core.Outcome;

import org.jspecify.annotations.Nullable;

import java.time.Duration;

/**
 * Stands before one dependency: deadline, gate, breaker, concurrency limit, time-out, in this
 * order; the caller's retry loop is outside of it and asks again for every attempt. Any thread, one
 * short lock per call.
 */
public interface Guard {
    GuardPolicy policy();

    Verdict ask(Ask ask);

    /**
     * Leave for one probe of a dependency that is cut off and may be left out, off every turn's
     * path; null: none is due. Its time-out is the ceiling.
     */
    @Nullable Permit probe();

    /**
     * How long to wait before the same call is made once more; null: not at all. Takes what it
     * costs from the budget. For the caller's retry loop, after the permit is back.
     *
     * @param retries how many this call had already
     * @param harmless the call is idempotent or was never sent, and nothing of its answer was shown
     */
    @Nullable Duration retryIn(Outcome.Failed<?> outcome, int retries, boolean harmless);

    /** What the provider says of its limit in the headers of an answer, good or bad. */
    void limits(ProviderLimits limits);

    /**
     * Called whenever calls may go that had to wait before: how many may, at most. Once per guard;
     * quick; told on the thread that made room.
     */
    void onRoom(Room room);

    /** How many calls may go right now, by gate, breaker and limit; 0: none. */
    int room();

    /**
     * HELD or OPEN, if by now nobody may go, whoever asks, for another reason than a want of room;
     * else null. For who waits: a wait for room would not end.
     */
    @Nullable Reason cutOff();

    GuardReading reading();

    /** Hears that there is room. */
    @FunctionalInterface
    interface Room {
        void came();
    }
}
