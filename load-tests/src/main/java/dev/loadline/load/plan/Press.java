package dev.loadline.load.plan;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;

import java.util.List;

/**
 * One time that a person pressed "send", and what came back. Times are microseconds from the run's
 * zero.
 *
 * @param answeredMicros when the answer to the press was there; {@link Attempt#NEVER} without one
 * @param status of HTTP; 0 where there was no answer
 * @param retryAfter the header as it stood; empty for none
 * @param retryAfterMs the finer value in the body; {@link Attempt#NEVER} for none
 * @param turn that was named; empty for none
 */
public record Press(
        long sentMicros,
        long answeredMicros,
        int status,
        String retryAfter,
        long retryAfterMs,
        String turn,
        boolean duplicate) {

    /** It was taken, and what it names will have an end. */
    public boolean accepted() {
        return status / 100 == 2;
    }

    public boolean refused() {
        return status == 429 || status == 503;
    }

    /**
     * Whether it says when to come again, as it should: a whole number of seconds from the wait
     * that it tells to twice that and two more.
     */
    public boolean saysWhen() {
        if (!retryAfter.matches("[0-9]{1,4}")) return false;
        long seconds = Long.parseLong(retryAfter);
        long least = Math.max(1, Math.ceilDiv(retryAfterMs, 1000L));
        return seconds >= least && seconds <= 2 * least + 2;
    }

    /** All of one person, in order; none where the simulation does not tell them. */
    public static List<Press> of(Attempt attempt) {
        if (attempt.note().isEmpty()) return List.of();
        return new JsonArray(attempt.note())
                .stream().map(JsonObject.class::cast).map(Press::of).toList();
    }

    /** As they stand in an attempt's note. */
    public static String note(List<Press> presses) {
        return new JsonArray(presses.stream().map(Press::json).toList()).encode();
    }

    private JsonObject json() {
        return new JsonObject()
                .put("sent", sentMicros)
                .put("answered", answeredMicros)
                .put("status", status)
                .put("retryAfter", retryAfter)
                .put("retryAfterMs", retryAfterMs)
                .put("turn", turn)
                .put("duplicate", duplicate);
    }

    private static Press of(JsonObject json) {
        return new Press(
                json.getLong("sent"),
                json.getLong("answered"),
                json.getInteger("status"),
                json.getString("retryAfter"),
                json.getLong("retryAfterMs"),
                json.getString("turn"),
                json.getBoolean("duplicate"));
    }
}
