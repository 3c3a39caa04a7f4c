package dev.loadline.sim;

import dev.loadline.core.Outcome;
import dev.loadline.model.LanguageModel;
import dev.loadline.model.ModelAnswer;
import dev.loadline.model.ModelCall;
import dev.loadline.model.ModelListener;
import dev.loadline.model.ModelRequest;
import dev.loadline.model.ModelWait;
import dev.loadline.model.Setback;

import io.vertx.core.Future;

import org.jspecify.annotations.Nullable;

import java.util.Set;

/**
 * An agent's chain of models as its turns hear it, with one deliberate bug if any; notes who waits.
 */
final class WatchedModel implements LanguageModel {
    private final LanguageModel real;
    private final Simulation sim;
    private final Set<Object> waiting;

    /**
     * @param waiting the calls whose turns were told to wait and have not gone on
     */
    WatchedModel(LanguageModel real, Simulation sim, Set<Object> waiting) {
        this.real = real;
        this.sim = sim;
        this.waiting = waiting;
    }

    @Override
    public String name() {
        return real.name();
    }

    @Override
    public boolean rehearsal() {
        return real.rehearsal();
    }

    @Override
    public @Nullable Double cost(long input, long cached, long output) {
        return real.cost(input, cached, output);
    }

    @Override
    public ModelCall stream(ModelRequest request, ModelListener listener) {
        Integer parked = sim.parked().remove(request.turn());
        if (parked != null && parked < request.attempt()) sim.world.saw("a parked turn taken over");
        var ear = new Ear(request, listener);
        ModelCall call = real.stream(request, ear);
        return new ModelCall() {
            @Override
            public void cancel() {
                waiting.remove(ear);
                call.cancel();
            }

            @Override
            public Future<Void> closed() {
                return call.closed();
            }
        };
    }

    private final class Ear implements ModelListener {
        private final ModelRequest request;
        private final ModelListener turn;
        private boolean waited;

        Ear(ModelRequest request, ModelListener turn) {
            this.request = request;
            this.turn = turn;
        }

        @Override
        public void asks(LanguageModel model) {
            turn.asks(model);
        }

        @Override
        public void waits(ModelWait wait) {
            sim.world.saw("waits: " + wait.reason());
            waited = true;
            waiting.add(this);
            sim.parked().put(request.turn(), request.attempt());
            if (sim.mutation != Mutation.SLOT_KEPT) turn.waits(wait);
        }

        @Override
        public void resumes(Runnable go) {
            if (sim.mutation == Mutation.SLOT_KEPT || sim.mutation == Mutation.SLOT_NOT_TAKEN) {
                goes(go);
                return;
            }
            turn.resumes(() -> goes(go));
        }

        private void goes(Runnable go) {
            waiting.remove(this);
            sim.parked().remove(request.turn());
            go.run();
        }

        @Override
        public void degraded(Setback what) {
            sim.world.saw(what.waited() ? "waited" : "fallback");
            if (waited && !what.waited()) sim.world.saw("a wait that became a fallback");
            turn.degraded(what);
        }

        @Override
        public void reset(String reason) {
            sim.world.saw("reset: " + reason);
            if (sim.mutation != Mutation.FALLBACK_UNTOLD) turn.reset(reason);
        }

        @Override
        public void sent() {
            turn.sent();
        }

        @Override
        public void text(String delta) {
            turn.text(delta);
        }

        @Override
        public void reasoning(String delta) {
            turn.reasoning(delta);
        }

        @Override
        public void ended(Outcome<ModelAnswer> outcome) {
            waiting.remove(this);
            sim.parked().remove(request.turn());
            if (outcome instanceof Outcome.Refused<ModelAnswer> refused)
                sim.world.saw("model refused: " + refused.reason());
            turn.ended(outcome);
        }
    }
}
