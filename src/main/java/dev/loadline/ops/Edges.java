package dev.loadline.ops;

import dev.loadline.core.Agent;

import java.util.ArrayList;
import java.util.List;

/** What an agent's turns wait for on the way to their first token. Pure. */
final class Edges {
    static final String STORE = "store";

    private Edges() {}

    static String model(String name) {
        return "model:" + name;
    }

    static String source(String name) {
        return "source:" + name;
    }

    /** In the order in which a turn comes to them. */
    static List<Dependencies.Edge> of(Agent agent) {
        String from = "agent:" + agent.name();
        List<Dependencies.Edge> edges = new ArrayList<>();
        edges.add(new Dependencies.Edge(from, STORE, Dependencies.Stage.STATE, false));
        for (Agent.HttpSource source : agent.sources())
            edges.add(
                    new Dependencies.Edge(
                            from,
                            source(source.name()),
                            Dependencies.Stage.CONTEXT,
                            !source.critical()));
        boolean other = !agent.fallback().isEmpty();
        edges.add(
                new Dependencies.Edge(from, model(agent.model()), Dependencies.Stage.MODEL, other));
        for (String next : agent.fallback())
            edges.add(new Dependencies.Edge(from, model(next), Dependencies.Stage.MODEL, true));
        return edges;
    }
}
