package dev.loadline.core;

import com.fasterxml.jackson.annotation.JsonValue;

import java.util.List;
import java.util.Locale;

/**
 * What went into a prompt, source by source (the wire's {@code Context}).
 *
 * @param ms how long assembly took
 */
public record ContextReport(int step, int tokens, int budget, long ms, List<Source> sources) {

    /**
     * {@code found} counts items; the others tokens: {@code kept = offered - duplicate - trimmed}.
     */
    public record Source(
            String name,
            SourceStatus status,
            int found,
            int offered,
            int kept,
            int duplicate,
            int trimmed,
            long ms) {}

    /** How a source did. */
    public enum SourceStatus {
        OK,
        TRIMMED,
        LATE,
        FAILED,
        OPEN,
        SKIPPED;

        @JsonValue
        public String wire() {
            return name().toLowerCase(Locale.ROOT);
        }
    }
}
