package dev.loadline.transport;

import com.fasterxml.jackson.databind.node.ObjectNode;

import dev.loadline.core.Json;
import dev.loadline.core.Problem;
import dev.loadline.core.Problem.Code;
import dev.loadline.core.Problem.FieldError;

import org.jspecify.annotations.Nullable;

import java.util.List;
import java.util.stream.Collectors;

/** Problems in the shape of OpenAI's API: {@code {"error": {message, type, code, param}}}. */
final class OpenAiErrors {
    /** What the official clients wait at most; over it they go by their own back-off. */
    private static final long WAIT_MAX_MS = 60_000;

    private OpenAiErrors() {}

    static ObjectNode body(Problem problem) {
        ObjectNode body = Json.MAPPER.createObjectNode();
        ObjectNode error = body.putObject("error");
        error.put("message", message(problem));
        error.put("type", type(problem));
        error.put("code", code(problem));
        error.put("param", param(problem));
        return body;
    }

    private static String message(Problem problem) {
        List<FieldError> errors = problem.errors();
        if (problem.code() == Code.INVALID_REQUEST && errors != null && errors.size() > 1) {
            return errors.stream()
                    .map(each -> each.path() + ": " + each.message())
                    .collect(Collectors.joining("; "));
        }
        String detail = problem.detail();
        return detail == null ? problem.title() : detail;
    }

    private static String type(Problem problem) {
        if (problem.code() == Code.QUOTA_EXCEEDED) return "requests";
        return problem.status() >= 500 ? "server_error" : "invalid_request_error";
    }

    /** Their word where they have one, else ours. */
    private static String code(Problem problem) {
        String reason = problem.reason();
        return switch (problem.code()) {
            case UNAUTHENTICATED -> "invalid_api_key";
            case CONTEXT_TOO_LARGE -> "context_length_exceeded";
            case QUOTA_EXCEEDED -> "rate_limit_exceeded";
            case INVALID_REQUEST, NOT_FOUND, CONFLICT ->
                    reason == null ? problem.code().wire() : reason;
            case FORBIDDEN,
                    TOO_LARGE,
                    UNSUPPORTED_MEDIA_TYPE,
                    OVERLOADED,
                    DRAINING,
                    STORE_UNAVAILABLE,
                    DEPENDENCY_UNAVAILABLE,
                    MODEL_REFUSED,
                    DEADLINE_EXCEEDED,
                    ATTEMPTS_EXHAUSTED,
                    RECURSION_REFUSED,
                    INTERNAL ->
                    problem.code().wire();
        };
    }

    private static @Nullable String param(Problem problem) {
        List<FieldError> errors = problem.errors();
        if (errors == null || errors.isEmpty() || errors.getFirst().path().isEmpty()) return null;
        String path = errors.getFirst().path();
        return path.equals("text") ? "messages" : path; // what the text of a turn is called here
    }

    /**
     * True if the official clients should not repeat the request by themselves, as they do after a
     * 409, a 429 and all from 500 on.
     */
    static boolean isInVain(Problem problem, long waitMs) {
        return !problem.retryable()
                || problem.code() == Code.QUOTA_EXCEEDED
                || waitMs > WAIT_MAX_MS;
    }
}
