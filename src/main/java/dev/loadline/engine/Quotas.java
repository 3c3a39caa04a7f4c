package dev.loadline.engine;

import dev.loadline.core.Principal;
import dev.loadline.core.Problem;
import dev.loadline.core.Quota;

import io.vertx.core.Future;

import org.jspecify.annotations.Nullable;

/** What each principal may use and has used of it. Any thread. */
public interface Quotas {
    /** What can be limited. */
    enum Limit {
        TURNS_PER_MINUTE("turnsPerMinute"),
        STREAMS("streams"),
        TOKENS_PER_DAY("tokensPerDay");

        private final String wire;

        Limit(String wire) {
            this.wire = wire;
        }

        public String wire() {
            return wire;
        }
    }

    /** A turn that was counted before it is known whether there will be one. */
    @FunctionalInterface
    interface Charge {
        Charge NONE = () -> {};

        /** There is none: what was counted is not. At most once. */
        void giveBack();
    }

    /** The limits of this principal. */
    Quota limits(Principal principal);

    /** What it has used of them; only of limits that exist. */
    Future<Quota> used(Principal principal);

    /**
     * Counts one more turn. Fails with a {@link dev.loadline.core.ProblemException}: {@code
     * quota_exceeded} if there is no allowance left, or {@code store_unavailable} if that is not
     * known; then nothing is counted.
     */
    Future<Charge> turnBegins(Principal principal);

    /** Whether the tokens of this principal's turns are to be written down with their outcomes. */
    boolean countsTokens(Principal principal);

    /** An outcome with its tokens was written, or may have been. */
    void tokensWritten(Principal principal);

    /** Writes down, in the background, the tokens of a turn that has no outcome in the store. */
    void tokensSpent(Principal principal, long tokens);

    /**
     * Counts one more open stream or socket; null if there is room, else the {@code quota_exceeded}
     * to answer, and nothing is counted.
     */
    @Nullable Problem streamOpens(Principal principal);

    /** One that was counted is closed. */
    void streamEnds(Principal principal);

    /** Nobody is limited. */
    static Quotas none() {
        return new NoQuotas();
    }
}
