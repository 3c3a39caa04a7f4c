package dev.loadline.app;

import dev.loadline.app.settings.LoadSettings;
import dev.loadline.app.settings.ManagementSettings;
import dev.loadline.app.settings.ServerSettings;
import dev.loadline.app.settings.Settings;
import dev.loadline.context.ContextService;
import dev.loadline.context.ContextTask;
import dev.loadline.context.ContextVerticle;
import dev.loadline.context.Tokenizer;
import dev.loadline.core.Agent;
import dev.loadline.core.Chance;
import dev.loadline.core.Clock;
import dev.loadline.engine.Desk;
import dev.loadline.engine.Hands;
import dev.loadline.engine.NodeLife;
import dev.loadline.engine.TurnVerticle;
import dev.loadline.mailbox.Mailbox;
import dev.loadline.mailbox.MailboxPolicy;
import dev.loadline.ops.Load;
import dev.loadline.ops.LoadLevel;
import dev.loadline.ops.LoadWatch;
import dev.loadline.store.SqlTurnStore;
import dev.loadline.telemetry.MemoryUse;
import dev.loadline.telemetry.Reading;
import dev.loadline.transport.ManagementVerticle;
import dev.loadline.transport.ServerPolicy;
import dev.loadline.transport.StreamCounts;
import dev.loadline.transport.TransportParts;
import dev.loadline.transport.TransportVerticle;

import io.vertx.core.DeploymentOptions;
import io.vertx.core.Future;
import io.vertx.core.Vertx;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.net.BindException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Function;

/**
 * The whole assembly on one page: what there is, what it is made of, in which order it starts and
 * ends.
 */
public final class Loadline {
    private static final Logger LOG = LoggerFactory.getLogger(Loadline.class);
    private static final String NODE = "local";
    private static final Duration RETENTION_EVERY = Duration.ofMinutes(1);
    private static final Duration STEP = Duration.ofSeconds(3);

    private final Settings settings;
    private final Ground ground;
    private final String modelsSaid;
    private final Outgoing outgoing;
    private final Mailbox<ContextTask, ContextTask.Answer> context;
    private final NodeLife life;
    private final LoadWatch load;
    private final Loops loops = new Loops();
    private final StreamCounts streams = new StreamCounts();
    private final List<TransportVerticle> doors = new ArrayList<>();
    private volatile @Nullable ManagementVerticle management;
    private volatile String turns = "";
    private final int connections; // at most
    private volatile boolean ready;
    private volatile boolean draining;

    private Loadline(
            Settings settings,
            Ground ground,
            String modelsSaid,
            Outgoing outgoing,
            Mailbox<ContextTask, ContextTask.Answer> context,
            NodeLife life) {
        this.settings = settings;
        this.ground = ground;
        this.modelsSaid = modelsSaid;
        this.outgoing = outgoing;
        this.context = context;
        this.life = life;
        this.connections = Descriptors.connections(settings.server().limits().connections());
        LoadSettings most = settings.load();
        this.load =
                new LoadWatch(
                        life.admission().mailbox(),
                        new LoadLevel.Marks(
                                most.activeTurns(), most.admissionWait(), most.loopLag()),
                        ground.telemetry()::loopLagMs,
                        MemoryUse.ofThisJvm()::heap,
                        ground.telemetry().metrics().load());
    }

    /**
     * Starts a server. Blocks while the database is opened; completes when the doors are open.
     *
     * @param environment where a model is looked for if none is configured
     * @return fails with words for the operator
     * @throws dev.loadline.store.StoreFailure in words for the operator
     */
    public static Future<Loadline> start(Settings settings, Map<String, String> environment) {
        return start(settings, environment, Clock.system());
    }

    /** Likewise, by another clock, for which minutes pass at once. */
    public static Future<Loadline> start(
            Settings settings, Map<String, String> environment, Clock clock) {
        // Beside the database: each takes a good part of a start, and neither needs the other.
        CompletionStage<Tokenizer> tokenizer = CompletableFuture.supplyAsync(Tokenizer::o200k);
        Ground ground = Ground.open(settings, clock);
        Access.say(settings.auth());
        return ModelChoice.of(settings, environment, ground.vertx())
                .compose(choice -> assemble(settings, ground, choice, tokenizer))
                .compose(Loadline::open)
                .onFailure(why -> ground.close());
    }

    private static Future<Loadline> assemble(
            Settings settings,
            Ground ground,
            ModelChoice choice,
            CompletionStage<Tokenizer> tokenizer) {
        Outgoing outgoing = Outgoing.open(settings, ground, choice);
        return ContextService.open(
                        ground.vertx(),
                        tokenizer,
                        ground.clock(),
                        (agent, report) -> {},
                        outgoing.sources())
                .compose(service -> assemble(settings, ground, choice, outgoing, service));
    }

    private static Future<Loadline> assemble(
            Settings settings,
            Ground ground,
            ModelChoice choice,
            Outgoing outgoing,
            ContextService service) {
        Mailbox<ContextTask, ContextTask.Answer> context =
                Mailbox.create(
                        ContextVerticle.ADDRESS,
                        ContextService.policy(
                                settings.agents().values(), settings.load().activeTurns()),
                        ground.clock(),
                        ground.timers(),
                        service,
                        ground.telemetry().mailbox(ContextVerticle.ADDRESS));
        var hands =
                new Hands(
                        NODE,
                        ground.clock(),
                        ground.timers(),
                        ground.ids(),
                        new SqlTurnStore(ground.db()),
                        ground.bus(),
                        settings.agents(),
                        outgoing.models()::forAgent,
                        admission(settings.load()),
                        ground.telemetry()::mailbox,
                        ground.telemetry(),
                        Access.quotas(settings.quotas(), ground));
        return NodeLife.begin(hands, true)
                .map(life -> new Loadline(settings, ground, choice.why(), outgoing, context, life));
    }

    private static MailboxPolicy admission(LoadSettings load) {
        return MailboxPolicy.admission(
                Math.max(64, load.activeTurns()), load.activeTurns(), load.admissionWait());
    }

    private Future<Loadline> open() {
        Vertx vertx = ground.vertx();
        var everyLoop = new DeploymentOptions().setInstances(ground.loopCount());
        ground.telemetry().metrics().watchStreams(streams::streams, streams::stalled);
        ground.telemetry().metrics().connections().watch(streams::connections);
        ground.telemetry().metrics().connections().watchMemory(MemoryUse.ofThisJvm()::share);
        var desk = new Desk(life, loops::here, () -> draining);
        return LoopProbes.start(ground, loops)
                .compose(
                        up ->
                                vertx.deployVerticle(
                                        () -> new TurnVerticle(life, loops::here), everyLoop))
                .onSuccess(id -> turns = id)
                .compose(
                        up ->
                                vertx.deployVerticle(
                                        () -> new ContextVerticle(ground.bus(), context),
                                        everyLoop))
                // The doors first: a start that fails for want of a port must have begun nothing.
                .compose(up -> vertx.deployVerticle(() -> door(desk), everyLoop))
                .compose(up -> manage(desk))
                .compose(up -> life.takeOver())
                .onSuccess(
                        taken -> {
                            if (taken > 0)
                                LOG.info("took over {} unfinished turns of the life before", taken);
                        })
                .map(
                        up -> {
                            vertx.runOnContext(on -> keep());
                            ready = true;
                            return this;
                        });
    }

    /** Health and metrics on an address of their own, where one is given. */
    private Future<?> manage(Desk desk) {
        ManagementSettings where = settings.server().management();
        if (where == null) return Future.succeededFuture();
        var verticle = new ManagementVerticle(parts(desk), where.host(), where.port());
        management = verticle;
        return ground.vertx()
                .deployVerticle(verticle)
                .recover(
                        why ->
                                Future.failedFuture(
                                        why instanceof BindException ? taken(where, why) : why));
    }

    private static StartFault taken(ManagementSettings where, Throwable why) {
        return new StartFault(
                "the port %d on %s is taken; choose another in server.management.port"
                        .formatted(where.port(), where.host()),
                why);
    }

    private TransportVerticle door(Desk desk) {
        var door = new TransportVerticle(parts(desk));
        doors.add(door);
        return door;
    }

    private TransportParts parts(Desk desk) {
        TlsFiles tls = ground.tls();
        return new TransportParts(
                desk,
                policy(settings.server(), connections),
                Access.of(settings.auth()),
                life.quotas(),
                ground.clock(),
                ground.timers(),
                ground.ids(),
                Chance.secure(),
                NODE,
                List.of(
                        new Reading("load", this::load),
                        new Reading("dependencies", outgoing::dependencies)),
                new Controls(outgoing.guards(), settings.drill()),
                ground.telemetry()::scrape,
                () -> ready && !draining,
                () -> draining,
                streams,
                ground.telemetry().metrics(),
                MemoryUse.ofThisJvm()::share,
                tls == null ? null : tls.tls());
    }

    private static ServerPolicy policy(ServerSettings server, int connections) {
        ServerPolicy usual = ServerPolicy.DEFAULT.at(server.host(), server.port());
        var limits = server.limits();
        return new ServerPolicy(
                usual.host(),
                usual.port(),
                server.origins(),
                limits.body(),
                limits.header(),
                usual.bodyTime(),
                connections,
                usual.streamsMax(),
                limits.idle(),
                usual.heartbeat(),
                limits.frame(),
                limits.streamsPerSocket(),
                usual.headerTime(),
                limits.connectionsPerAddress());
    }

    /** What goes on by itself from now on. */
    private void keep() {
        life.keep();
        load.keep(ground.timers());
        ground.watchTls();
        ground.timers().every(RETENTION_EVERY, this::retain);
    }

    private void retain() {
        long before = ground.clock().millis() - settings.store().retention().steps().toMillis();
        ground.telemetry().background().run(Telemetry.RETENTION, () -> life.retain(before));
    }

    /** The port in use. */
    public int port() {
        return doors.getFirst().port();
    }

    /** Where and how the doors are, as a URL begins. */
    public String url() {
        String scheme = ground.tls() == null ? "http://" : "https://";
        return scheme + named(settings.server().host()) + ":" + port();
    }

    private static String named(String host) {
        return host.indexOf(':') < 0 ? host : "[" + host + "]";
    }

    /** What an operator wants to know of the doors at start; absent: nothing is special. */
    public List<String> particulars() {
        List<String> told = new ArrayList<>();
        TlsFiles tls = ground.tls();
        if (tls != null) told.add("TLS by " + tls.tls().provider());
        ManagementSettings where = settings.server().management();
        if (where != null && management != null) {
            String at = named(where.host()) + ":" + management.port();
            told.add("health and metrics at http://" + at);
        }
        return told;
    }

    /** More that an operator should see at start, a line each: which model stands in for which. */
    public List<String> notices() {
        List<String> lines = new ArrayList<>();
        for (Agent agent : settings.agents().values())
            if (!agent.fallback().isEmpty())
                lines.add(
                        "%s asks %s, then %s"
                                .formatted(
                                        agent.name(),
                                        agent.model(),
                                        String.join(", then ", agent.fallback())));
        if (settings.drill())
            lines.add(
                    "DRILL: operators can make dependencies fail and switch the guards off"
                            + " (/api/ops/faults, /api/ops/guards). Not for production.");
        return lines;
    }

    /** What the doors hold open. */
    public StreamCounts streams() {
        return streams;
    }

    /** The models that answer, for the start-up line. */
    public String models() {
        return modelsSaid;
    }

    private Load load() {
        List<Mailbox<?, ?>> mailboxes = new ArrayList<>(life.mailboxes());
        mailboxes.add(context);
        mailboxes.addAll(outgoing.models().mailboxes());
        var counts =
                new Load.Counts(
                        life.parkedTurns(), life.queuedTurns(), streams.streams(), draining);
        return Load.of(load.level(), counts, ground.telemetry().loopLagMs(), mailboxes);
    }

    /** Ends in order, each step with its own time; DESIGN.md §9. Never fails. */
    public Future<Void> close() {
        ready = false;
        draining = true;
        Duration grace = settings.server().drainGrace();
        return new Shutdown()
                .then("sockets", STEP, () -> each(door -> door.drainSockets(grace.dividedBy(2))))
                .then("running turns", grace.plus(STEP), () -> life.handOver(grace))
                .then("turns that still run", STEP, () -> ground.vertx().undeploy(turns))
                .then("event streams", STEP, () -> each(TransportVerticle::endStreams))
                .then("connections", STEP, () -> each(door -> door.shutdown(Duration.ofSeconds(1))))
                .then("the lease", STEP, life::stop)
                .then("models", STEP, outgoing.models()::close)
                .then("context sources", STEP, outgoing.sources()::close)
                .then("the store", STEP, () -> ground.db().close())
                .then("event loops", STEP, () -> ground.vertx().close())
                .then("the certificate", STEP, ground::closeTls)
                .run();
    }

    private Future<?> each(Function<TransportVerticle, Future<Void>> act) {
        return Future.join(doors.stream().map(act).toList());
    }
}
