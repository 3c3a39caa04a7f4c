package dev.loadline.telemetry;

/**
 * When a turn reached each of its stages, for time-to-first-token by stage. Each stage counts once, the first time it is
 * reached. Not thread-safe: the turn's loop.
 */
public final class StageClock {
    /** What can be reached. */
    public enum Stage {
        AUTHENTICATED,
        ACCEPTED,
        BEGUN,
        STATE,
        CONTEXT,
        MODEL_REQUEST,
        FIRST_TOKEN,
        COMPLETED
    }

    private static final long NEVER = Long.MIN_VALUE;

    private final long zeroNanos;
    private final long[] reached = new long[Stage.values().length];

    /** @param zeroNanos monotonic clock when the last byte of the request was read */
    public StageClock(long zeroNanos) {
        this.zeroNanos = zeroNanos;
        java.util.Arrays.fill(reached, NEVER);
    }

    public void reached(Stage stage, long nowNanos) {
        if (reached[stage.ordinal()] == NEVER) reached[stage.ordinal()] = Math.max(0, nowNanos - zeroNanos);
    }

    public boolean has(Stage stage) {
        return reached[stage.ordinal()] != NEVER;
    }

    /** Nanoseconds from zero to the stage; zero if it was never reached: ask {@link #has} first. */
    public long nanos(Stage stage) {
        return has(stage) ? reached[stage.ordinal()] : 0;
    }
}
