package dev.loadline.transport;

import com.fasterxml.jackson.databind.JsonNode;

import dev.loadline.transport.Operations.Fault;

import org.jspecify.annotations.Nullable;

/** Reads a fault's order, checked so that it can be carried out as it is written. */
final class Faults {
    private static final long LATENCY_MAX_MS = 600_000;
    private static final long RETRY_MAX_MS = 3_600_000;
    private static final int FACTOR_MAX = 1_000;
    private static final int CHUNKS_MAX = 100_000;

    private Faults() {}

    static Fault read(JsonNode body) {
        var members =
                new Members(
                        body,
                        "latencyFactor",
                        "addLatencyMs",
                        "errorRate",
                        "errorStatus",
                        "rateLimitRate",
                        "retryAfterMs",
                        "hang",
                        "cutAfterChunks");
        var fault =
                new Fault(
                        members.decimal("latencyFactor", 1, FACTOR_MAX),
                        members.integer("addLatencyMs", 0, LATENCY_MAX_MS),
                        members.decimal("errorRate", 0, 1),
                        asInt(members.integer("errorStatus", 400, 599)),
                        members.decimal("rateLimitRate", 0, 1),
                        members.integer("retryAfterMs", 0, RETRY_MAX_MS),
                        members.truth("hang"),
                        asInt(members.integer("cutAfterChunks", 0, CHUNKS_MAX)));
        if (body.isObject() && body.isEmpty())
            members.wrong("", "must have a member; DELETE ends a fault");
        together(members, body, fault);
        members.check();
        return fault;
    }

    private static void together(Members members, JsonNode body, Fault fault) {
        if (body.has("errorStatus") && !body.has("errorRate"))
            members.wrong("errorStatus", "does nothing without errorRate; give that, too");
        if (body.has("retryAfterMs") && !body.has("rateLimitRate"))
            members.wrong("retryAfterMs", "does nothing without rateLimitRate; give that, too");
        if (fault.errorStatus() != null && fault.errorStatus() == 429)
            members.wrong("errorStatus", "must not be 429; use rateLimitRate");
        if (orZero(fault.errorRate()) + orZero(fault.rateLimitRate()) > 1)
            members.wrong("rateLimitRate", "must be at most 1 together with errorRate");
    }

    private static double orZero(@Nullable Double rate) {
        return rate == null ? 0 : rate;
    }

    private static @Nullable Integer asInt(@Nullable Long value) {
        return value == null ? null : Integer.valueOf(value.intValue());
    }
}
