package dev.loadline.sim;

import dev.loadline.core.Outcome;
import dev.loadline.core.Usage;
import dev.loadline.model.LanguageModel;
import dev.loadline.model.ModelAnswer;
import dev.loadline.model.ModelCall;
import dev.loadline.model.ModelListener;
import dev.loadline.model.ModelRequest;
import dev.loadline.model.ModelWait;
import dev.loadline.model.Setback;

import org.jspecify.annotations.Nullable;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** A model that does what the test says, call by call. A token costs 1. */
final class PuppetModel implements LanguageModel {
    final List<Call> calls = new ArrayList<>();
    private final String name;

    PuppetModel(String name) {
        this.name = name;
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public boolean rehearsal() {
        return true;
    }

    @Override
    public @Nullable Double cost(long input, long cached, long output) {
        return (double) (input + output);
    }

    @Override
    public ModelCall stream(ModelRequest request, ModelListener listener) {
        var call = new Call(request, listener);
        calls.add(call);
        return call;
    }

    /** The newest. */
    Call call() {
        return calls.getLast();
    }

    /** One call, with the strings to pull. */
    final class Call implements ModelCall {
        final ModelRequest request;
        final ModelListener listener;
        boolean cancelled;
        boolean gone; // let go after a wait

        Call(ModelRequest request, ModelListener listener) {
            this.request = request;
            this.listener = listener;
        }

        Call waits(Duration time) {
            listener.waits(new ModelWait("model:" + name, "rate_limited", time));
            return this;
        }

        void resumes() {
            listener.resumes(() -> gone = true);
        }

        /** It is sent, and this comes of it. */
        Call says(String... deltas) {
            listener.sent();
            for (String delta : deltas) listener.text(delta);
            return this;
        }

        void fallsBackTo(LanguageModel other, String reason) {
            listener.degraded(new Setback("model:" + name, reason, false, 0, other.name()));
            listener.reset("fallback");
            listener.asks(other);
        }

        void ends() {
            listener.ended(new Outcome.Ok<>(new ModelAnswer(ModelAnswer.Reason.STOP, null)));
        }

        void ends(Usage used) {
            listener.ended(new Outcome.Ok<>(new ModelAnswer(ModelAnswer.Reason.STOP, used)));
        }

        @Override
        public void cancel() {
            cancelled = true;
        }
    }
}
