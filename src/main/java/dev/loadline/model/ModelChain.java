package dev.loadline.model;

import io.vertx.core.Context;
import io.vertx.core.Vertx;

import org.jspecify.annotations.Nullable;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.Executor;

/**
 * A model and those that are asked in its place, in order, each behind its guard. To its caller it
 * is the first of them.
 */
final class ModelChain implements LanguageModel {
    private static final Duration SOONEST = Duration.ofMillis(1);

    private final List<GuardedModel> models;
    private final Guarding guarding;

    /**
     * @param models at least one
     */
    ModelChain(List<GuardedModel> models, Guarding guarding) {
        this.models = List.copyOf(models);
        this.guarding = guarding;
    }

    private LanguageModel first() {
        return models.getFirst().model();
    }

    @Override
    public String name() {
        return first().name();
    }

    @Override
    public boolean rehearsal() {
        return first().rehearsal();
    }

    @Override
    public @Nullable Double cost(long input, long cached, long output) {
        return first().cost(input, cached, output);
    }

    @Override
    public ModelCall stream(ModelRequest request, ModelListener listener) {
        Executor loop = here();
        var call = new ChainCall(models, guarding, request, listener, loop);
        loop.execute(call::start);
        return call;
    }

    /** Later, on the loop that runs this; where there is none, the timers' thread is it. */
    private Executor here() {
        Context context = Vertx.currentContext();
        if (context != null) return task -> context.runOnContext(on -> task.run());
        return task -> guarding.timers().after(SOONEST, task);
    }
}
