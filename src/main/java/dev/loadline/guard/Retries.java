package dev.loadline.guard;

import dev.loadline.core.Outcome;

import org.jspecify.annotations.Nullable;

import java.time.Duration;
import java.util.random.RandomGenerator;

/** Whether the same call is made once more, and after how long. Not thread-safe. */
final class Retries {
    private static final int AFTER_UNAVAILABLE = 2;
    private static final int AFTER_SERVER_ERROR = 1;
    private static final double COST = 1;
    private static final double TIME_OUT_COST = 2; // it held a place for its whole time
    private static final long FIRST_MS = 100;
    private static final long MOST_MS = 2000;
    private static final int REMOTE_MODEL = 64;
    private static final int NEARBY_MODEL = 4;
    private static final int OTHER = 16;
    private static final int MCP_SERVER = 8;

    private final GuardPolicy policy;
    private final RandomGenerator random;
    private final RetryBudget budget;

    Retries(GuardPolicy policy, RandomGenerator random) {
        this.policy = policy;
        this.random = random;
        Duration window =
                policy.kind() == DependencyKind.MODEL
                        ? Duration.ofSeconds(60)
                        : Duration.ofSeconds(10);
        this.budget = new RetryBudget(policy.settings().retryBudget(), window);
    }

    /** How many calls at once at the start, by kind. */
    static ConcurrencyLimit limit(GuardPolicy policy) {
        int ceiling = Math.max(1, policy.settings().ceiling());
        int start =
                switch (policy.kind()) {
                    case MODEL -> policy.nearby() ? NEARBY_MODEL : REMOTE_MODEL;
                    case MCP -> MCP_SERVER;
                    case MEMORY, TOOL, SOURCE, AUTH, EMBEDDINGS -> OTHER;
                    case STORE -> ceiling;
                };
        if (policy.settings().concurrency() > 0) start = policy.settings().concurrency();
        return new ConcurrencyLimit(Math.min(start, ceiling), 1, ceiling);
    }

    void called(long now) {
        budget.called(now);
    }

    void succeeded(long now) {
        budget.succeeded(now);
    }

    double left(long now) {
        return budget.left(now);
    }

    /** Null: not once more. */
    @Nullable Duration in(Outcome.Failed<?> outcome, int already, long now) {
        if (!policy.retryable() || already >= atMost(outcome)) return null;
        double cost = outcome instanceof Outcome.TimedOut ? TIME_OUT_COST : COST;
        if (!budget.take(cost, now)) return null;
        long most = Math.min(MOST_MS, FIRST_MS << already);
        return Duration.ofNanos((long) (random.nextDouble() * most * 1_000_000));
    }

    private int atMost(Outcome.Failed<?> outcome) {
        return switch (outcome) {
            case Outcome.Unavailable<?> down -> AFTER_UNAVAILABLE;
            // A stream that gave no first event in its time gives none the next time either.
            case Outcome.TimedOut<?> late -> policy.streamed() ? 0 : AFTER_UNAVAILABLE;
            case Outcome.ServerError<?> broken -> AFTER_SERVER_ERROR;
            case Outcome.RateLimited<?> limited -> 0;
            case Outcome.Exhausted<?> empty -> 0;
            case Outcome.Rejected<?> wrong -> 0;
            case Outcome.CutShort<?> ours -> 0;
            case Outcome.Cancelled<?> ours -> 0;
            case Outcome.Refused<?> ours -> 0;
        };
    }
}
