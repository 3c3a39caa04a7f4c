package dev.loadline.core;

import com.fasterxml.jackson.annotation.JsonValue;

import java.util.Locale;

/** What caused a turn. */
public enum Origin {
    CHAT,
    SCHEDULE,
    WEBHOOK,
    AGENT,
    PROBE;

    @JsonValue
    public String wire() {
        return name().toLowerCase(Locale.ROOT);
    }
}
