package dev.loadline.mailbox;

import java.time.Duration;

/**
 * Whether a sweep is on its way. One at a time, armed while it is needed and never cancelled. Not
 * thread-safe: under its mailbox's lock.
 */
final class Sweep {
    static final Duration EVERY = Duration.ofMillis(25);

    /** A sweep this overdue is lost: the verticle on whose loop it was armed went away. */
    private static final Duration LOST = Duration.ofSeconds(1);

    private boolean armed;
    private long number;
    private long dueNanos;

    /** The number of a sweep to arm; 0: none is needed, or one is armed. */
    long toArm(boolean needed, long now) {
        boolean coming = armed && now - dueNanos < LOST.toNanos();
        if (coming || !needed) return 0;
        armed = true;
        dueNanos = now + EVERY.toNanos();
        return ++number;
    }

    /** One has come; false: another has taken its place. */
    boolean came(long which) {
        if (which != number) return false;
        armed = false;
        return true;
    }
}
