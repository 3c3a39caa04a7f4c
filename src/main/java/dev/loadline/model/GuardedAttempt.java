package dev.loadline.model;

import dev.loadline.core.Outcome;
import dev.loadline.guard.Injury;
import dev.loadline.guard.Permit;
import dev.loadline.guard.ProviderLimits;

import io.vertx.core.Future;

import org.jspecify.annotations.Nullable;

/**
 * One attempt at an answer, under one permit. What is said passes through; per token that costs one
 * comparison. On the call's loop.
 */
final class GuardedAttempt implements ModelListener {
    private final ChainCall chain;
    private final GuardedModel of;
    private final Permit permit;
    private final ModelListener listener;
    private @Nullable ModelCall call;
    private boolean begun;
    private boolean shown;
    private boolean over;

    GuardedAttempt(ChainCall chain, GuardedModel of, Permit permit, ModelListener listener) {
        this.chain = chain;
        this.of = of;
        this.permit = permit;
        this.listener = listener;
    }

    void start(ModelRequest asked, Guarding guarding) {
        ModelRequest request = asked.within(new ModelTimeouts(permit.timeout(), permit.gap()));
        Injury injury = permit.injury();
        if (injury == null) {
            call = of.model().stream(request, this);
        } else {
            var injured = new InjuredCall(of.model(), request, this, injury, guarding);
            call = injured;
            injured.start();
        }
    }

    @Override
    public void sent() {
        permit.sent();
        listener.sent();
    }

    @Override
    public void works() {
        if (!begun) begin();
    }

    @Override
    public void text(String delta) {
        if (!shown) show();
        listener.text(delta);
    }

    @Override
    public void reasoning(String delta) {
        if (!shown) show();
        listener.reasoning(delta);
    }

    private void show() {
        shown = true;
        chain.shows();
        if (!begun) begin();
    }

    private void begin() {
        begun = true;
        permit.begun();
        of.look(); // a success makes room in a ramp
    }

    @Override
    public void limits(ProviderLimits limits) {
        of.guard().limits(limits);
    }

    @Override
    public void ended(Outcome<ModelAnswer> outcome) {
        if (!begun && outcome instanceof Outcome.Ok) permit.begun(); // an empty answer
        giveBack(outcome);
        chain.ended(this, outcome);
    }

    void cancel() {
        if (over || call == null) return;
        call.cancel();
        giveBack(new Outcome.Cancelled<>("its turn ended"));
    }

    private void giveBack(Outcome<ModelAnswer> outcome) {
        over = true;
        permit.ended(outcome, longestGapNanos());
        of.look();
    }

    long longestGapNanos() {
        return call == null ? 0 : call.longestGapNanos();
    }

    Future<Void> closed() {
        return call == null ? Future.succeededFuture() : call.closed();
    }
}
