package dev.loadline.model;

import dev.loadline.core.Outcome;

import org.jspecify.annotations.Nullable;

import java.time.Duration;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;

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
    private static final Pattern STATUS = Pattern.compile("4\\d\\d");
    private static final Set<String> NOT_NOW = Set.of("408", "425");

    /** The words of requests that are wrong, and the status that each has in an answer's head. */
    private static final Map<String, Integer> REJECTED =
            Map.ofEntries(
                    Map.entry("invalid_request_error", 400),
                    Map.entry("invalid_request", 400),
                    Map.entry("badrequesterror", 400),
                    Map.entry("bad_request", 400),
                    Map.entry("context_length_exceeded", 400),
                    Map.entry("content_policy_violation", 400),
                    Map.entry("content_filter", 400),
                    Map.entry("invalid_prompt", 400),
                    Map.entry("authentication_error", 401),
                    Map.entry("invalid_api_key", 401),
                    Map.entry("permission_error", 403),
                    Map.entry("model_not_found", 404));

    OpenAiFailures(String apiKey) {
        super(apiKey);
    }

    @Override
    boolean spent(int status, Chunk error) {
        return (status == 429 || status == 200) && isOneOf(SPENT, error);
    }

    @Override
    Outcome<ModelAnswer> inside(Chunk error, Duration retryAfter, String detail) {
        if (isOneOf(LIMITED, error)) return new Outcome.RateLimited<>(retryAfter, detail);
        int wrong = rejection(error.errorCode);
        if (wrong == 0) wrong = rejection(error.errorType);
        return wrong == 0
                ? new Outcome.ServerError<>(detail)
                : new Outcome.Rejected<>(wrong, detail);
    }

    /** The code says more than the type, which is {@code invalid_request_error} for a wrong key. */
    private static int rejection(@Nullable String word) {
        if (word == null || NOT_NOW.contains(word)) return 0;
        if (STATUS.matcher(word).matches()) return Integer.parseInt(word);
        return REJECTED.getOrDefault(word.toLowerCase(Locale.ROOT), 0);
    }
}
