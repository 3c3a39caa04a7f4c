package dev.loadline.model;

import dev.loadline.core.Outcome;
import dev.loadline.guard.Reason;

import java.time.Duration;

/** What refusals and failures are called to the turn, and which of them another model can mend. */
final class Reasons {
    private static final int UNAUTHORIZED = 401;
    private static final int NOT_FOUND = 404;

    private Reasons() {}

    /** It is the limit group's gate that does not let calls go. */
    static boolean isGate(Reason reason) {
        return reason == Reason.RATE_LIMITED || reason == Reason.EXHAUSTED;
    }

    /** As the wire calls it. */
    static String of(Reason reason) {
        return switch (reason) {
            case RATE_LIMITED, EXHAUSTED -> "rate_limited";
            case OPEN, HELD -> "open";
            case LIMIT -> "shed";
            case LATE -> "timeout";
        };
    }

    static Outcome.Failed<ModelAnswer> refused(Reason reason, Duration retryAfter) {
        String detail =
                switch (reason) {
                    case RATE_LIMITED -> "its rate limit is reached";
                    case EXHAUSTED -> "its quota or credit is used up";
                    case OPEN -> "it is cut off, for it failed or was slow too often";
                    case LIMIT -> "it has as many calls as it can take";
                    case LATE -> "less time is left than it normally takes";
                    case HELD -> "an operator holds it";
                };
        return new Outcome.Refused<>(of(reason), retryAfter, detail);
    }

    /** As the wire calls it. */
    static String of(Outcome.Failed<?> failed) {
        return switch (failed) {
            case Outcome.TimedOut<?> late -> "timeout";
            case Outcome.CutShort<?> ours -> "shed"; // not by the deadline: no connection was free
            case Outcome.Unavailable<?> down -> "error";
            case Outcome.ServerError<?> broken -> "error";
            case Outcome.RateLimited<?> limited -> "rate_limited";
            case Outcome.Exhausted<?> empty -> "rate_limited";
            case Outcome.Rejected<?> wrong -> "error";
            case Outcome.Cancelled<?> ours -> "error";
            case Outcome.Refused<?> ours -> ours.reason();
        };
    }

    /** Models of the same limit group would fare the same. */
    static boolean isOfGroup(Outcome.Failed<?> failed) {
        return of(failed).equals("rate_limited");
    }

    /**
     * Whether another model may have an answer where this one has none. A request that is wrong is
     * wrong for all; a key that is not taken or a model that is not there is this one's own fault.
     *
     * @param shown a part of the answer was shown
     */
    static boolean anotherHelps(Outcome.Failed<?> failed, boolean shown) {
        return switch (failed) {
            case Outcome.Rejected<?> wrong ->
                    !shown && (wrong.status() == UNAUTHORIZED || wrong.status() == NOT_FOUND);
            case Outcome.Cancelled<?> ours -> false;
            case Outcome.TimedOut<?> late -> true;
            case Outcome.CutShort<?> ours -> true;
            case Outcome.Unavailable<?> down -> true;
            case Outcome.ServerError<?> broken -> true;
            case Outcome.RateLimited<?> limited -> true;
            case Outcome.Exhausted<?> empty -> true;
            case Outcome.Refused<?> ours -> true;
        };
    }

    /** The same failure of a model in other words. */
    static Outcome.Failed<ModelAnswer> inWords(Outcome.Failed<?> failed, String detail) {
        return switch (failed) {
            case Outcome.TimedOut<?> late -> new Outcome.TimedOut<>(detail);
            case Outcome.CutShort<?> ours -> new Outcome.CutShort<>(detail);
            case Outcome.Unavailable<?> down -> new Outcome.Unavailable<>(detail);
            case Outcome.ServerError<?> broken -> new Outcome.ServerError<>(detail);
            case Outcome.RateLimited<?> limited ->
                    new Outcome.RateLimited<>(limited.retryAfter(), detail);
            case Outcome.Exhausted<?> empty -> new Outcome.Exhausted<>(detail);
            case Outcome.Rejected<?> wrong -> new Outcome.Rejected<>(wrong.status(), detail);
            case Outcome.Cancelled<?> ours -> new Outcome.Cancelled<>(detail);
            case Outcome.Refused<?> ours ->
                    new Outcome.Refused<>(ours.reason(), ours.retryAfter(), detail);
        };
    }
}
