package dev.loadline.guard;

import java.time.Duration;

/**
 * How one dependency is guarded.
 *
 * @param name as in readings and metrics: {@code model:main}, {@code source:crm}
 * @param critical nothing can be done without it; if not, it may be left out, and its breaker opens
 *     on slowness, too
 * @param limitGroup who shares a rate limit shares a gate
 * @param normal the median that the operator expects; of a model, to the first token
 * @param gap the median between two tokens; zero for what is not streamed
 * @param nearby on this machine or a private network: it may be a model that loads itself at the
 *     first call
 * @param retryable such calls may be made again (idempotent, or nothing is done by them)
 */
public record GuardPolicy(
        String name,
        DependencyKind kind,
        boolean critical,
        String limitGroup,
        Duration normal,
        Duration gap,
        boolean nearby,
        boolean retryable,
        Settings settings) {
    /**
     * What an operator may set ({@code guard} in the configuration).
     *
     * @param timeoutFactor times the learned p99
     * @param retryBudget retries per success
     * @param concurrency calls at once at the start; 0: by kind
     * @param ceiling calls at once at most: how many turns may be active
     */
    public record Settings(double timeoutFactor, double retryBudget, int concurrency, int ceiling) {
        public static final Settings DEFAULT = new Settings(3, 0.1, 0, 2000);
    }

    boolean streamed() {
        return gap.isPositive();
    }
}
