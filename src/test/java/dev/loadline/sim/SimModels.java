package dev.loadline.sim;

import dev.loadline.core.Agent;
import dev.loadline.core.Timers;
import dev.loadline.guard.DependencyKind;
import dev.loadline.guard.GuardPolicy;
import dev.loadline.guard.GuardWorld;
import dev.loadline.guard.Guards;
import dev.loadline.guard.Switch;
import dev.loadline.mailbox.Mailbox;
import dev.loadline.model.Guarding;
import dev.loadline.model.LanguageModel;
import dev.loadline.model.Models;
import dev.loadline.telemetry.MailboxCounters;
import dev.loadline.telemetry.Metrics;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;

import org.jspecify.annotations.Nullable;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Set;

/** The models of one life of a node, behind real guards. */
final class SimModels {
    private static final Metrics METRICS = // nobody reads them
            new Metrics(new SimpleMeterRegistry(), Metrics.Known.NOTHING);
    private static final Duration NORMAL = Duration.ofSeconds(1);
    private static final Duration GAP = Duration.ofMillis(200);
    private static final Duration FIRST_TOKEN = Duration.ofMillis(1500);
    private static final int CEILING = 64;

    private final Simulation sim;
    private final ModelWatch watch;
    private final List<LanguageModel> plain = new ArrayList<>();
    private final Set<Object> waiting = Collections.newSetFromMap(new IdentityHashMap<>());
    private final @Nullable SimGuards guards; // null: none in this story
    private final @Nullable Models models;

    SimModels(Simulation sim, SimWorld.Place place) {
        this.sim = sim;
        var gates = new GateWatch(sim);
        watch = new ModelWatch(sim, gates);
        for (SimProvider provider : sim.models())
            plain.add(new SimModel(sim, place, provider, watch));
        if (!sim.guarded()) {
            guards = null;
            models = null;
            return;
        }
        Timers timers = sim.world.timers(place);
        var world =
                new GuardWorld(
                        sim.world,
                        timers,
                        sim.someRandom(),
                        name -> Switch.plain(sim.world),
                        METRICS::dependency,
                        sim.news().join(place, gates));
        List<GuardPolicy> policies = sim.models().stream().map(this::policy).toList();
        guards = new SimGuards(Guards.open(policies, world), sim);
        models =
                Models.of(
                        plain,
                        new Guarding(
                                sim.world,
                                timers,
                                guards,
                                name -> MailboxCounters.NONE,
                                FIRST_TOKEN));
    }

    private GuardPolicy policy(SimProvider provider) {
        return new GuardPolicy(
                "model:" + provider.model,
                DependencyKind.MODEL,
                true,
                provider.limit.group,
                NORMAL,
                GAP,
                sim.weather().nearby(),
                true,
                new GuardPolicy.Settings(3, 0.1, sim.weather().concurrency(), CEILING));
    }

    LanguageModel forAgent(Agent agent) {
        return models == null
                ? plain.getFirst()
                : new WatchedModel(models.forAgent(agent), sim, waiting);
    }

    /**
     * After every event.
     *
     * @param inWork slots taken on the node
     * @param parked turns that hold none
     */
    void look(String node, int inWork, int parked) {
        if (watch.underWay() > inWork)
            sim.violated(
                    node
                            + " asks models for "
                            + watch.underWay()
                            + " turns in "
                            + inWork
                            + " slots");
        if (waiting.size() > parked)
            sim.violated(waiting.size() + " turns of " + node + " wait, " + parked + " are parked");
        if (guards != null) guards.look();
    }

    /** What must be nothing once nothing is under way. */
    List<String> leftovers() {
        List<String> left = new ArrayList<>();
        if (watch.underWay() != 0) left.add(watch.underWay() + " calls to models");
        if (!waiting.isEmpty()) left.add(waiting.size() + " calls that wait");
        if (models == null || guards == null) return left;
        for (Mailbox<?, ?> line : models.mailboxes()) {
            int stand = line.reading().depth() + line.reading().inWork();
            if (stand != 0) left.add(stand + " letters in " + line.name());
        }
        for (WatchedGuard guard : guards.watched()) {
            int out = Math.max(guard.out(), guard.reading().inFlight());
            if (out != 0) left.add(out + " permits of " + guard.policy().name());
        }
        return left;
    }
}
