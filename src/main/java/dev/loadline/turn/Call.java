package dev.loadline.turn;

import com.fasterxml.jackson.databind.JsonNode;

import org.jspecify.annotations.Nullable;

/**
 * A tool call of a step. {@code arguments} that are not a JSON object stand as the string that the
 * model sent.
 */
public record Call(
        String call,
        String tool,
        JsonNode arguments,
        Effect effect,
        CallStatus status,
        @Nullable Long ms,
        @Nullable String preview,
        @Nullable Boolean truncated,
        @Nullable String child) {}
