package dev.loadline.telemetry;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;

import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.IntSupplier;

/**
 * All of Loadline's own meters. What is named here is in the scrape from the start, 0 where nothing
 * happened; no label ever holds a principal, a conversation or a text. Any thread.
 */
public final class Metrics {
    /** What is configured, so that its meters are there before anything happens. */
    public record Known(
            Collection<String> agents,
            Collection<String> dependencies,
            Collection<String> mailboxes,
            Collection<String> operations,
            Collection<String> quotas) {
        public static final Known NOTHING =
                new Known(List.of(), List.of(), List.of(), List.of(), List.of());
    }

    private final MeterRegistry registry;
    private final Map<String, AgentMeter> agents = new ConcurrentHashMap<>();
    private final Map<String, DependencyMeter> dependencies = new ConcurrentHashMap<>();
    private final Map<String, MailboxMeter> mailboxes = new ConcurrentHashMap<>();
    private final Map<String, OperationMeter> operations = new ConcurrentHashMap<>();
    private final Map<String, Counter> quotaRefusals = new ConcurrentHashMap<>();
    private final SocketMeter sockets;
    private final ConnectionMeter connections;
    private final LoadMeter load;
    private final Timer overhead;
    private final Counter loopBlocked;
    private final Counter tlsReloaded;
    private final Counter tlsReloadFailed;
    private volatile IntSupplier activeTurns = () -> 0;
    private volatile IntSupplier streams = () -> 0;
    private volatile IntSupplier stalledStreams = () -> 0;

    public Metrics(MeterRegistry registry, Known known) {
        this.registry = registry;
        this.overhead =
                Timer.builder("loadline.turn.overhead")
                        .description("What Loadline itself adds to a turn's first token")
                        .serviceLevelObjectives(Buckets.OWN_TIME)
                        .register(registry);
        this.loopBlocked =
                Counter.builder("loadline.loop.blocked")
                        .description("Warnings of an event loop that one task holds too long")
                        .register(registry);
        this.tlsReloaded = tlsReloads("ok");
        this.tlsReloadFailed = tlsReloads("failed");
        Gauge.builder("loadline.active.turns", () -> activeTurns.getAsInt())
                .description("Turns that run on this node")
                .register(registry);
        Gauge.builder("loadline.streams", () -> streams.getAsInt())
                .description("Clients that read a turn's events")
                .register(registry);
        Gauge.builder("loadline.streams.stalled", () -> stalledStreams.getAsInt())
                .description("Of them, those whose connection takes nothing right now")
                .register(registry);
        this.sockets = new SocketMeter(registry);
        this.connections = new ConnectionMeter(registry);
        this.load = new LoadMeter(registry);
        known.agents().forEach(this::agent);
        known.dependencies().forEach(this::dependency);
        known.mailboxes().forEach(this::mailbox);
        known.operations().forEach(this::operation);
        known.quotas().forEach(this::quotaRefusals);
    }

    /**
     * @param name a configured agent's
     */
    public AgentMeter agent(String name) {
        return agents.computeIfAbsent(name, it -> new AgentMeter(registry, it, overhead));
    }

    /**
     * @param name as in the reading {@code dependencies}, like {@code model:main}
     */
    public DependencyMeter dependency(String name) {
        return dependencies.computeIfAbsent(name, it -> new DependencyMeter(registry, it));
    }

    /** What a mailbox of this name tells its doings. */
    public MailboxCounters mailbox(String name) {
        return mailboxes.computeIfAbsent(name, it -> new MailboxMeter(registry, it));
    }

    public LoadMeter load() {
        return load;
    }

    public SocketMeter sockets() {
        return sockets;
    }

    public ConnectionMeter connections() {
        return connections;
    }

    OperationMeter operation(String name) {
        return operations.computeIfAbsent(name, it -> new OperationMeter(registry, it));
    }

    /** Somebody is over this limit of theirs. */
    public void quotaRefused(String limit) {
        quotaRefusals(limit).increment();
    }

    private Counter quotaRefusals(String limit) {
        return quotaRefusals.computeIfAbsent(
                limit,
                it ->
                        Counter.builder("loadline.quota.refused")
                                .description(
                                        "Requests of principals who are over a limit of theirs")
                                .tag("limit", it)
                                .register(registry));
    }

    private Counter tlsReloads(String outcome) {
        return Counter.builder("loadline.tls.reload")
                .description("Changed certificates, and whether they could be served")
                .tags("outcome", outcome)
                .register(registry);
    }

    /** A changed certificate is served from now on, or can't be. */
    public void tlsReload(boolean succeeded) {
        (succeeded ? tlsReloaded : tlsReloadFailed).increment();
    }

    /** Of one event loop, by its number. */
    Timer loopLag(int loop) {
        return Timer.builder("loadline.loop.lag")
                .description("How late a timer fires on an event loop")
                .serviceLevelObjectives(Buckets.OWN_TIME)
                .tag("loop", Integer.toString(loop))
                .register(registry);
    }

    /** One task holds an event loop too long. */
    void loopBlocked() {
        loopBlocked.increment();
    }

    /** Whom to ask for {@code loadline_active_turns}; any thread, must not block. */
    public void watchActiveTurns(IntSupplier count) {
        activeTurns = count;
    }

    /** Whom to ask for {@code loadline_streams} and {@code …_stalled}; likewise. */
    public void watchStreams(IntSupplier all, IntSupplier stalled) {
        streams = all;
        stalledStreams = stalled;
    }
}
