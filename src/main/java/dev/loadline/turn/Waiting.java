package dev.loadline.turn;

import org.jspecify.annotations.Nullable;

/**
 * What a parked turn waits for.
 *
 * @param kind approval, delegate or rate_limit
 * @param untilMs how long the wait still lasts, as of when this is told; an estimate
 */
public record Waiting(
        String kind, @Nullable String call, @Nullable String dependency, @Nullable Long untilMs) {}
