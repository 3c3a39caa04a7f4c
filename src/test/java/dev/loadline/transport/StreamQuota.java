package dev.loadline.transport;

import dev.loadline.core.Principal;
import dev.loadline.core.Problem;
import dev.loadline.core.Quota;
import dev.loadline.engine.Quotas;

import io.vertx.core.Future;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** So many streams a principal, and no other limit. */
final class StreamQuota implements Quotas {
    private final int max;
    private final Map<Principal, Integer> open = new ConcurrentHashMap<>();
    private final Quotas others = Quotas.none();

    StreamQuota(int max) {
        this.max = max;
    }

    int open() {
        return open.values().stream().mapToInt(count -> count).sum();
    }

    @Override
    public Problem streamOpens(Principal principal) {
        if (open.getOrDefault(principal, 0) >= max)
            return Problem.of(Problem.Code.QUOTA_EXCEEDED, "too many streams");
        open.merge(principal, 1, Integer::sum);
        return null;
    }

    @Override
    public void streamEnds(Principal principal) {
        open.merge(principal, -1, Integer::sum);
    }

    @Override
    public Quota limits(Principal principal) {
        return others.limits(principal);
    }

    @Override
    public Future<Quota> used(Principal principal) {
        return others.used(principal);
    }

    @Override
    public Future<Charge> turnBegins(Principal principal) {
        return others.turnBegins(principal);
    }

    @Override
    public boolean countsTokens(Principal principal) {
        return others.countsTokens(principal);
    }

    @Override
    public void tokensWritten(Principal principal) {
        others.tokensWritten(principal);
    }

    @Override
    public void tokensSpent(Principal principal, long tokens) {
        others.tokensSpent(principal, tokens);
    }
}
