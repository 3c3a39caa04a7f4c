package dev.loadline.sim;

import dev.loadline.core.Outcome;
import dev.loadline.model.ModelAnswer;
import dev.loadline.model.ModelRequest;

import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.Map;

/** One life of a node seen from the providers: what it asks, and whether it may. */
final class ModelWatch {
    /** One try to have a step's answer from one model, and what became of it. */
    private record Asked(String turn, String step, SimProvider provider) {}

    /** An original, two retries, and twice after a wait at a closed gate. */
    private static final int CALLS_MAX = 5;

    private final Simulation sim;
    private final IdentityHashMap<Object, Asked> open = new IdentityHashMap<>();
    private final Map<String, Integer> calls = new HashMap<>(); // by step and model

    ModelWatch(Simulation sim) {
        this.sim = sim;
    }

    /** How many calls are under way. */
    int open() {
        return open.size();
    }

    void asked(Object call, SimProvider provider, ModelRequest request) {
        String turn = request.turn().value();
        String step = turn + "/" + request.attempt() + "/" + request.step();
        if (open.values().stream().anyMatch(each -> each.turn().equals(turn)))
            sim.violated("two models answer one turn at once: " + turn);
        open.put(call, new Asked(turn, step, provider));
        int times = calls.merge(step + " " + provider.model, 1, Integer::sum);
        if (times > CALLS_MAX) sim.violated(times + " calls of one step to " + provider.model);
    }

    /** The request is written. */
    void sent(Object call) {}

    void ended(Object call, Outcome<ModelAnswer> outcome) {
        open.remove(call);
    }

    void cancelled(Object call) {
        open.remove(call);
    }
}
