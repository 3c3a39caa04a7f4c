package dev.loadline.turn;

import org.jspecify.annotations.Nullable;

/**
 * What a parked turn waits for.
 *
 * @param kind approval, delegate or rate_limit
 */
public record Waiting(
        String kind, @Nullable String call, @Nullable String dependency, @Nullable Long untilMs) {}
