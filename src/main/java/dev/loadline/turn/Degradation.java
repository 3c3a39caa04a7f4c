package dev.loadline.turn;

import org.jspecify.annotations.Nullable;

/**
 * What a turn ran without, or waited for.
 *
 * @param reason timeout, open, shed, error or rate_limited
 * @param effect without, fallback, waited or partial
 */
public record Degradation(
        String dependency,
        String reason,
        String effect,
        @Nullable Long waitMs,
        @Nullable String instead,
        @Nullable Integer step) {}
