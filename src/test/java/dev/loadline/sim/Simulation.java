package dev.loadline.sim;

import dev.loadline.core.Agent;
import dev.loadline.core.ConversationKey;
import dev.loadline.core.Json;
import dev.loadline.core.Principal;
import dev.loadline.core.ProblemException;
import dev.loadline.core.TurnId;
import dev.loadline.core.WhenBusy;
import dev.loadline.store.Db;
import dev.loadline.store.Rows;
import dev.loadline.store.SqlTurnStore;
import dev.loadline.store.StoredTurn;
import dev.loadline.store.TurnStore;
import dev.loadline.turn.By;
import dev.loadline.turn.Feed;
import dev.loadline.turn.Spoken;
import dev.loadline.turn.Submitted;
import dev.loadline.turn.Turn;
import dev.loadline.turn.TurnEvent;
import dev.loadline.turn.TurnMemo;

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
    private final List<SimNode> nodes = new ArrayList<>();
    private final List<SimClient> clients = new ArrayList<>();
    private final Map<SimClient, String> acknowledged = new LinkedHashMap<>();
    private final Map<String, String> lastEvents = new HashMap<>();
    private final List<String> violations = new ArrayList<>();

    /** A story in which messages do all that they can to a busy conversation. */
    Simulation(long seed, Mutation mutation) {
        this(seed, mutation, new SplittableRandom(~seed));
    }

    /** A story in which all messages wait their turn. */
    static Simulation patient(long seed) {
        return new Simulation(seed, Mutation.NONE, null);
    }

    private Simulation(long seed, Mutation mutation, @Nullable SplittableRandom manners) {
        this.manners = manners;
        agent = agent(manners);
        world = new SimWorld(seed);
        disk = new SimDisk(MIGRATIONS, world);
        this.mutation = mutation;
        faults = Faults.draw(world);
        oracle = new SqlTurnStore(new OracleDb(disk));
        promises = new Promises(this, disk, oracle);
        int count = world.chance(0.3) ? 1 : 2 + world.random.nextInt(2);
        for (int i = 0; i < count; i++) nodes.add(new SimNode(this, "n" + i));
    }

    private static Agent agent(@Nullable SplittableRandom manners) {
        Agent.Limits all = Agent.Limits.DEFAULT;
        int steps = manners == null ? all.steps() : 1 + manners.nextInt(4);
        var limits =
                new Agent.Limits(
                        steps,
                        all.toolCalls(),
                        all.sameCall(),
                        all.tokens(),
                        all.cost(),
                        all.deadline(),
                        all.depth(),
                        all.descendants(),
                        all.effects());
        return new Agent(
                "assistant",
                null,
                "sim",
                "Be brief.",
                Agent.Budget.DEFAULT,
                limits,
                Agent.Busy.DEFAULT);
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
        return new BrokenStore(real, mutation, disk, world);
    }

    List<String> tell() {
        nodes.forEach(SimNode::start);
        int conversations = 2 + world.random.nextInt(3);
        int messages = 4 + world.random.nextInt(10);
        for (int i = 0; i < messages; i++) {
            var key =
                    new ConversationKey(
                            new Principal("acme", "u" + i % 2), "c" + i % conversations);
            var client =
                    new SimClient(
                            this,
                            key,
                            "message " + i,
                            world.chance(0.7) ? "k" + i : null,
                            someMode());
            clients.add(client);
            world.at(world.outside, world.between(0, TROUBLE.toMillis() / 2), "client", client::go);
        }
        trouble();
        world.run(TROUBLE, () -> !violations.isEmpty(), () -> {});
        faults.heal();
        nodes.forEach(SimNode::thaw);
        for (SimNode node : nodes) if (node.dead()) node.start();
        world.run(
                RECOVERY,
                () -> !violations.isEmpty() || clients.stream().allMatch(SimClient::done),
                () -> {});
        if (violations.isEmpty()) atRest();
        return violations;
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
        for (SimNode node : nodes) violations.addAll(node.leftovers());
        tokensOnce();
        acknowledged.keySet().forEach(promises::keptTo);
        for (SimClient client : clients) {
            if (!client.done() || client.turn == null) continue;
            String whole = stored(client.turn).map(StoredTurn::text).orElse("nothing");
            if (!client.said().equals(whole)) {
                violated(
                        "the client holds '"
                                + client.said()
                                + "' but the turn said '"
                                + whole
                                + "'");
            }
        }
    }

    /** What principals were charged is what their turns used, whatever was written twice. */
    private void tokensOnce() {
        Db db = new OracleDb(disk);
        long used =
                rows(db, "SELECT memo FROM turns WHERE ended IS NOT NULL").stream()
                        .map(row -> Json.read(row.text(0), TurnMemo.class).usage())
                        .mapToLong(usage -> usage.input() + usage.output())
                        .sum();
        long charged =
                rows(db, "SELECT tokens FROM token_use").stream()
                        .mapToLong(row -> row.number(0))
                        .sum();
        if (used != charged) violated("charged " + charged + " tokens for " + used);
        if (used > 0) world.saw("tokens charged");
    }

    private static List<Rows.Row> rows(Db db, String sql) {
        return db.read(tx -> tx.run(sql)).result().rows();
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
