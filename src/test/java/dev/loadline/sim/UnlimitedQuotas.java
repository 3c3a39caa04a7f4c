package dev.loadline.sim;

import dev.loadline.core.Principal;
import dev.loadline.core.Problem;
import dev.loadline.core.Quota;
import dev.loadline.engine.Quotas;

import io.vertx.core.Future;

/** Refuses nothing and asks nothing, and lets all tokens be counted. */
final class UnlimitedQuotas implements Quotas {
    @Override
    public Quota limits(Principal principal) {
        return Quota.NONE;
    }

    @Override
    public Future<Quota> used(Principal principal) {
        return Future.succeededFuture(Quota.NONE);
    }

    @Override
    public Future<Charge> turnBegins(Principal principal) {
        return Future.succeededFuture(Charge.NONE);
    }

    @Override
    public boolean countsTokens(Principal principal) {
        return true;
    }

    @Override
    public void tokensWritten(Principal principal) {}

    @Override
    public void tokensSpent(Principal principal, long tokens) {
        throw new IllegalStateException("nothing is deleted in this world");
    }

    @Override
    public Problem streamOpens(Principal principal) {
        return null;
    }

    @Override
    public void streamEnds(Principal principal) {}
}
