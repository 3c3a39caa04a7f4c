package dev.loadline.turn;

import com.fasterxml.jackson.annotation.JsonValue;

import java.util.Locale;

/** What running a tool twice would do. */
public enum Effect {
    READ,
    IDEMPOTENT,
    ONCE;

    @JsonValue
    public String wire() {
        return name().toLowerCase(Locale.ROOT);
    }
}
