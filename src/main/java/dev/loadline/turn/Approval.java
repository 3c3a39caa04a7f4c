package dev.loadline.turn;

import com.fasterxml.jackson.databind.JsonNode;

import org.jspecify.annotations.Nullable;

/** A question to a person, and later the answer. */
public record Approval(
        int step,
        String call,
        String tool,
        JsonNode arguments,
        String expiresAt,
        @Nullable String decision,
        @Nullable String by,
        @Nullable String note) {}
