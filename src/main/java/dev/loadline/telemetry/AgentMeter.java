package dev.loadline.telemetry;

import dev.loadline.core.ContextReport;
import dev.loadline.core.Origin;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.DistributionSummary;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;

import java.time.Duration;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;

/** What one agent's turns did. Any thread. */
public final class AgentMeter {
    /** The sources that every agent has; others appear with their first report. */
    private static final List<String> SOURCES = List.of("instructions", "history");

    private record Ended(Origin origin, TurnOutcome outcome) {}

    private record Parts(
            DistributionSummary offered,
            DistributionSummary kept,
            DistributionSummary duplicate,
            DistributionSummary trimmed) {}

    private final MeterRegistry registry;
    private final String agent;
    private final Timer overhead;
    private final Map<Ended, Counter> turns = new ConcurrentHashMap<>(); // complete from the start
    private final Map<Stage, Timer> stages = new EnumMap<>(Stage.class); // likewise
    private final Map<String, Parts> sources = new ConcurrentHashMap<>();

    AgentMeter(MeterRegistry registry, String agent, Timer overhead) {
        this.registry = registry;
        this.agent = agent;
        this.overhead = overhead;
        for (Origin origin : Origin.values())
            for (TurnOutcome outcome : TurnOutcome.values())
                turns.put(new Ended(origin, outcome), turns(origin, outcome));
        for (Stage stage : Stage.values()) stages.put(stage, timer(stage));
        for (String source : SOURCES) parts(source);
    }

    private Counter turns(Origin origin, TurnOutcome outcome) {
        return Counter.builder("loadline.turns")
                .description("Turns that ended")
                .tags("agent", agent, "origin", origin.wire(), "outcome", outcome.wire())
                .register(registry);
    }

    private Timer timer(Stage stage) {
        return Timer.builder("loadline.ttft")
                .description("When a turn reached each stage on the way to its first token")
                .tags("agent", agent, "stage", stage.wire())
                .serviceLevelObjectives(Buckets.WAITING)
                .register(registry);
    }

    private Parts parts(String source) {
        return sources.computeIfAbsent(
                source,
                it ->
                        new Parts(
                                summary(it, "offered"),
                                summary(it, "kept"),
                                summary(it, "duplicate"),
                                summary(it, "trimmed")));
    }

    private DistributionSummary summary(String source, String part) {
        return DistributionSummary.builder("loadline.context.tokens")
                .description("Tokens of a source, by prompt")
                .tags("agent", agent, "source", source, "part", part)
                .register(registry);
    }

    public void turnEnded(Origin origin, TurnOutcome outcome) {
        Objects.requireNonNull(turns.get(new Ended(origin, outcome))).increment();
    }

    /** {@code OVERHEAD} also goes to {@code loadline_turn_overhead_seconds}. */
    public void stage(Stage stage, Duration at) {
        Objects.requireNonNull(stages.get(stage)).record(at);
        if (stage == Stage.OVERHEAD) overhead.record(at);
    }

    public void context(ContextReport report) {
        for (ContextReport.Source source : report.sources()) {
            Parts parts = parts(source.name());
            parts.offered.record(source.offered());
            parts.kept.record(source.kept());
            parts.duplicate.record(source.duplicate());
            parts.trimmed.record(source.trimmed());
        }
    }
}
