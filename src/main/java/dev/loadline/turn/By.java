package dev.loadline.turn;

import com.fasterxml.jackson.annotation.JsonValue;

import java.util.Locale;

/** Who or what cancelled a turn. */
public enum By {
    USER,
    INTERRUPT,
    PARENT,
    OPERATOR,
    DELETED,
    DISCONNECT;

    @JsonValue
    public String wire() {
        return name().toLowerCase(Locale.ROOT);
    }
}
