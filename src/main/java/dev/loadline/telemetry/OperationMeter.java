package dev.loadline.telemetry;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;

import java.util.function.LongSupplier;

/** The meters of one kind of background work. */
final class OperationMeter {
    private static final double NANOS_PER_SECOND = 1e9;

    private final Counter ok;
    private final Counter failed;
    private volatile LongSupplier oldestNanos = () -> 0;

    OperationMeter(MeterRegistry registry, String operation) {
        this.ok = counter(registry, operation, "ok");
        this.failed = counter(registry, operation, "failed");
        Gauge.builder(
                        "loadline.background.oldest",
                        () -> oldestNanos.getAsLong() / NANOS_PER_SECOND)
                .description("How long the oldest unfinished work has run")
                .baseUnit("seconds")
                .tags("operation", operation)
                .register(registry);
    }

    private static Counter counter(MeterRegistry registry, String operation, String outcome) {
        return Counter.builder("loadline.background")
                .description("Background work that ended")
                .tags("operation", operation, "outcome", outcome)
                .register(registry);
    }

    void ended(boolean succeeded) {
        (succeeded ? ok : failed).increment();
    }

    void watchOldest(LongSupplier nanos) {
        oldestNanos = nanos;
    }
}
