package dev.loadline.guard;

import dev.loadline.core.Outcome;

import org.jspecify.annotations.Nullable;

import java.time.Duration;

/**
 * What a drill does to one attempt, already drawn.
 *
 * @param delay before anything of the answer is passed on
 * @param stretch every later wait of a stream takes so many times longer; 1: as it is
 * @param outcome instead of an answer, after the delay; null: the real answer
 * @param hangs nothing ever comes
 * @param cutAfter so many parts of a stream are passed on, then the connection is lost; negative:
 *     never
 */
public record Injury(
        Duration delay,
        double stretch,
        Outcome.@Nullable Failed<Object> outcome,
        boolean hangs,
        int cutAfter) {}
