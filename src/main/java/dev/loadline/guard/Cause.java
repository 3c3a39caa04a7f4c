package dev.loadline.guard;

import com.fasterxml.jackson.annotation.JsonValue;

import java.util.Locale;

/** Why a call is made: an original, or asked again, and by which layer. */
public enum Cause {
    ORIGINAL,
    GUARD,
    FALLBACK,
    TAKEOVER,
    OUTBOX,
    MODEL,
    USER;

    @JsonValue
    public String wire() {
        return name().toLowerCase(Locale.ROOT);
    }
}
