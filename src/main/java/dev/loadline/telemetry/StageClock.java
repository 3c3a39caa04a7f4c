package dev.loadline.telemetry;

import org.jspecify.annotations.Nullable;

import java.time.Duration;
import java.util.EnumMap;
import java.util.Map;

/**
 * When a turn reached each of its marks, for time-to-first-token by stage. A mark counts once, the
 * first time it is reached. Written by the turn's loop; not thread-safe.
 */
public final class StageClock {
    /** What can be reached. */
    public enum Mark {
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
    private final Map<Mark, Long> reached = new EnumMap<>(Mark.class);
    private long modelNanos; // before the first token, but for the time under way
    private @Nullable Long modelHasItSince;

    /**
     * Starts at zero.
     *
     * @param zeroNanos monotonic clock when the last byte of the request was read
     */
    public StageClock(long zeroNanos) {
        this.zeroNanos = zeroNanos;
    }

    public void reached(Mark mark, long nowNanos) {
        if (mark == Mark.FIRST_TOKEN) modelGivesItBack(nowNanos);
        reached.putIfAbsent(mark, Math.max(0, nowNanos - zeroNanos));
    }

    /**
     * From now on the turn is the model's: a request is open, or its gate is closed, or it pauses
     * before it asks once more. Until the first token that is not our time.
     */
    public void modelHasIt(long nowNanos) {
        if (modelHasItSince == null && !has(Mark.FIRST_TOKEN)) modelHasItSince = nowNanos;
    }

    /** It is ours again: the model is done, or could go on and waits for us. */
    public void modelGivesItBack(long nowNanos) {
        if (modelHasItSince != null) modelNanos += Math.max(0, nowNanos - modelHasItSince);
        modelHasItSince = null;
    }

    /** It was not reached after all. */
    public void notYet(Mark mark) {
        reached.remove(mark);
    }

    public boolean has(Mark mark) {
        return reached.containsKey(mark);
    }

    /** From zero to the mark; null if it was never reached. */
    public @Nullable Duration at(Mark mark) {
        Long nanos = reached.get(mark);
        return nanos == null ? null : Duration.ofNanos(nanos);
    }

    /** A stage as API.md defines it under Timings; null where a mark of it was never reached. */
    public @Nullable Duration of(Stage stage) {
        return switch (stage) {
            case AUTHENTICATED -> at(Mark.AUTHENTICATED);
            case ACCEPTED -> at(Mark.ACCEPTED);
            case QUEUED -> between(Mark.ACCEPTED, has(Mark.BEGUN) ? Mark.BEGUN : Mark.COMPLETED);
            case STATE -> at(Mark.STATE);
            case CONTEXT -> at(Mark.CONTEXT);
            case MODEL -> has(Mark.FIRST_TOKEN) ? Duration.ofNanos(modelNanos) : null;
            case OVERHEAD -> overhead();
            case FIRST_TOKEN -> at(Mark.FIRST_TOKEN);
            case FELT -> null; // the client tells
        };
    }

    private @Nullable Duration between(Mark from, Mark to) {
        Long begin = reached.get(from);
        Long end = reached.get(to);
        return begin == null || end == null ? null : Duration.ofNanos(Math.max(0, end - begin));
    }

    private @Nullable Duration overhead() {
        Duration first = at(Mark.FIRST_TOKEN);
        Duration model = of(Stage.MODEL);
        if (first == null || model == null) return null;
        Duration queued = of(Stage.QUEUED);
        Duration ours = first.minus(model).minus(queued == null ? Duration.ZERO : queued);
        return ours.isNegative() ? Duration.ZERO : ours;
    }
}
