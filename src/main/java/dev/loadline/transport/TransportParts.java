package dev.loadline.transport;

import dev.loadline.core.Clock;
import dev.loadline.core.Ids;
import dev.loadline.core.Timers;
import dev.loadline.engine.Quotas;
import dev.loadline.engine.Turns;
import dev.loadline.telemetry.Metrics;
import dev.loadline.telemetry.Reading;

import org.jspecify.annotations.Nullable;

import java.util.List;
import java.util.function.BooleanSupplier;
import java.util.function.DoubleSupplier;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;

/**
 * What the doors are made of; shared by the loops of a node, so every part may be used on any
 * thread.
 *
 * @param ids for incidents that stand in the log
 * @param random spreads {@code Retry-After}
 * @param node this node's name
 * @param readings served under {@code /api/ops}
 * @param operations what operators may change
 * @param scrape the text of {@code /metrics}, in Prometheus' format
 * @param ready what {@code /health/ready} says
 * @param draining true from the moment on that no new work is taken
 * @param memory share of the memory in use, 0..1: when it is short, stalled readers are cut
 * @param tls null: plain HTTP
 */
public record TransportParts(
        Turns turns,
        ServerPolicy policy,
        Authenticator authenticator,
        Quotas quotas,
        Clock clock,
        Timers timers,
        Ids ids,
        RandomGenerator random,
        String node,
        List<Reading> readings,
        Operations operations,
        Supplier<String> scrape,
        BooleanSupplier ready,
        BooleanSupplier draining,
        StreamCounts counts,
        Metrics metrics,
        DoubleSupplier memory,
        @Nullable Tls tls) {
    public TransportParts {
        readings = List.copyOf(readings);
    }
}
