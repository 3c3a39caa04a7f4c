package dev.loadline.model;

import org.jspecify.annotations.Nullable;

/**
 * What an answer comes in spite of.
 *
 * @param dependency {@code model:main}
 * @param reason timeout, open, shed, error or rate_limited
 * @param waited it had to wait (for {@code waitMs}); else another model answers
 * @param instead the model that answers in its place
 */
public record Setback(
        String dependency, String reason, boolean waited, long waitMs, @Nullable String instead) {}
