package dev.loadline.telemetry;

import dev.loadline.core.Outcome;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;

import org.jspecify.annotations.Nullable;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.BooleanSupplier;
import java.util.function.ToDoubleFunction;

/**
 * How the calls to one dependency ended, and how it is guarded. Any thread. What the guard is asked
 * for is there from the start, as "not a number" until it tells.
 */
public final class DependencyMeter {
    /** What a guard tells when it is asked. */
    public interface Guarded {
        double timeoutSeconds();

        double timeoutToNormal();

        /** 0 closed (or there is none), 1 half-open, 2 open. */
        int breaker();

        int limit();

        int inFlight();

        /** Not a number: no original in the window. */
        double amplification();
    }

    private static final List<String> OUTCOMES =
            List.of(
                    "ok",
                    "timed_out",
                    "cut_short",
                    "unavailable",
                    "server_error",
                    "rate_limited",
                    "exhausted",
                    "rejected",
                    "cancelled",
                    "refused");

    private final Map<String, Counter> calls = new ConcurrentHashMap<>(); // complete from the start
    private static final List<String> LAYERS =
            List.of("guard", "fallback", "takeover", "outbox", "model", "user");

    private final MeterRegistry registry;
    private final Map<String, Counter> retries = new ConcurrentHashMap<>(); // likewise
    private final Counter normalChanged;
    private final Timer seconds;
    private volatile @Nullable Guarded guarded;

    DependencyMeter(MeterRegistry registry, String dependency) {
        this.registry = registry;
        for (String outcome : OUTCOMES)
            calls.put(
                    outcome,
                    Counter.builder("loadline.dependency.calls")
                            .description("Calls that ended")
                            .tags("dependency", dependency, "outcome", outcome)
                            .register(registry));
        this.seconds =
                Timer.builder("loadline.dependency")
                        .description("How long calls took that we did not end ourselves")
                        .tags("dependency", dependency)
                        .serviceLevelObjectives(Buckets.WAITING)
                        .register(registry);
        for (String layer : LAYERS)
            retries.put(
                    layer,
                    Counter.builder("loadline.retries")
                            .description("Calls made once more, by who asked again")
                            .tags("dependency", dependency, "layer", layer)
                            .register(registry));
        this.normalChanged =
                Counter.builder("loadline.normal.changed")
                        .description("Times that another latency was found to be the normal one")
                        .tags("dependency", dependency)
                        .register(registry);
        gauges(dependency);
    }

    private void gauges(String dependency) {
        gauge("dependency.timeout.seconds", dependency, "In force", Guarded::timeoutSeconds);
        gauge(
                "dependency.timeout.to.normal.ratio",
                dependency,
                "The time-out in force ÷ the normal latency",
                Guarded::timeoutToNormal);
        gauge(
                "breaker.state",
                dependency,
                "0 closed or none, 1 half-open, 2 open",
                Guarded::breaker);
        gauge("concurrency.limit", dependency, "How many calls it takes at once", Guarded::limit);
        gauge("concurrency.in.flight", dependency, "Calls that run", Guarded::inFlight);
        gauge(
                "retry.amplification",
                dependency,
                "Attempts ÷ originals of the last ten minutes",
                Guarded::amplification);
    }

    private void gauge(
            String name, String dependency, String what, ToDoubleFunction<Guarded> value) {
        Gauge.builder("loadline." + name, () -> told(value))
                .description(what)
                .tags("dependency", dependency)
                .register(registry);
    }

    private double told(ToDoubleFunction<Guarded> value) {
        Guarded now = guarded;
        return now == null ? Double.NaN : value.applyAsDouble(now);
    }

    /** Whom to ask from now on; any thread, must not block. */
    public void watch(Guarded guarded) {
        this.guarded = guarded;
    }

    /** The gate of a limit group, one for all dependencies that share it. */
    public void watchGate(String limitGroup, BooleanSupplier closed) {
        Gauge.builder("loadline.gate.closed", () -> closed.getAsBoolean() ? 1 : 0)
                .description("1 while a rate limit lets no call pass")
                .tags("limit_group", limitGroup)
                .register(registry);
    }

    /**
     * @param layer who asked again, as on the wire
     */
    public void retried(String layer) {
        Objects.requireNonNull(retries.get(layer), layer).increment();
    }

    public void normalChanged() {
        normalChanged.increment();
    }

    /** The guard did not let a call go. */
    public void refused() {
        Objects.requireNonNull(calls.get("refused")).increment();
    }

    /** Calls since the start, by outcome. */
    public Map<String, Long> calls() {
        Map<String, Long> counts = new TreeMap<>();
        calls.forEach((outcome, counter) -> counts.put(outcome, (long) counter.count()));
        return counts;
    }

    /**
     * @param took from the request being written to its answer; of a stream, to its first event
     */
    public void ended(Outcome<?> outcome, Duration took) {
        Objects.requireNonNull(calls.get(label(outcome))).increment();
        boolean ours =
                outcome instanceof Outcome.Cancelled
                        || outcome instanceof Outcome.CutShort
                        || outcome instanceof Outcome.Refused;
        if (!ours) seconds.record(took);
    }

    private static String label(Outcome<?> outcome) {
        return switch (outcome) {
            case Outcome.Ok<?> ok -> "ok";
            case Outcome.TimedOut<?> timedOut -> "timed_out";
            case Outcome.CutShort<?> cutShort -> "cut_short";
            case Outcome.Unavailable<?> unavailable -> "unavailable";
            case Outcome.ServerError<?> serverError -> "server_error";
            case Outcome.RateLimited<?> rateLimited -> "rate_limited";
            case Outcome.Exhausted<?> exhausted -> "exhausted";
            case Outcome.Rejected<?> rejected -> "rejected";
            case Outcome.Cancelled<?> cancelled -> "cancelled";
            case Outcome.Refused<?> refused -> "refused";
        };
    }
}
