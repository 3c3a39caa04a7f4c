package dev.loadline.core;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonValue;

import org.jspecify.annotations.Nullable;

import java.util.List;
import java.util.Locale;

/**
 * What went wrong, in the words of the wire (RFC 9457). Absent members are null here and left out
 * there.
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
@JsonIgnoreProperties(ignoreUnknown = true)
public record Problem(
        String type,
        String title,
        int status,
        Code code,
        @Nullable String detail,
        boolean retryable,
        @Nullable Long retryAfterMs,
        @Nullable List<FieldError> errors,
        @Nullable String turn,
        @Nullable String dependency,
        @Nullable String reason) {

    /** A member of a request that is wrong, and how to mend it. */
    public record FieldError(String path, String message) {}

    /** The closed set of codes with their usual status and whether asking again can help. */
    public enum Code {
        INVALID_REQUEST(400, false, "The request is not valid"),
        UNAUTHENTICATED(401, false, "Who you are is not known"),
        FORBIDDEN(403, false, "This is not allowed"),
        NOT_FOUND(404, false, "There is no such thing"),
        CONFLICT(409, false, "The request conflicts with what is there"),
        TOO_LARGE(413, false, "The request is too large"),
        UNSUPPORTED_MEDIA_TYPE(415, false, "The body's type is not supported"),
        CONTEXT_TOO_LARGE(422, false, "The message alone exceeds the agent's context budget"),
        QUOTA_EXCEEDED(429, true, "The allowance is used up for now"),
        OVERLOADED(503, true, "The server has no room right now"),
        DRAINING(503, true, "The server is going away"),
        STORE_UNAVAILABLE(503, true, "Nothing can be stored right now"),
        DEPENDENCY_UNAVAILABLE(502, true, "A service that the agent needs did not answer"),
        MODEL_REFUSED(502, false, "The model provider refused the request"),
        DEADLINE_EXCEEDED(504, true, "The turn's deadline passed"),
        ATTEMPTS_EXHAUSTED(500, false, "The turn was taken over too often"),
        RECURSION_REFUSED(409, false, "The work budget is spent"),
        INTERNAL(500, false, "Something went wrong inside the server");

        private final int status;
        private final boolean retryable;
        private final String title;

        Code(int status, boolean retryable, String title) {
            this.status = status;
            this.retryable = retryable;
            this.title = title;
        }

        @JsonValue
        public String wire() {
            return name().toLowerCase(Locale.ROOT);
        }

        public int status() {
            return status;
        }
    }

    public static Problem of(Code code, String detail) {
        return new Problem(
                "urn:loadline:problem:" + code.wire(),
                code.title,
                code.status,
                code,
                detail,
                code.retryable,
                null,
                null,
                null,
                null,
                null);
    }

    /** 400 with one wrong member. */
    public static Problem invalid(String path, String message) {
        return invalid(List.of(new FieldError(path, message)));
    }

    /** 400 with every wrong member. */
    public static Problem invalid(List<FieldError> errors) {
        String detail =
                errors.size() == 1
                        ? (errors.getFirst().path().isEmpty()
                                        ? ""
                                        : errors.getFirst().path() + ": ")
                                + errors.getFirst().message()
                        : errors.size() + " members are not valid";
        return of(Code.INVALID_REQUEST, detail).withErrors(errors);
    }

    public static Problem conflict(String reason, String detail) {
        return of(Code.CONFLICT, detail).withReason(reason);
    }

    public static Problem notFound(String what) {
        return of(Code.NOT_FOUND, "no such " + what);
    }

    /**
     * {@code reason}: timeout, open, shed, error, rate_limited. A timeout is 504, the others 502.
     */
    public static Problem dependency(String dependency, String reason, String detail) {
        Problem problem =
                of(Code.DEPENDENCY_UNAVAILABLE, detail)
                        .withReason(reason)
                        .withDependency(dependency);
        return reason.equals("timeout") ? problem.withStatus(504) : problem;
    }

    public Problem withStatus(int other) {
        return but(other, retryable, retryAfterMs, errors, turn, dependency, reason);
    }

    public Problem withRetryAfterMs(long ms) {
        return but(status, true, ms, errors, turn, dependency, reason);
    }

    public Problem withTurn(TurnId id) {
        return but(status, retryable, retryAfterMs, errors, id.value(), dependency, reason);
    }

    public Problem withReason(String why) {
        return but(status, retryable, retryAfterMs, errors, turn, dependency, why);
    }

    public Problem withDependency(String name) {
        return but(status, retryable, retryAfterMs, errors, turn, name, reason);
    }

    public Problem withErrors(List<FieldError> all) {
        return but(status, retryable, retryAfterMs, List.copyOf(all), turn, dependency, reason);
    }

    /** For a turn's failure: when to ask again is said only of a rate limit. */
    public Problem withoutRetryAfter() {
        return but(status, retryable, null, errors, turn, dependency, reason);
    }

    public Problem notRetryable() {
        return but(status, false, null, errors, turn, dependency, reason);
    }

    private Problem but(
            int otherStatus,
            boolean canRetry,
            @Nullable Long afterMs,
            @Nullable List<FieldError> wrong,
            @Nullable String ofTurn,
            @Nullable String ofDependency,
            @Nullable String why) {
        return new Problem(
                type,
                title,
                otherStatus,
                code,
                detail,
                canRetry,
                afterMs,
                wrong,
                ofTurn,
                ofDependency,
                why);
    }
}
