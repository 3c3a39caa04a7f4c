package dev.loadline.engine;

import dev.loadline.core.Outcome;
import dev.loadline.core.Problem;
import dev.loadline.core.Problem.Code;
import dev.loadline.core.ProblemException;
import dev.loadline.mailbox.Refusal;
import dev.loadline.mailbox.Reply;
import dev.loadline.model.Setback;
import dev.loadline.store.StoreFailure;

import io.vertx.core.Future;

import org.jspecify.annotations.Nullable;

import java.time.Duration;

/** Words our faults for the outside. */
final class Problems {
    private static final long STORE_RETRY_MS = 1_000;

    private Problems() {}

    /**
     * How a model's failure is told to the user. The detail holds no secret: the model's client has
     * masked it.
     */
    static Problem ofModel(String model, Outcome.Failed<?> failed) {
        String name = "model:" + model;
        return switch (failed) {
            case Outcome.TimedOut<?> late -> Problem.dependency(name, "timeout", late.detail());
            case Outcome.CutShort<?> cut ->
                    Problem.of(
                            Code.DEADLINE_EXCEEDED,
                            "the turn's deadline passed while the model answered");
            case Outcome.Unavailable<?> down -> Problem.dependency(name, "error", down.detail());
            case Outcome.ServerError<?> error -> Problem.dependency(name, "error", error.detail());
            case Outcome.RateLimited<?> limited ->
                    rateLimited(name, limited.retryAfter(), limited.detail());
            case Outcome.Exhausted<?> empty ->
                    Problem.dependency(name, "rate_limited", empty.detail()).notRetryable();
            case Outcome.Rejected<?> wrong ->
                    Problem.of(Code.MODEL_REFUSED, wrong.detail()).withDependency(name);
            case Outcome.Cancelled<?> ours ->
                    Problem.of(Code.INTERNAL, "the model call was cancelled unasked");
            case Outcome.Refused<?> refused when refused.reason().equals("rate_limited") ->
                    rateLimited(name, refused.retryAfter(), refused.detail());
            case Outcome.Refused<?> refused ->
                    Problem.dependency(name, refused.reason(), refused.detail());
        };
    }

    private static Problem rateLimited(String name, Duration wait, String detail) {
        return Problem.dependency(name, "rate_limited", detail)
                .withRetryAfterMs(wait.isZero() ? STORE_RETRY_MS : wait.toMillis());
    }

    /** A part of an answer is void that its reader can't be told to forget. */
    static Problem brokenOff(String model, @Nullable Setback why) {
        String detail = "the answer broke off, and what was sent of it can't be taken back here";
        return why == null
                ? Problem.dependency("model:" + model, "error", detail)
                : Problem.dependency(why.dependency(), why.reason(), detail);
    }

    static Problem storeUnavailable() {
        return Problem.of(
                        Code.STORE_UNAVAILABLE,
                        "the store does not take anything right now; send it again")
                .withRetryAfterMs(STORE_RETRY_MS);
    }

    static Problem refused(Refusal reason, Duration retryAfter) {
        return switch (reason) {
            case DRAINING -> draining();
            case FULL, LATE, SHARE ->
                    Problem.of(Code.OVERLOADED, "the server is full: " + reason.wire())
                            .withRetryAfterMs(Math.max(1, retryAfter.toMillis()));
        };
    }

    static Problem agentDiffers(String other) {
        return Problem.conflict("agent_differs", "the conversation is with the agent " + other);
    }

    static Problem draining() {
        return Problem.of(
                        Code.DRAINING,
                        "the server is going away; another one, or this one soon, takes it")
                .withRetryAfterMs(STORE_RETRY_MS);
    }

    /**
     * A fault of ours on its way to a door: store failures get their words, problems and bugs stay
     * what they are.
     */
    static Throwable worded(Throwable why) {
        return why instanceof StoreFailure ? new ProblemException(storeUnavailable()) : why;
    }

    /** The answer in a reply, or the words for why there is none. */
    static <R> Future<R> answer(Reply<R> reply) {
        return switch (reply) {
            case Reply.Answer<R>(R value) -> Future.succeededFuture(value);
            case Reply.Refused<R>(Refusal reason, Duration after) -> failed(refused(reason, after));
            case Reply.Expired<R> late -> failed(storeUnavailable());
            case Reply.Broken<R>(Throwable why) -> Future.failedFuture(worded(why));
        };
    }

    static <R> Future<R> failed(Problem problem) {
        return Future.failedFuture(new ProblemException(problem));
    }
}
