package dev.loadline.guard;

import org.jspecify.annotations.Nullable;

/**
 * A drill's standing order for one dependency (the wire's {@code Fault}); absent members do
 * nothing.
 *
 * @param latencyFactor at least 1
 * @param errorRate 0 to 1, with {@code errorStatus} (default 500)
 * @param rateLimitRate 0 to 1: 429, with {@code retryAfterMs}
 */
public record Fault(
        @Nullable Double latencyFactor,
        @Nullable Long addLatencyMs,
        @Nullable Double errorRate,
        @Nullable Integer errorStatus,
        @Nullable Double rateLimitRate,
        @Nullable Long retryAfterMs,
        @Nullable Boolean hang,
        @Nullable Integer cutAfterChunks) {}
