package dev.loadline.telemetry;

import java.util.Locale;

/** How a turn ended. */
public enum TurnOutcome {
    COMPLETED,
    FAILED,
    CANCELLED;

    public String wire() {
        return name().toLowerCase(Locale.ROOT);
    }
}
