package dev.loadline.app;

import dev.loadline.app.settings.Settings;
import dev.loadline.context.ContextVerticle;
import dev.loadline.context.Sources;
import dev.loadline.core.Agent;
import dev.loadline.core.Clock;
import dev.loadline.core.ContextReport;
import dev.loadline.core.Timers;
import dev.loadline.engine.Admission;
import dev.loadline.engine.Allowances;
import dev.loadline.engine.NodeLife;
import dev.loadline.engine.Quotas;
import dev.loadline.engine.TurnCounts;
import dev.loadline.model.ModelGuards;
import dev.loadline.ops.TurnTimes;
import dev.loadline.store.MeasuredDb;
import dev.loadline.telemetry.AgentMeter;
import dev.loadline.telemetry.Background;
import dev.loadline.telemetry.BlockedLoops;
import dev.loadline.telemetry.CollectorPauses;
import dev.loadline.telemetry.LoopLag;
import dev.loadline.telemetry.MailboxCounters;
import dev.loadline.telemetry.Metrics;
import dev.loadline.telemetry.Prometheus;
import dev.loadline.telemetry.Stage;
import dev.loadline.telemetry.StageClock;
import dev.loadline.telemetry.TurnOutcome;
import dev.loadline.telemetry.VertxMetrics;
import dev.loadline.turn.Status;
import dev.loadline.turn.TurnHead;

import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.atomic.AtomicInteger;

/** Everything that counts in this node, and what the engine tells it. Any thread. */
final class Telemetry implements TurnCounts {
    static final String RETENTION = "retention";

    private final Prometheus prometheus = new Prometheus();
    private final Metrics metrics;
    private final Background background;
    private final Map<Integer, LoopLag> lags = new ConcurrentSkipListMap<>(); // by loop
    private final Clock clock;
    private final AtomicInteger active = new AtomicInteger();
    private final TurnTimes turnTimes = new TurnTimes();

    private Telemetry(Metrics.Known known, Clock clock) {
        this.clock = clock;
        metrics = new Metrics(prometheus.registry(), known);
        background = new Background(clock, metrics);
        metrics.watchActiveTurns(active::get);
    }

    /**
     * @param loops how many event loops there will be
     */
    static Telemetry open(Settings settings, Clock clock, int loops) {
        return new Telemetry(
                new Metrics.Known(
                        settings.agents().keySet(),
                        dependencies(settings),
                        mailboxes(loops),
                        operations(settings),
                        Arrays.stream(Quotas.Limit.values()).map(Quotas.Limit::wire).toList()),
                clock);
    }

    private static List<String> mailboxes(int loops) {
        List<String> all = new ArrayList<>(Admission.MAILBOXES);
        for (int loop = 0; loop < loops; loop++) all.add(NodeLife.address(loop));
        all.add(ContextVerticle.ADDRESS);
        return all;
    }

    private static List<String> operations(Settings settings) {
        return settings.server().tls() == null
                ? List.of(RETENTION, Allowances.OPERATION)
                : List.of(RETENTION, Allowances.OPERATION, TlsFiles.OPERATION);
    }

    /** Those that every call goes out to; their guards tell the rest. */
    private static Set<String> dependencies(Settings settings) {
        Set<String> all = new LinkedHashSet<>();
        if (settings.models().isEmpty()) all.add(ModelGuards.name(Settings.BUILT_IN_MODEL));
        for (String model : settings.models().keySet()) all.add(ModelGuards.name(model));
        for (Agent agent : settings.agents().values())
            for (Agent.HttpSource source : agent.sources())
                all.add(Sources.dependency(source.name()));
        all.add(MeasuredDb.NAME);
        return all;
    }

    Vertx vertx(VertxOptions options) {
        VertxOptions watched = BlockedLoops.limits(options);
        Vertx vertx = VertxMetrics.builder(watched, prometheus.registry()).build();
        BlockedLoops.watch(vertx, metrics);
        return vertx;
    }

    Metrics metrics() {
        return metrics;
    }

    Background background() {
        return background;
    }

    /** How the last turns came to their first token. */
    TurnTimes turnTimes() {
        return turnTimes;
    }

    MailboxCounters mailbox(String name) {
        return metrics.mailbox(name);
    }

    /** Measures the lag of the loop that calls, from now on. */
    void probe(int loop, Timers timers) {
        lags.put(loop, LoopLag.start(clock, timers, CollectorPauses::nanos, metrics, loop));
    }

    /** Of each loop that has been measured, by its number. */
    List<Double> loopLagMs() {
        return lags.values().stream().map(LoopLag::recentMs).filter(Objects::nonNull).toList();
    }

    String scrape() {
        return prometheus.scrape();
    }

    // --- what the engine tells

    @Override
    public void began() {
        active.incrementAndGet();
    }

    @Override
    public void stopped() {
        active.decrementAndGet();
    }

    @Override
    public void ended(TurnHead head, Status status, StageClock stages) {
        AgentMeter agent = metrics.agent(head.agent());
        agent.turnEnded(
                head.origin(),
                switch (status) {
                    case COMPLETED -> TurnOutcome.COMPLETED;
                    case CANCELLED -> TurnOutcome.CANCELLED;
                    case FAILED, QUEUED, RUNNING, WAITING -> TurnOutcome.FAILED;
                });
        for (Stage stage : Stage.values()) {
            Duration at = stages.of(stage);
            if (at != null) agent.stage(stage, at);
        }
        turnTimes.ended(head.agent(), stages);
    }

    @Override
    public void context(TurnHead head, ContextReport report) {
        metrics.agent(head.agent()).context(report);
    }
}
