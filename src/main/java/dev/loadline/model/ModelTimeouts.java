package dev.loadline.model;

import static dev.loadline.core.Require.require;

import java.time.Duration;

/**
 * How long a model may be silent; never how long it may talk.
 *
 * @param firstEvent from the request written to the first event that says something. Chunks that
 *     only open the answer do not count: many servers send one before the model has begun
 * @param gap between two later events
 */
public record ModelTimeouts(Duration firstEvent, Duration gap) {
    /** Without a fallback, cutting off the only answer earlier helps nobody. */
    public static final Duration FIRST_EVENT_CEILING = Duration.ofMinutes(2);

    private static final Duration GAP_MIN = Duration.ofSeconds(5);
    private static final Duration GAP_MAX = Duration.ofSeconds(60);
    private static final int GAP_FACTOR = 20;

    public ModelTimeouts {
        require(firstEvent.isPositive(), "firstEvent must be positive");
        require(gap.isPositive(), "gap must be positive");
    }

    /** For a model without a fallback. */
    public static ModelTimeouts of(ModelSettings.Normal normal) {
        Duration gap = normal.gap().multipliedBy(GAP_FACTOR);
        if (gap.compareTo(GAP_MIN) < 0) gap = GAP_MIN;
        if (gap.compareTo(GAP_MAX) > 0) gap = GAP_MAX;
        return new ModelTimeouts(FIRST_EVENT_CEILING, gap);
    }
}
