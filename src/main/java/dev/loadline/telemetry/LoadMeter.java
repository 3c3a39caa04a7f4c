package dev.loadline.telemetry;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;

import java.util.List;
import java.util.Map;

/** How loaded the node is, as it was found last. Any thread. */
public final class LoadMeter {
    private static final List<String> CAUSES = List.of("queue", "turns", "lag", "heap");

    private final Counter looks;
    private volatile double level;
    private volatile Map<String, Double> causes = Map.of();

    LoadMeter(MeterRegistry registry) {
        this.looks =
                Counter.builder("loadline.load.looks")
                        .description("Times the load was found out: twice a second, if all is well")
                        .register(registry);
        Gauge.builder("loadline.load.level", () -> level)
                .description("How loaded the node is, by its worst cause; at 1 people are refused")
                .register(registry);
        for (String cause : CAUSES)
            Gauge.builder("loadline.load", () -> causes.getOrDefault(cause, 0.0))
                    .description("How loaded the node is by this cause alone")
                    .tag("cause", cause)
                    .register(registry);
    }

    /**
     * @param level 0..1
     * @param causes likewise, by {@code queue}, {@code turns}, {@code lag}, {@code heap}
     */
    public void looked(double level, Map<String, Double> causes) {
        this.level = level;
        this.causes = Map.copyOf(causes);
        looks.increment();
    }
}
