package dev.loadline.telemetry;

import java.util.EnumMap;
import java.util.Map;

/**
 * When a turn reached each of its stages, for time-to-first-token by stage. Each stage counts once,
 * the first time it is reached. Not thread-safe: the turn's loop.
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

    private final long zeroNanos;
    private final Map<Stage, Long> reached = new EnumMap<>(Stage.class);

    /**
     * Starts at zero.
     *
     * @param zeroNanos monotonic clock when the last byte of the request was read
     */
    public StageClock(long zeroNanos) {
        this.zeroNanos = zeroNanos;
    }

    public void reached(Stage stage, long nowNanos) {
        reached.putIfAbsent(stage, Math.max(0, nowNanos - zeroNanos));
    }

    public boolean has(Stage stage) {
        return reached.containsKey(stage);
    }

    /** Nanoseconds from zero to the stage; zero if it was never reached: ask {@link #has} first. */
    public long nanos(Stage stage) {
        return reached.getOrDefault(stage, 0L);
    }
}
