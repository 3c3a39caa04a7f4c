package dev.loadline.guard;

import java.time.Duration;

/**
 * How many retries a dependency's successes pay for: {@code share} each; at most max(3, share ×
 * successes of the window); three at the start; one per ten seconds while empty and under one call
 * a second. Not thread-safe; pure.
 *
 * <p>Empty means: not enough for the dearest retry, that of a time-out (2). Otherwise a lonely
 * user's timed-out call would wait for ten successes of others that never come.
 */
final class RetryBudget {
    private static final long ONE = 1_000_000; // in millionths, so that ten tenths are one
    private static final long START = 3 * ONE;
    private static final long EMPTY = 2 * ONE;
    private static final Duration QUIET = Duration.ofSeconds(10);
    private static final int CALLS_QUIET = 10; // fewer: under one a second

    private static final int SUCCESSES = 0;
    private static final int CALLS = 0;
    private static final int SLOTS = 10;

    private final long share;
    private final RollingCounts successes;
    private final RollingCounts calls = new RollingCounts(1, SLOTS, QUIET);

    private long left = START;
    private boolean begun;
    private long quietSince; // and empty

    RetryBudget(double share, Duration window) {
        this.share = Math.round(share * ONE);
        this.successes = new RollingCounts(1, SLOTS, window);
    }

    /** A call is made, whatever becomes of it. */
    void called(long now) {
        settle(now);
        calls.add(CALLS, now);
        if (!isQuiet(now)) quietSince = now;
    }

    /** A success; of a stream, its first event. */
    void succeeded(long now) {
        settle(now);
        successes.add(SUCCESSES, now);
        left = Math.min(left + share, cap(now));
    }

    /** Takes the cost of a retry, if it is there. */
    boolean take(double cost, long now) {
        settle(now);
        long price = Math.round(cost * ONE);
        if (share == 0 || price > left) return false;
        left -= price;
        return true;
    }

    /** None where the share is none: who sets none wants no retry at all. */
    double left(long now) {
        settle(now);
        return share == 0 ? 0 : (double) left / ONE;
    }

    private void settle(long now) {
        if (!begun) {
            begun = true;
            quietSince = now;
        }
        left = Math.min(left, cap(now));
        while (left < EMPTY && now - quietSince >= QUIET.toNanos()) {
            left += ONE;
            quietSince += QUIET.toNanos();
        }
        if (left >= EMPTY) quietSince = now;
    }

    private long cap(long now) {
        return Math.max(START, share * successes.sum(SUCCESSES, now));
    }

    private boolean isQuiet(long now) {
        return calls.sum(CALLS, now) < CALLS_QUIET;
    }
}
