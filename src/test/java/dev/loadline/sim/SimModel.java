package dev.loadline.sim;

import dev.loadline.core.Outcome;
import dev.loadline.core.Usage;
import dev.loadline.model.LanguageModel;
import dev.loadline.model.ModelAnswer;
import dev.loadline.model.ModelCall;
import dev.loadline.model.ModelListener;
import dev.loadline.model.ModelRequest;

import org.jspecify.annotations.Nullable;

import java.time.Duration;

/**
 * A model that never says the same twice, stutters, cuts emoji in halves, and sometimes fails or
 * hangs.
 */
final class SimModel implements LanguageModel {
    private final Simulation sim;
    private final SimWorld world;
    private final SimWorld.Place place;
    private final Faults faults;

    SimModel(Simulation sim, SimWorld.Place place) {
        this.sim = sim;
        this.world = sim.world;
        this.place = place;
        this.faults = sim.faults;
    }

    @Override
    public String name() {
        return "sim";
    }

    @Override
    public boolean rehearsal() {
        return true;
    }

    @Override
    public @Nullable Double cost(long input, long cached, long output) {
        return null;
    }

    @Override
    public ModelCall stream(ModelRequest request, ModelListener listener) {
        sim.promises().prompted(request);
        var call = new Call(listener, request);
        world.at(place, world.between(1, 20), "model sent", call::sent);
        return call;
    }

    private final class Call implements ModelCall {
        private final ModelListener listener;
        private final ModelRequest request;
        private final boolean fails = world.chance(faults.modelFails());
        private int left = 1 + world.random.nextInt(faults.longest());
        private boolean over;

        Call(ModelListener listener, ModelRequest request) {
            this.listener = listener;
            this.request = request;
        }

        private void sent() {
            if (over) return;
            listener.sent();
            next();
        }

        private void next() {
            Duration gap = world.between(1, world.chance(0.05) ? 4_000 : faults.gapMs());
            world.at(place, gap, "model", this::say);
        }

        private void say() {
            if (over) return;
            if (left-- > 0) {
                String word = Integer.toString(world.random.nextInt(100_000), 36);
                if (world.chance(0.1)) listener.reasoning("(" + word + ")");
                else if (world.chance(0.2)) {
                    listener.text(word + "\ud83d");
                    if (!over) listener.text(world.chance(0.8) ? "\ude00 " : "? ");
                } else listener.text(word + " ");
                if (!over) next();
                return;
            }
            over = true;
            if (fails) {
                world.saw("model failed");
                listener.ended(new Outcome.Unavailable<>("the connection was cut"));
            } else {
                sim.promises().answered(request);
                var usage = new Usage(request.prompt().tokens(), 0, 20, 0, null, 1, null);
                listener.ended(new Outcome.Ok<>(new ModelAnswer(ModelAnswer.Reason.STOP, usage)));
            }
        }

        @Override
        public void cancel() {
            over = true;
        }
    }
}
