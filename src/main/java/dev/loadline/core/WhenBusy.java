package dev.loadline.core;

import com.fasterxml.jackson.annotation.JsonValue;

import java.util.Locale;

/** How a new message joins a conversation in which a turn runs or waits; API.md "Submitting". */
public enum WhenBusy {
    ENQUEUE,
    STEER,
    COLLECT,
    INTERRUPT,
    REJECT;

    @JsonValue
    public String wire() {
        return name().toLowerCase(Locale.ROOT);
    }
}
