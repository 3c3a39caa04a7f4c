package dev.loadline.sim;

import dev.loadline.context.ContextTask;
import dev.loadline.core.Agent;
import dev.loadline.core.ContextReport;
import dev.loadline.core.Ids;
import dev.loadline.core.Prompt;
import dev.loadline.engine.Desk;
import dev.loadline.engine.Hands;
import dev.loadline.engine.NodeLife;
import dev.loadline.engine.TurnCounts;
import dev.loadline.mailbox.Mailbox;
import dev.loadline.mailbox.MailboxPolicy;
import dev.loadline.mailbox.Slot;
import dev.loadline.store.SqlTurnStore;
import dev.loadline.store.TurnStore;
import dev.loadline.telemetry.MailboxCounters;

import io.vertx.core.Future;

import org.jspecify.annotations.Nullable;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.Function;

/**
 * A node of the simulated world: real engine, mailboxes, feeds and statements; it dies, freezes and
 * comes back.
 */
final class SimNode {
    private final Simulation sim;
    private final SimWorld world;
    private final String name;
    private SimWorld.Place place;
    private @Nullable NodeLife life;
    private @Nullable Desk desk;
    private SlotWatch watch;
    private SimModels models;
    private final List<NodeLife.OpenLoop> loops = new ArrayList<>();
    private boolean draining;

    SimNode(Simulation sim, String name) {
        this.sim = sim;
        this.world = sim.world;
        this.name = name;
        this.place = new SimWorld.Place(name);
        this.watch = new SlotWatch(sim, this, place, sim.policy());
        this.models = new SimModels(sim, place);
    }

    SimWorld.Place place() {
        return place;
    }

    void start() {
        place = new SimWorld.Place(name);
        born();
    }

    private void born() {
        watch = new SlotWatch(sim, this, place, sim.policy());
        SlotWatch mine = watch;
        var bus = new SimBus(world, place, sim.faults, mine);
        var timers = world.timers(place);
        TurnStore store =
                sim.store(new SqlTurnStore(new SimDb(world, place, sim.disk, sim.faults)));
        models = new SimModels(sim, place);
        SimModels mineToo = models;
        var hands =
                new Hands(
                        name,
                        world,
                        timers,
                        new Ids(world.random),
                        store,
                        bus,
                        Map.of("assistant", sim.agent),
                        mineToo::forAgent,
                        sim.policy(),
                        mailbox -> mailbox.equals("turn") ? mine : MailboxCounters.NONE,
                        TurnCounts.none(),
                        new UnlimitedQuotas());
        bus.serve(
                "context",
                Mailbox.create(
                        "context",
                        MailboxPolicy.untilDeadline(100, 100),
                        world,
                        timers,
                        SimNode::assemble,
                        MailboxCounters.NONE));
        SimWorld.Place here = place;
        NodeLife.begin(hands, sim.exclusive())
                .onSuccess(joined -> open(joined, here))
                .onFailure(why -> world.at(here, Duration.ofSeconds(1), "join again", this::born));
    }

    private void open(NodeLife joined, SimWorld.Place mine) {
        loops.clear();
        draining = false;
        for (int loop = 0; loop < 2; loop++) loops.add(joined.openLoop(loop));
        life = joined;
        joined.keep();
        joined.takeOver()
                .onComplete(
                        done -> {
                            if (place == mine)
                                desk =
                                        new Desk(
                                                joined,
                                                () -> world.random.nextInt(2),
                                                () -> draining);
                        });
    }

    void crash() {
        world.saw("crash");
        die(15_000);
    }

    private void die(long mostMs) {
        place.die();
        life = null;
        desk = null;
        sim.connectionsLost(this);
        world.at(
                world.outside,
                world.between(100, mostMs),
                "restart " + name,
                () -> {
                    if (place.dead()) start();
                });
    }

    void freeze(Duration length) {
        world.saw("pause");
        place.pauseUntil(world.elapsed() + length.toNanos());
    }

    /** Ends in order, as a server does that is asked to go, and comes back a moment later. */
    void drain(Duration grace) {
        NodeLife leaving = life;
        if (leaving == null || desk == null || draining) return;
        world.saw("drain");
        draining = true;
        SimWorld.Place here = place;
        leaving.handOver(grace)
                .transform(
                        any -> Future.join(loops.stream().map(NodeLife.OpenLoop::close).toList()))
                .transform(any -> leaving.stop())
                .onComplete(
                        any -> {
                            if (place == here && !here.dead()) die(3_000);
                        });
    }

    void press(double level) {
        if (life == null) return;
        if (level > 0) world.saw("pressed");
        life.admission().press(level);
    }

    SlotWatch watch() {
        return watch;
    }

    /** Slots taken. */
    int inWork() {
        return life == null ? 0 : life.admission().mailbox().reading().inWork();
    }

    /** After every event. */
    void look() {
        if (place.dead()) return;
        watch.look();
        if (life != null) models.look(name, inWork(), life.parkedTurns());
    }

    void thaw() {
        place.pauseUntil(0);
    }

    boolean dead() {
        return place.dead();
    }

    /** A request over the network: lost if the node is dead or not up yet, late if it is frozen. */
    <T> void call(
            Function<Desk, Future<T>> request, Consumer<T> answer, Consumer<Throwable> failure) {
        SimWorld.Place there = place;
        world.at(
                there,
                world.between(0, 3),
                "request",
                () -> {
                    if (desk == null) {
                        world.at(
                                world.outside,
                                world.between(0, 3),
                                "refused",
                                () -> failure.accept(new RuntimeException()));
                        return;
                    }
                    request.apply(desk)
                            .onSuccess(
                                    value ->
                                            world.at(
                                                    world.outside,
                                                    world.between(0, 3),
                                                    "answer",
                                                    () -> answer.accept(value)))
                            .onFailure(
                                    why -> {
                                        sim.heard(why);
                                        world.at(
                                                world.outside,
                                                world.between(0, 3),
                                                "problem",
                                                () -> failure.accept(why));
                                    });
                });
    }

    /** For a time, and not again and again. */
    boolean waits() {
        return place.armed() != 0;
    }

    /** What must be zero once nothing is under way. */
    List<String> leftovers() {
        List<String> left = new ArrayList<>();
        if (life == null) return left;
        var turns = life.admission().mailbox().reading();
        if (turns.inWork() != 0) left.add(name + " still holds " + turns.inWork() + " slots");
        if (turns.depth() != 0) left.add(name + " still has " + turns.depth() + " letters waiting");
        if (life.liveConversations() != 0) left.add(name + " still has live conversations");
        models.leftovers().forEach(each -> left.add(name + " still has " + each));
        if (place.armed() != 0) left.add(name + " has " + place.armed() + " timers armed");
        return left;
    }

    private static Future<ContextTask.Answer> assemble(ContextTask task, Slot slot) {
        return Future.succeededFuture(
                switch (task) {
                    case ContextTask.Assemble(
                                    Agent agent,
                                    int step,
                                    var history,
                                    var input,
                                    var callers,
                                    var asking) -> {
                        List<Prompt.Said> all = new ArrayList<>(history);
                        all.addAll(input);
                        int tokens =
                                all.stream().mapToInt(said -> said.text().length() / 4 + 4).sum();
                        yield new ContextTask.Answer.Assembled(
                                new Prompt(agent.instructions(), all, tokens),
                                new ContextReport(
                                        step, tokens, agent.budget().tokens(), 0, List.of()));
                    }
                    case ContextTask.Count(String text, String reasoning) ->
                            new ContextTask.Answer.Counted(text.length(), reasoning.length());
                    case ContextTask.Measure(Agent agent, String text, String callers) ->
                            new ContextTask.Answer.Measured(text.length() / 4, true);
                });
    }
}
