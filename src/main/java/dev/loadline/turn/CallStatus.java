package dev.loadline.turn;

import com.fasterxml.jackson.annotation.JsonValue;

import java.util.Locale;

/** Where a tool call stands. */
public enum CallStatus {
    OPEN,
    WAITING,
    OK,
    ERROR,
    DENIED,
    TIMEOUT,
    SHED,
    UNKNOWN,
    CANCELLED,
    LIMIT;

    @JsonValue
    public String wire() {
        return name().toLowerCase(Locale.ROOT);
    }
}
