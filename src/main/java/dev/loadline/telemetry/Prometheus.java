package dev.loadline.telemetry;

import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;

/** Keeps meters and writes them down as Prometheus reads them. Any thread. */
public final class Prometheus {
    public static final String CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8";

    private final PrometheusMeterRegistry registry =
            new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);

    public MeterRegistry registry() {
        return registry;
    }

    /**
     * Every meter's present value. Takes a millisecond or a few (gauges ask their owners): enough
     * to keep off a busy event loop.
     */
    public String scrape() {
        return registry.scrape();
    }
}
