package dev.loadline.core;

import org.jspecify.annotations.Nullable;

/**
 * What a principal may use, or has used. A limit that is absent does not exist.
 *
 * @param turnsPerMinute turns begun within the last 60 s
 * @param streams open event streams and sockets
 * @param tokensPerDay tokens in and out since midnight, UTC
 */
public record Quota(
        @Nullable Integer turnsPerMinute, @Nullable Integer streams, @Nullable Long tokensPerDay) {
    public static final Quota NONE = new Quota(null, null, null);
}
