package dev.loadline.sim;

import dev.loadline.core.Agent;
import dev.loadline.core.ConversationKey;
import dev.loadline.core.Principal;
import dev.loadline.core.ProblemException;
import dev.loadline.core.TurnId;
import dev.loadline.core.WhenBusy;
import dev.loadline.mailbox.MailboxPolicy;
import dev.loadline.store.SqlTurnStore;
import dev.loadline.store.StoredTurn;
import dev.loadline.store.TurnStore;
import dev.loadline.turn.By;
import dev.loadline.turn.Feed;
import dev.loadline.turn.Spoken;
import dev.loadline.turn.Submitted;
import dev.loadline.turn.Turn;
import dev.loadline.turn.TurnEvent;

import org.jspecify.annotations.Nullable;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SplittableRandom;

/** One story: nodes, clients, faults, and what must always be true. MECHANISMS §4. */
final class Simulation implements AutoCloseable {
    private static final Duration TROUBLE = Duration.ofSeconds(90);
    private static final Duration RECOVERY = Duration.ofMinutes(5);
    private static final Duration REST = Duration.ofSeconds(40);
    private static final long FLOODS = 0x9E3779B97F4A7C15L; // its own draws, near to no other
    private static final long WEATHER = 0xD1B54A32D192ED03L;
    private static final MailboxPolicy ROOMY = new MailboxPolicy(64, 100, Map.of());
    private static final List<String> MIGRATIONS =
            SimDisk.migrations(
                    "/db/migration/V1__turns.sql",
                    "/db/migration/V2__busy.sql",
                    "/db/migration/V3__quotas.sql");

    final SimWorld world;
    final Faults faults;
    final SimDisk disk;
    final Mutation mutation;
    final Agent agent;
    private final @Nullable SplittableRandom manners; // null: nobody names a mode
    private final TurnStore oracle;
    private final Promises promises;
    private final Attempts attempts;
    private final Weather weather;
    private final SplittableRandom winds;
    private final boolean guarded;
    private final List<SimProvider> providers;
    private final SimNews news;
    private final Map<TurnId, Integer> parked = new HashMap<>();
    private final @Nullable Flood flood;
    private final List<SimNode> nodes = new ArrayList<>();
    private final List<SimClient> clients = new ArrayList<>();
    private final Map<SimClient, String> acknowledged = new LinkedHashMap<>();
    private final Map<String, String> lastEvents = new HashMap<>();
    private int interrupted;
    private final List<String> violations = new ArrayList<>();

    /** A story in which messages do all that they can to a busy conversation. */
    Simulation(long seed, Mutation mutation) {
        this(
                seed,
                mutation,
                new SplittableRandom(~seed),
                Flood.draw(new SplittableRandom(seed * FLOODS)),
                new SplittableRandom(seed * WEATHER));
    }

    /** A story in which all messages wait their turn. */
    static Simulation patient(long seed) {
        return new Simulation(seed, Mutation.NONE, null, null, null);
    }

    /** A story in which providers answer, so that it is as it was before they could fail. */
    static Simulation calm(long seed) {
        return new Simulation(
                seed,
                Mutation.NONE,
                new SplittableRandom(~seed),
                Flood.draw(new SplittableRandom(seed * FLOODS)),
                null);
    }

    private Simulation(
            long seed,
            Mutation mutation,
            @Nullable SplittableRandom manners,
            @Nullable Flood flood,
            @Nullable SplittableRandom winds) {
        this.manners = manners;
        this.flood = flood;
        world = new SimWorld(seed);
        disk = new SimDisk(MIGRATIONS, world);
        this.mutation = mutation;
        faults = Faults.draw(world);
        if (flood != null) faults.slowAnswers(flood.words());
        weather = winds == null ? Weather.calm() : Weather.draw(winds);
        this.winds = winds == null ? new SplittableRandom(seed) : winds;
        guarded = winds != null;
        agent = SimAgent.of(manners, guarded && !weather.alone());
        providers = providers();
        news = new SimNews(world, weather, this.winds);
        attempts = new Attempts(this);
        oracle = new SqlTurnStore(new OracleDb(disk));
        promises = new Promises(this, disk, oracle);
        int count = world.chance(0.3) ? 1 : 2 + world.random.nextInt(2);
        for (int i = 0; i < count; i++) nodes.add(new SimNode(this, "n" + i));
    }

    private List<SimProvider> providers() {
        var limit = new SimLimit("first", world, weather, winds);
        SimLimit other = weather.oneLimit() ? limit : new SimLimit("second", world, weather, winds);
        return List.of(
                new SimProvider(0, "sim", limit, world, weather, winds),
                new SimProvider(1, "spare", other, world, weather, winds));
    }

    Weather weather() {
        return weather;
    }

    /** Whether guards stand before the models. */
    boolean guarded() {
        return guarded;
    }

    SimNews news() {
        return news;
    }

    /** Whose model's call was told to wait and has not gone on, with its attempt. */
    Map<TurnId, Integer> parked() {
        return parked;
    }

    /** Draws apart from the story's. */
    SplittableRandom someRandom() {
        return winds.split();
    }

    /** In the order in which the agent asks for them. */
    List<SimProvider> models() {
        return providers;
    }

    private @Nullable WhenBusy someMode() {
        if (manners == null || manners.nextInt(4) == 0) return null;
        WhenBusy[] modes = WhenBusy.values();
        return modes[manners.nextInt(modes.length)];
    }

    Promises promises() {
        return promises;
    }

    List<SimClient> clients() {
        return clients;
    }

    boolean exclusive() {
        return nodes.size() == 1 || mutation == Mutation.NO_FENCING; // then a lease never runs out
    }

    TurnStore store(TurnStore real) {
        return new BrokenStore(real, mutation, disk, world, attempts);
    }

    MailboxPolicy policy() {
        return flood == null ? ROOMY : flood.policy();
    }

    Attempts attempts() {
        return attempts;
    }

    /** Somebody with a message, who has yet to press the button. */
    SimClient person(ConversationKey key, String text, @Nullable String its, Patience patience) {
        var client = new SimClient(this, key, text, its, someMode(), patience);
        clients.add(client);
        return client;
    }

    /** An answer is about to end, and somebody has one word more, at times. */
    void interrupts(TurnId turn) {
        if (!guarded || manners == null || interrupted >= 2 || faults.healed()) return;
        Optional<SimClient> of =
                clients.stream().filter(each -> turn.value().equals(each.turn)).findFirst();
        if (of.isEmpty() || winds.nextInt(3) != 0) return;
        String text = "one word more " + interrupted++;
        var more =
                new SimClient(
                        this, of.get().conversation, text, text, WhenBusy.STEER, Patience.ORDINARY);
        clients.add(more);
        world.at(world.outside, Duration.ofMillis(winds.nextLong(200)), "client", more::go);
    }

    List<String> tell() {
        nodes.forEach(SimNode::start);
        ordinary();
        if (flood != null) flood.begin(this, nodes);
        trouble();
        run(TROUBLE);
        faults.heal();
        weather.clearsUp();
        nodes.forEach(SimNode::thaw);
        for (SimNode node : nodes) if (node.dead()) node.start();
        run(RECOVERY);
        if (violations.isEmpty()) atRest();
        if (flood != null && violations.isEmpty()) {
            flood.afterwards(this);
            run(RECOVERY);
            if (violations.isEmpty()) atRest();
        }
        return violations;
    }

    /** Until the time is up, or all have what they wanted once the faults are over. */
    private void run(Duration length) {
        world.run(
                length,
                () -> !violations.isEmpty() || (faults.healed() && allDone()),
                () -> nodes.forEach(SimNode::look));
    }

    private boolean allDone() {
        return clients.stream().allMatch(SimClient::done);
    }

    private void ordinary() {
        int conversations = 2 + world.random.nextInt(3);
        int messages = 4 + world.random.nextInt(10);
        for (int i = 0; i < messages; i++) {
            var key =
                    new ConversationKey(
                            new Principal("acme", "u" + i % 2), "c" + i % conversations);
            String itsKey = world.chance(0.7) ? "k" + i : null;
            SimClient client = person(key, "message " + i, itsKey, Patience.ORDINARY);
            world.at(world.outside, world.between(0, TROUBLE.toMillis() / 2), "client", client::go);
        }
    }

    private void trouble() {
        for (SimNode node : nodes) {
            again(
                    Duration.ofSeconds(2),
                    () -> {
                        if (node.dead()) return;
                        if (world.chance(faults.crash() * 0.2)) node.crash();
                        else if (world.chance(faults.pause() * 0.2))
                            node.freeze(world.between(500, 25_000));
                    });
        }
        again(Duration.ofSeconds(5), () -> faults.storeDown(world.chance(faults.storeRefuses())));
    }

    private void again(Duration period, Runnable task) {
        if (world.elapsed() + period.toNanos() > TROUBLE.toNanos()) return;
        world.at(
                world.outside,
                period,
                "trouble",
                () -> {
                    task.run();
                    again(period, task);
                });
    }

    private void atRest() {
        for (SimClient client : clients) {
            if (!client.done())
                violated("a message never got its answer: " + client.text + " " + client.turn);
        }
        // A message without a key may have been taken twice; nobody reads the second turn.
        for (int more = 0; more < 10 && promises.somethingRuns(); more++)
            world.run(REST, () -> false, () -> {});
        world.run(REST, () -> false, () -> {});
        // What was in doubt may have become a turn meanwhile, whose feed is held for a while.
        for (int more = 0; more < 10 && nodes.stream().anyMatch(SimNode::waits); more++)
            world.run(REST, () -> false, () -> {});
        for (SimNode node : nodes) violations.addAll(node.leftovers());
        promises.tokensOnce();
        attempts.keptWord(disk);
        acknowledged.keySet().forEach(promises::keptTo);
        clients.forEach(promises::readWhole);
    }

    // --- what the parts report

    SimNode someNode() {
        return nodes.get(world.random.nextInt(nodes.size()));
    }

    void connectionsLost(SimNode dead) {
        clients.forEach(client -> client.connectionsLost(dead));
    }

    void acknowledged(SimClient client, Submitted submitted) {
        if (submitted.duplicate()) world.saw("duplicate");
        if (submitted.duplicate() && flood != null && flood.near(world.elapsed()))
            world.saw("a resend attached in a flood");
        if (submitted.position() != null) world.saw("queued");
        if (submitted.steered() != null) world.saw("steered");
        if (submitted.collected() != null) world.saw("collected");
        Optional<StoredTurn> stored = stored(submitted.turn());
        if (stored.isEmpty()) violated("acknowledged, but not stored: " + client.text);
        String before = acknowledged.put(client, submitted.turn());
        boolean other = before != null && !before.equals(submitted.turn());
        if (other && client.key != null && submitted.steered() == null) {
            violated("one key, two turns: " + before + " and " + submitted.turn());
        }
    }

    void sawLast(SimClient client, TurnEvent.Last event, String whole) {
        String turn = client.turn;
        if (turn == null) throw new IllegalStateException("no turn");
        StoredTurn stored = stored(turn).orElse(null);
        if (stored == null || !stored.status().ended())
            violated("told the end of a turn that is not durable: " + turn);
        else if (stored.attempt() > 1) world.saw("takeover");
        if (event instanceof TurnEvent.Cancelled(By by) && by == By.INTERRUPT)
            world.saw("interrupted");
        String told = event.type() + " " + whole;
        String before = lastEvents.putIfAbsent(turn, told);
        if (before != null && !before.equals(told))
            violated("two ends of one turn: " + before + " and " + told);
        if (!client.said().equals(whole)) {
            violated("at the end the client holds '" + client.said() + "' of '" + whole + "'");
        }
    }

    String textOf(Feed feed) {
        return Spoken.upTo(feed, feed.end()).text();
    }

    String textOf(Turn snapshot) {
        return snapshot.text();
    }

    void heard(Throwable why) {
        if (!(why instanceof ProblemException problem)) violated("a bug: " + why);
        else if (problem.problem().status() == 500) violated("an internal error: " + why);
    }

    void violated(String what) {
        violations.add(world.elapsed() / 1_000_000 + "ms " + what);
    }

    Optional<StoredTurn> stored(String turn) {
        return oracle.turn(new TurnId(turn)).result();
    }

    @Override
    public void close() {
        disk.close();
    }
}
