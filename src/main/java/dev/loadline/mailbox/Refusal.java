package dev.loadline.mailbox;

import com.fasterxml.jackson.annotation.JsonValue;

import java.util.Locale;

/** Why a mailbox did not take a message. */
public enum Refusal {
    FULL,
    LATE,
    SHARE,
    DRAINING;

    @JsonValue
    public String wire() {
        return name().toLowerCase(Locale.ROOT);
    }
}
