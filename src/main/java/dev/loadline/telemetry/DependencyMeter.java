package dev.loadline.telemetry;

import dev.loadline.core.Outcome;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;

/** How the calls to one dependency ended. Any thread. */
public final class DependencyMeter {
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
    private final Timer seconds;

    DependencyMeter(MeterRegistry registry, String dependency) {
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
