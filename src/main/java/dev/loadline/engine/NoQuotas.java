package dev.loadline.engine;

import dev.loadline.core.Principal;
import dev.loadline.core.Problem;
import dev.loadline.core.Quota;

import io.vertx.core.Future;

import org.jspecify.annotations.Nullable;

/** Nobody is limited, nothing is counted. */
final class NoQuotas implements Quotas {
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
        return false;
    }

    @Override
    public void tokensWritten(Principal principal) {}

    @Override
    public void tokensSpent(Principal principal, long tokens) {}

    @Override
    public @Nullable Problem streamOpens(Principal principal) {
        return null;
    }

    @Override
    public void streamEnds(Principal principal) {}
}
