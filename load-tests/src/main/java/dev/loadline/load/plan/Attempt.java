package dev.loadline.load.plan;

import io.vertx.core.json.JsonObject;

/**
 * What became of one arrival. Times are microseconds from the run's zero; {@value #NEVER} for what
 * did not happen.
 *
 * @param startedMicros when the generator began with it: its lateness is this less the due time
 * @param sentMicros when the request was handed to the client
 * @param firstTokenMicros when the first text was there
 * @param doneMicros when it was over: the last event, or the refusal
 * @param modelMicros how long the model took to its first chunk, by the chunk's mark; {@value
 *     #NEVER} without one
 * @param status of HTTP; 0 where there was no answer, or where a stream gives none
 * @param retryAfter of the answer, in seconds; {@value #NEVER} for none
 * @param turn that was named in the answer; empty for none
 * @param outcome {@code completed, failed, cancelled} by the last event; {@code refused}; {@code
 *     accepted} where nobody followed; else what went wrong
 * @param note words of the scenario's own; empty for none
 */
public record Attempt(
        Arrival arrival,
        long startedMicros,
        long sentMicros,
        long firstTokenMicros,
        long doneMicros,
        long modelMicros,
        int status,
        int retryAfter,
        String turn,
        String outcome,
        String note) {
    public static final int NEVER = -1;

    /** How late the generator was. */
    public long latenessMicros() {
        return startedMicros - arrival.dueMicros();
    }

    /** From when it was due to its end, so that waiting for the generator counts, too. */
    public long latencyMicros() {
        return doneMicros - arrival.dueMicros();
    }

    /** What the server added to the model's own time until the first token. */
    public long addedMicros() {
        return firstTokenMicros - sentMicros - modelMicros;
    }

    public boolean hasFirstToken() {
        return firstTokenMicros != NEVER && modelMicros != NEVER;
    }

    public boolean completed() {
        return outcome.equals("completed");
    }

    public boolean refused() {
        return status == 429 || status == 503;
    }

    /** One line of the records. */
    public JsonObject json() {
        return arrival.json()
                .put("started", startedMicros)
                .put("sent", sentMicros)
                .put("firstToken", firstTokenMicros)
                .put("done", doneMicros)
                .put("model", modelMicros)
                .put("status", status)
                .put("retryAfter", retryAfter)
                .put("turn", turn)
                .put("outcome", outcome)
                .put("note", note);
    }

    static Attempt of(JsonObject json) {
        return new Attempt(
                Arrival.of(json),
                json.getLong("started"),
                json.getLong("sent"),
                json.getLong("firstToken"),
                json.getLong("done"),
                json.getLong("model"),
                json.getInteger("status"),
                json.getInteger("retryAfter"),
                json.getString("turn"),
                json.getString("outcome"),
                json.getString("note"));
    }
}
