package dev.loadline.model;

import dev.loadline.core.Outcome;

import io.vertx.core.Future;
import io.vertx.core.Promise;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/**
 * A model that does as each call is told by the test. Counts the calls that are open, over all
 * models of a test. One thread.
 */
final class ScriptedModel implements LanguageModel {
    /** Over all models. */
    static final class Upstream {
        int open;
        int openAtMost;
        int calls;
    }

    /** One call, under the test's hand. */
    final class Call implements ModelCall {
        final ModelRequest request;
        final ModelListener listener;
        private final Promise<Void> closed = Promise.promise();
        private boolean over;
        boolean cancelled;
        boolean closesLate;

        private Call(ModelRequest request, ModelListener listener) {
            this.request = request;
            this.listener = listener;
        }

        Call sent() {
            listener.sent();
            return this;
        }

        Call says(String text) {
            if (!over) listener.text(text);
            return this;
        }

        void ends() {
            end(new Outcome.Ok<>(new ModelAnswer(ModelAnswer.Reason.STOP, null)));
        }

        void end(Outcome<ModelAnswer> outcome) {
            if (over) return;
            over = true;
            if (!closesLate) close();
            listener.ended(outcome);
        }

        void close() {
            if (closed.tryComplete()) upstream.open--;
        }

        @Override
        public void cancel() {
            if (over) return;
            over = true;
            cancelled = true;
            close();
        }

        @Override
        public Future<Void> closed() {
            return closed.future();
        }
    }

    final List<Call> calls = new ArrayList<>();
    private final String name;
    private final Upstream upstream;
    private final ManualTime time;

    /** What happens to each call, a millisecond after it began; null: the test does it by hand. */
    Consumer<Call> always;

    ScriptedModel(String name, Upstream upstream, ManualTime time) {
        this.name = name;
        this.upstream = upstream;
        this.time = time;
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public boolean rehearsal() {
        return false;
    }

    @Override
    public ModelCall stream(ModelRequest request, ModelListener listener) {
        var call = new Call(request, listener);
        calls.add(call);
        upstream.calls++;
        upstream.open++;
        upstream.openAtMost = Math.max(upstream.openAtMost, upstream.open);
        if (always != null)
            time.after(
                    Duration.ofMillis(1),
                    () -> {
                        if (!call.over) always.accept(call);
                    });
        return call;
    }

    Call last() {
        return calls.getLast();
    }
}
