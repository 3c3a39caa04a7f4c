package dev.loadline.turn;

import com.fasterxml.jackson.annotation.JsonValue;

import java.util.Locale;

/** Where a turn stands. {@code WAITING}: parked for an approval, a delegate or a rate limit. */
public enum Status {
    QUEUED,
    RUNNING,
    WAITING,
    COMPLETED,
    FAILED,
    CANCELLED;

    public boolean ended() {
        return this == COMPLETED || this == FAILED || this == CANCELLED;
    }

    @JsonValue
    public String wire() {
        return name().toLowerCase(Locale.ROOT);
    }
}
