package dev.loadline.guard;

import com.fasterxml.jackson.annotation.JsonValue;

import java.util.Locale;

/** Why a guard lets a call wait or refuses it. */
public enum Reason {
    /** The rate limit's gate is closed. */
    RATE_LIMITED,
    /** Quota or credit is gone. */
    EXHAUSTED,
    /** The breaker is open. */
    OPEN,
    /** The concurrency limit is reached. */
    LIMIT,
    /** Less time is left than such a call normally takes. */
    LATE,
    /** An operator holds the dependency. */
    HELD;

    @JsonValue
    public String wire() {
        return name().toLowerCase(Locale.ROOT);
    }
}
