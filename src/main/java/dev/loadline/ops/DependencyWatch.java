package dev.loadline.ops;

import dev.loadline.core.Agent;
import dev.loadline.core.Clock;
import dev.loadline.guard.Guard;
import dev.loadline.guard.GuardReading;
import dev.loadline.guard.Guards;

import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import java.util.function.ToIntFunction;

/** Reads {@link Dependencies} whenever it is asked. Any thread; does not block. */
public final class DependencyWatch {
    private final Guards guards;
    private final Supplier<GuardReading> store;
    private final Map<String, Agent> agents;
    private final ToIntFunction<String> waiting;
    private final TurnTimes turns;
    private final Clock clock;
    private final boolean drill;

    /**
     * @param store which has deadlines and a bounded queue, but no guard
     * @param waiting how many calls stand in line before a limit group's gate
     * @param drill whether faults can be made
     */
    public DependencyWatch(
            Guards guards,
            Supplier<GuardReading> store,
            Collection<Agent> agents,
            ToIntFunction<String> waiting,
            TurnTimes turns,
            Clock clock,
            boolean drill) {
        this.guards = guards;
        this.store = store;
        this.agents = new LinkedHashMap<>();
        for (Agent agent : agents) this.agents.put(agent.name(), agent);
        this.waiting = waiting;
        this.turns = turns;
        this.clock = clock;
        this.drill = drill;
    }

    public Dependencies reading() {
        List<GuardReading> all = new ArrayList<>();
        for (Guard guard : guards.all()) all.add(guard.reading());
        all.add(store.get());
        long now = clock.millis();
        return new Dependencies(
                all.stream()
                        .map(
                                each ->
                                        Dependencies.of(
                                                each,
                                                waiting.applyAsInt(each.policy().limitGroup()),
                                                now))
                        .toList(),
                agents.values().stream().flatMap(agent -> Edges.of(agent).stream()).toList(),
                TenTimesSlower.of(all, agents, turns.recent()),
                drill ? new Dependencies.Drill(guards.enabled(), guards.faults()) : null);
    }
}
