package dev.loadline.model;

import dev.loadline.core.Outcome;

import java.time.Duration;
import java.util.Set;

/** What the errors of OpenAI-compatible servers mean. */
final class OpenAiFailures extends Failures {
    private static final Set<String> SPENT =
            Set.of(
                    "402",
                    "insufficient_quota",
                    "billing_hard_limit_reached",
                    "billing_not_active",
                    "insufficient_balance",
                    "insufficient_credits",
                    "payment_required");
    private static final Set<String> LIMITED =
            Set.of(
                    "429",
                    "rate_limit_exceeded",
                    "rate_limit_error",
                    "rate_limited",
                    "too_many_requests",
                    "tokens",
                    "requests");

    OpenAiFailures(String apiKey) {
        super(apiKey);
    }

    @Override
    boolean spent(int status, Chunk error) {
        return (status == 429 || status == 200) && isOneOf(SPENT, error);
    }

    @Override
    Outcome<ModelAnswer> inside(Chunk error, Duration retryAfter, String detail) {
        return isOneOf(LIMITED, error)
                ? new Outcome.RateLimited<>(retryAfter, detail)
                : new Outcome.ServerError<>(detail);
    }
}
