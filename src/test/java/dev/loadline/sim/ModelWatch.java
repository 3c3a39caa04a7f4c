package dev.loadline.sim;

import dev.loadline.core.Outcome;
import dev.loadline.model.ModelAnswer;
import dev.loadline.model.ModelRequest;

import java.time.Duration;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.Map;
import java.util.Objects;

/** One life of a node seen from the providers: what it asks, and whether it may. */
final class ModelWatch {
    /** One call. */
    private static final class Asked {
        private final String turn;
        private final String group;
        private final long passedAt;
        private long sentAt;
        private boolean spoke;
        private boolean over;

        Asked(String turn, String group, long passedAt) {
            this.turn = turn;
            this.group = group;
            this.passedAt = passedAt;
        }
    }

    /** An original, two retries, and twice after a wait at a closed gate. */
    private static final int CALLS_MAX = 5;

    private final Simulation sim;
    private final SimWorld world;
    private final GateWatch gates;
    private final IdentityHashMap<Object, Asked> open = new IdentityHashMap<>();
    private final Map<String, Integer> calls = new HashMap<>(); // by step and model

    ModelWatch(Simulation sim, GateWatch gates) {
        this.sim = sim;
        this.world = sim.world;
        this.gates = gates;
    }

    /** How many calls are under way; who has hung up is not. */
    int underWay() {
        int sum = 0;
        for (Asked each : open.values()) if (!each.over) sum++;
        return sum;
    }

    void asked(Object call, SimProvider provider, ModelRequest request) {
        String turn = request.turn().value() + "/" + request.attempt();
        if (open.values().stream().anyMatch(each -> each.turn.equals(turn)))
            sim.violated("two models answer one turn at once: " + turn);
        open.put(call, new Asked(turn, provider.limit.group, world.elapsed()));
        int times = calls.merge(turn + "/" + request.step() + provider.model, 1, Integer::sum);
        if (times > CALLS_MAX) sim.violated(times + " calls of one step to " + provider.model);
        if (sim.guarded()) gates.passes(provider.limit.group);
    }

    private Asked of(Object call) {
        return Objects.requireNonNull(open.get(call), "nobody asked");
    }

    /** The request is written. */
    void sent(Object call) {
        of(call).sentAt = world.elapsed();
    }

    /** The first word has come. */
    void spoke(Object call) {
        Asked asked = of(call);
        asked.spoke = true;
        gates.granted(asked.group, asked.passedAt);
    }

    /** The answer, or what is there instead. */
    void ended(Object call, Outcome<ModelAnswer> outcome) {
        Asked asked = of(call);
        asked.over = true;
        switch (outcome) {
            case Outcome.RateLimited<ModelAnswer>(Duration after, String detail) ->
                    gates.refused(asked.group, asked.sentAt, after, false);
            case Outcome.Exhausted<ModelAnswer> gone ->
                    gates.refused(asked.group, asked.sentAt, Duration.ZERO, true);
            default -> silent(asked);
        }
    }

    void cancelled(Object call) {
        Asked asked = of(call);
        asked.over = true;
        silent(asked);
    }

    private void silent(Asked asked) {
        if (!asked.spoke) gates.silent(asked.group, asked.passedAt);
    }

    /** Nothing of it is open at the provider's any more. */
    void closed(Object call) {
        open.remove(call);
    }
}
