package dev.loadline.guard;

import dev.loadline.core.Clock;
import dev.loadline.core.Timers;
import dev.loadline.telemetry.DependencyMeter;

import java.util.function.Function;
import java.util.random.RandomGenerator;

/**
 * What guards are made of beside their policies.
 *
 * @param timers run on any thread of the node's
 * @param switches by dependency
 * @param meters by dependency
 * @param news between nodes
 */
public record GuardWorld(
        Clock clock,
        Timers timers,
        RandomGenerator random,
        Function<String, Switch> switches,
        Function<String, DependencyMeter> meters,
        News news) {}
