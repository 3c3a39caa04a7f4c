package dev.loadline.turn;

import com.fasterxml.jackson.annotation.JsonValue;

import dev.loadline.core.Origin;

import org.jspecify.annotations.Nullable;

import java.util.List;
import java.util.Locale;

/**
 * What was said in a conversation: one user message per input, one assistant message per ended turn
 * that said anything.
 *
 * @param at RFC 3339, UTC, milliseconds
 * @param cut true if the turn was not completed, else absent
 */
public record Message(
        String id,
        String turn,
        Role role,
        String text,
        String at,
        @Nullable String key,
        Origin origin,
        @Nullable Boolean cut,
        @Nullable List<CallSummary> calls,
        @Nullable List<String> degraded) {

    public static Message ofUser(
            String id, String turn, String text, String at, @Nullable String key, Origin origin) {
        return new Message(id, turn, Role.USER, text, at, key, origin, null, null, null);
    }

    /** Who said it. */
    public enum Role {
        USER,
        ASSISTANT;

        @JsonValue
        public String wire() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    /** A tool call in one line. */
    public record CallSummary(String call, String tool, CallStatus status) {}
}
