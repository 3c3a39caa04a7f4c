package dev.loadline.model;

import dev.loadline.core.Outcome;

import org.jspecify.annotations.Nullable;

import java.time.Duration;
import java.util.Locale;
import java.util.Set;

/** What the errors of Anthropic's API mean. */
final class AnthropicFailures extends Failures {
    private static final Set<String> SPENT =
            Set.of("billing_error", "enforced_spend_limit_reached", "contract_spend_limit_reached");

    /** One's own spend limit and an empty account have no code: they are invalid requests. */
    private static final Set<String> SPENT_WORDS =
            Set.of("credit balance is too low", "specified api usage limits", "spend limit");

    AnthropicFailures(String apiKey) {
        super(apiKey);
    }

    @Override
    boolean spent(int status, Chunk error) {
        return isOneOf(SPENT, error) || status == 400 && speaksOfMoney(error.errorMessage);
    }

    private static boolean speaksOfMoney(@Nullable String message) {
        if (message == null) return false;
        String said = message.toLowerCase(Locale.ROOT);
        return SPENT_WORDS.stream().anyMatch(said::contains);
    }

    /** As the same type means with a status of its own. */
    @Override
    Outcome<ModelAnswer> inside(Chunk error, Duration retryAfter, String detail) {
        String type = error.errorType == null ? "" : error.errorType;
        return switch (type) {
            case "overloaded_error", "timeout_error" -> new Outcome.Unavailable<>(detail);
            case "rate_limit_error" -> new Outcome.RateLimited<>(retryAfter, detail);
            case "invalid_request_error" -> new Outcome.Rejected<>(400, detail);
            case "authentication_error" -> new Outcome.Rejected<>(401, detail);
            case "permission_error" -> new Outcome.Rejected<>(403, detail);
            case "not_found_error" -> new Outcome.Rejected<>(404, detail);
            case "request_too_large" -> new Outcome.Rejected<>(413, detail);
            default -> new Outcome.ServerError<>(detail);
        };
    }
}
