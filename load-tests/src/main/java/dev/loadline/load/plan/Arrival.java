package dev.loadline.load.plan;

import io.vertx.core.json.JsonObject;

/**
 * One message that shall be sent at its time, whatever became of the others.
 *
 * @param phase the part of the run that it is counted under
 * @param dueMicros when, from the run's zero; below it only to make the generator warm
 * @param url of the server, without a path
 * @param principal {@code tenant/user} whose key is sent; empty for none
 * @param conversation that it is sent to; made before the run begins
 * @param key of the composed message, its idempotency key
 * @param text of the message
 * @param manner how this person goes about it, in words of the simulation; empty where it knows of
 *     one way only
 */
public record Arrival(
        String phase,
        long dueMicros,
        String url,
        String principal,
        String conversation,
        String key,
        String text,
        String manner) {
    /** How a phase begins whose arrivals only make all sides warm: its times count for nothing. */
    public static final String WARM_UP = "warm-up";

    /** For a simulation whose people all go about it in the same way. */
    public Arrival(
            String phase,
            long dueMicros,
            String url,
            String principal,
            String conversation,
            String key,
            String text) {
        this(phase, dueMicros, url, principal, conversation, key, text, "");
    }

    /** The same at another time. */
    Arrival at(long otherMicros) {
        return new Arrival(phase, otherMicros, url, principal, conversation, key, text, manner);
    }

    public boolean isWarmUp() {
        return phase.startsWith(WARM_UP);
    }

    /** The part before the slash; empty where there is no principal. */
    public String tenant() {
        int slash = principal.indexOf('/');
        return slash < 0 ? principal : principal.substring(0, slash);
    }

    JsonObject json() {
        return new JsonObject()
                .put("phase", phase)
                .put("due", dueMicros)
                .put("url", url)
                .put("principal", principal)
                .put("conversation", conversation)
                .put("key", key)
                .put("text", text)
                .put("manner", manner);
    }

    static Arrival of(JsonObject json) {
        return new Arrival(
                json.getString("phase"),
                json.getLong("due"),
                json.getString("url"),
                json.getString("principal"),
                json.getString("conversation"),
                json.getString("key"),
                json.getString("text"),
                json.getString("manner"));
    }
}
