package dev.loadline.telemetry;

import io.micrometer.core.instrument.MeterRegistry;
import io.vertx.core.Vertx;
import io.vertx.core.VertxBuilder;
import io.vertx.core.VertxOptions;
import io.vertx.micrometer.Label;
import io.vertx.micrometer.MetricsDomain;
import io.vertx.micrometer.MicrometerMetricsFactory;
import io.vertx.micrometer.MicrometerMetricsOptions;

import java.util.EnumSet;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Vert.x's and the JVM's own metrics, in the same registry as ours. The event bus is left out: it
 * costs on every message, and the mailboxes count better. Few labels: with paths, remote or bus
 * addresses there would be a series per turn, and a request's method is whatever a client writes.
 */
public final class VertxMetrics {
    /** Vert.x keeps registries by name for the whole JVM: one name, one Vert.x. */
    private static final AtomicInteger NUMBERS = new AtomicInteger();

    private VertxMetrics() {}

    /** A builder of a Vert.x that counts into the registry; {@code options} are kept. */
    public static VertxBuilder builder(VertxOptions options, MeterRegistry registry) {
        var metrics =
                new MicrometerMetricsOptions()
                        .setEnabled(true)
                        .setRegistryName("loadline-" + NUMBERS.incrementAndGet())
                        .setJvmMetricsEnabled(true)
                        .setLabels(EnumSet.of(Label.HTTP_CODE, Label.POOL_TYPE, Label.POOL_NAME))
                        .addDisabledMetricsCategory(MetricsDomain.EVENT_BUS);
        return Vertx.builder()
                .with(new VertxOptions(options).setMetricsOptions(metrics))
                .withMetrics(new MicrometerMetricsFactory(registry));
    }
}
