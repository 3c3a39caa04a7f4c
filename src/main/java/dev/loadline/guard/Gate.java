package dev.loadline.guard;

import org.jspecify.annotations.Nullable;

import java.time.Duration;
import java.util.random.RandomGenerator;

/**
 * A rate limit's gate, one for all models of a limit group (and all calls of another dependency).
 * Closed after a 429 until the stated time; then calls are let through as a ramp: one, then two
 * more per success, until none had to wait for it. Not thread-safe; pure.
 *
 * <p>Two bounds on the ramp that the rule alone lacks: fast answers would double it every few
 * milliseconds, so what has passed in all at most doubles per 250 ms (15 calls in the first
 * second); and a call that hangs would hold all others up, so one more passes every 5 s (while
 * exhausted: 300 s) without any word.
 *
 * <p>A call is of the present ramp if it passed after the closing's end; the answers of all others
 * say nothing new.
 */
final class Gate {
    private static final long SECOND = 1_000_000_000L;
    private static final long UNSTATED_MAX = 60 * SECOND;
    private static final long EXHAUSTED = 300 * SECOND;
    private static final double JITTER = 0.1;
    private static final long DOUBLING = SECOND / 4;
    private static final int DOUBLINGS_MAX = 29;
    private static final long TRICKLE = 5 * SECOND;
    private static final long AMPLE = SECOND;

    private final RandomGenerator random;
    private boolean closedEver;
    private boolean ramping; // closed, or opened and not yet wholly
    private boolean exhausted;
    private long closedAt;
    private long until;
    private int credits; // calls that may pass by what successes say
    private int passed; // in this ramp
    private long lastPass;
    private long tightAt; // when the ramp last held anybody up, or could have
    private int strikes; // closings in a row that named no time

    Gate(RandomGenerator random) {
        this.random = random;
    }

    /**
     * An answer said "too many".
     *
     * @param retryAfter zero: no usable time was named, then 1 s doubling to 60 s
     * @param sentNanos when that call was written: one sent before the closing changes nothing
     * @return whether it is closed now by this
     */
    boolean limited(Duration retryAfter, long sentNanos, long now) {
        if (isOld(sentNanos)) return false;
        long time = retryAfter.isPositive() ? nanos(retryAfter) : unstated();
        close(Math.min(time, EXHAUSTED), time > EXHAUSTED, now);
        return true;
    }

    /** Quota or credit is gone: one probe per 300 s. */
    boolean exhausted(long sentNanos, long now) {
        if (isOld(sentNanos)) return false;
        close(EXHAUSTED, true, now);
        return true;
    }

    /** The headers say that nothing is left. */
    boolean spent(Duration reset, long sentNanos, long now) {
        return limited(reset, sentNanos, now);
    }

    /** Another node says that it is closed for so long. */
    void told(Duration left, Reason reason, long now) {
        long time = Math.min(nanos(left), EXHAUSTED + EXHAUSTED / 10);
        if (time <= 0 || (closedFor(now) > 0 && now + time - until <= 0)) return;
        close(time, reason == Reason.EXHAUSTED, now);
    }

    private boolean isOld(long sentNanos) {
        return closedEver && sentNanos - closedAt <= 0;
    }

    private long unstated() {
        long time = Math.min(UNSTATED_MAX, SECOND << Math.min(strikes, 6));
        strikes++;
        return time;
    }

    private void close(long nanos, boolean forQuota, long now) {
        boolean wasClosed = closedFor(now) > 0;
        long end = now + nanos + (long) (nanos * JITTER * random.nextDouble());
        until = wasClosed && end - until < 0 ? until : end;
        exhausted = forQuota || (wasClosed && exhausted);
        closedEver = true;
        closedAt = now;
        ramping = true;
        credits = 1;
        passed = 0;
        lastPass = until;
        tightAt = until;
    }

    /** A call that passed it at {@code passedNanos} succeeded. */
    void succeeded(long passedNanos, long now) {
        if (!isOfRamp(passedNanos)) return;
        strikes = 0;
        exhausted = false;
        if (room(now) == 0) tightAt = now;
        credits += 2;
        if (now - tightAt >= AMPLE) ramping = false;
    }

    /** How many may pass now; {@link Integer#MAX_VALUE}: as many as will. */
    int room(long now) {
        if (!ramping) return Integer.MAX_VALUE;
        long open = now - until;
        if (open < 0) return 0;
        if (credits <= 0) return now - lastPass >= trickle() ? 1 : 0;
        return Math.max(0, Math.min(credits, paced(open / DOUBLING) - passed));
    }

    /** One passes; there was room. */
    void pass(long now) {
        if (!ramping) return;
        credits = Math.max(0, credits - 1);
        passed++;
        lastPass = now;
        if (room(now) == 0) tightAt = now;
    }

    /** One that passed has ended without any word on the limit. */
    void gone(long passedNanos) {
        if (isOfRamp(passedNanos)) credits++;
    }

    /** Until there is room if nothing else happens, in nanoseconds; 0: there is. */
    long roomIn(long now) {
        if (closedFor(now) > 0) return closedFor(now);
        if (room(now) > 0) return 0;
        if (credits <= 0) return lastPass + trickle() - now;
        long doublings = (now - until) / DOUBLING;
        while (paced(doublings) <= passed) doublings++;
        return until + doublings * DOUBLING - now;
    }

    /** Nanoseconds; 0: open. */
    long closedFor(long now) {
        return ramping ? Math.max(0, until - now) : 0;
    }

    /**
     * Why calls wait or may have to: RATE_LIMITED or EXHAUSTED; null: it is open, no ramp either.
     */
    @Nullable Reason reason() {
        if (!ramping) return null;
        return exhausted ? Reason.EXHAUSTED : Reason.RATE_LIMITED;
    }

    private boolean isOfRamp(long passedNanos) {
        return ramping && passedNanos - until >= 0;
    }

    private long trickle() {
        return exhausted ? EXHAUSTED : TRICKLE;
    }

    /** How many may have passed in all after so many doublings. */
    private static int paced(long doublings) {
        return doublings >= DOUBLINGS_MAX ? Integer.MAX_VALUE : (2 << doublings) - 1;
    }

    private static long nanos(Duration time) {
        return time.compareTo(Duration.ofDays(1)) > 0
                ? Duration.ofDays(1).toNanos()
                : time.toNanos();
    }
}
