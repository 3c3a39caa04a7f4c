package dev.loadline.core;

import com.fasterxml.jackson.annotation.JsonValue;

import java.util.Locale;

/** What a principal may do: talk to agents, or also see and steer the server. */
public enum Role {
    USER,
    OPERATOR;

    @JsonValue
    public String wire() {
        return name().toLowerCase(Locale.ROOT);
    }
}
