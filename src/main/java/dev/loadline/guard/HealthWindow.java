package dev.loadline.guard;

import java.time.Duration;

/**
 * Judges whether a breaker is to open: at least {@code minimum} calls in the window, and half of
 * them bad, or 60 % slow, or five bad in a row. Not thread-safe; pure; of fixed size.
 *
 * <p>Of what is rarely called a window never holds so many. Five bad in a row that took longer than
 * a window are enough there: else nothing would ever open, no probe would be made with the patience
 * to see that the normal has moved, and every call would time out for ever.
 *
 * <p>A call that still runs is counted when it passes the mark of slowness, and its end only adds
 * whether it was bad. If it passed the mark before the window's beginning, its end is what counts;
 * which one that is is taken to be the one that passed first.
 */
final class HealthWindow {
    private static final int SLOTS = 10;
    private static final int BAD_IN_A_ROW = 5;
    private static final int MINIMUM_WARNED = 3;

    private static final int CALLS = 0;
    private static final int BAD = 1;
    private static final int SLOW = 2;
    private static final int MARKS = 3;
    private static final int KINDS = 4;

    /** What it says. */
    enum Judgement {
        HEALTHY,
        BAD,
        SLOW
    }

    private final long windowNanos;
    private final int minimum;
    private final RollingCounts counts;

    private int badInARow;
    private long firstBadAt; // of the row
    private long lastBadAt;
    private int running; // have passed the mark and not ended
    private boolean warned;
    private long warnedUntil;

    HealthWindow(Duration window, int minimum) {
        this.windowNanos = window.toNanos();
        this.minimum = minimum;
        this.counts = new RollingCounts(KINDS, SLOTS, window);
    }

    /** A call ended. {@code slow}: not counted as slow before by {@link #passedTheMark}. */
    void ended(boolean bad, boolean slow, long now) {
        counts.add(CALLS, now);
        if (slow) counts.add(SLOW, now);
        note(bad, now);
    }

    /** A call that still runs is slow from now on. Its end counts no second call. */
    void passedTheMark(long now) {
        counts.add(CALLS, now);
        counts.add(SLOW, now);
        counts.add(MARKS, now);
        running++;
    }

    /**
     * The end of a call that had passed the mark, whatever its outcome; one that did so before
     * {@link #clear} changes nothing.
     */
    void endedSlow(boolean bad, long now) {
        if (running == 0) return;
        if (running > counts.sum(MARKS, now)) { // its mark has left the window
            counts.add(CALLS, now);
            counts.add(SLOW, now);
        }
        running--;
        note(bad, now);
    }

    Judgement judge(long now) {
        long calls = counts.sum(CALLS, now);
        boolean row = badInARow >= BAD_IN_A_ROW && now - lastBadAt < windowNanos;
        if (calls < (isWarned(now) ? Math.min(MINIMUM_WARNED, minimum) : minimum))
            return row && lastBadAt - firstBadAt >= windowNanos ? Judgement.BAD : Judgement.HEALTHY;
        if (row || 2 * counts.sum(BAD, now) >= calls) return Judgement.BAD;
        if (10 * counts.sum(SLOW, now) >= 6 * calls) return Judgement.SLOW;
        return Judgement.HEALTHY;
    }

    /** A neighbour's breaker opened: three calls are enough for so long. */
    void warned(Duration length, long now) {
        long until = now + length.toNanos();
        if (isWarned(now) && until - warnedUntil < 0) return;
        warned = true;
        warnedUntil = until;
    }

    /** The breaker has changed: begin anew. A neighbour's warning holds on. */
    void clear() {
        counts.clear();
        badInARow = 0;
        running = 0;
    }

    private boolean isWarned(long now) {
        if (warned && now - warnedUntil >= 0) warned = false;
        return warned;
    }

    private void note(boolean bad, long now) {
        if (!bad) {
            badInARow = 0;
            return;
        }
        if (badInARow == 0) firstBadAt = now;
        badInARow++;
        lastBadAt = now;
        counts.add(BAD, now);
    }
}
