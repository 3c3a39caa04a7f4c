package dev.loadline.model;

import dev.loadline.core.Outcome;
import dev.loadline.core.Utf16;

import io.netty.handler.codec.DecoderException;
import io.vertx.core.MultiMap;
import io.vertx.core.http.ConnectionPoolTooBusyException;

import org.jspecify.annotations.Nullable;

import java.util.Locale;
import java.util.Set;
import java.util.regex.Pattern;

/** Says what a failure of an OpenAI-compatible server means. Its details hold no key. */
final class OpenAiFailures {
    private static final int DETAIL_MAX = 500;
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
    private static final Pattern UNPRINTABLE = Pattern.compile("[\\p{Cntrl}\\s]+");

    private final String apiKey;

    OpenAiFailures(String apiKey) {
        this.apiKey = apiKey;
    }

    /** By the status of an answer, with its error body read or, where that is no JSON, as text. */
    Outcome<ModelAnswer> refused(
            int status, MultiMap headers, long nowMillis, Chunk body, String text) {
        String said = body.error ? words(body) : text;
        String detail = detail("HTTP " + status + (said.isBlank() ? "" : ": " + said));
        return switch (status) {
            case 402 -> new Outcome.Exhausted<>(detail);
            case 429 ->
                    isOneOf(SPENT, body)
                            ? new Outcome.Exhausted<>(detail)
                            : new Outcome.RateLimited<>(RetryAfter.of(headers, nowMillis), detail);
            case 408, 425, 502, 503, 504, 529 -> new Outcome.Unavailable<>(detail);
            default ->
                    status >= 500
                            ? new Outcome.ServerError<>(detail)
                            : new Outcome.Rejected<>(status, detail);
        };
    }

    /** By an error inside an answer that began well. */
    Outcome<ModelAnswer> inside(Chunk chunk, MultiMap headers, long nowMillis) {
        String detail = detail("an error inside the answer: " + words(chunk));
        if (isOneOf(SPENT, chunk)) return new Outcome.Exhausted<>(detail);
        if (isOneOf(LIMITED, chunk))
            return new Outcome.RateLimited<>(RetryAfter.of(headers, nowMillis), detail);
        return new Outcome.ServerError<>(detail);
    }

    Outcome<ModelAnswer> garbage(String what) {
        return new Outcome.ServerError<>(detail(what));
    }

    /** By what the connection did. */
    Outcome<ModelAnswer> broken(Throwable cause) {
        String message = cause.getMessage();
        String detail = detail(message == null ? cause.getClass().getSimpleName() : message);
        return switch (cause) {
            case ConnectionPoolTooBusyException full ->
                    new Outcome.CutShort<>("no connection is free: " + detail);
            case DecoderException notHttp -> new Outcome.ServerError<>("not HTTP: " + detail);
            case IllegalArgumentException notHttp -> // Netty's word for a wrong version or status
                    new Outcome.ServerError<>("not HTTP: " + detail);
            default -> new Outcome.Unavailable<>(detail);
        };
    }

    private static boolean isOneOf(Set<String> codes, Chunk body) {
        return contains(codes, body.errorCode) || contains(codes, body.errorType);
    }

    private static boolean contains(Set<String> codes, @Nullable String code) {
        return code != null && codes.contains(code.toLowerCase(Locale.ROOT));
    }

    private static String words(Chunk body) {
        var words = new StringBuilder(body.errorMessage == null ? "" : body.errorMessage);
        if (body.errorType != null) words.append(" type=").append(body.errorType);
        if (body.errorCode != null) words.append(" code=").append(body.errorCode);
        return words.toString();
    }

    /** One short line without the key. */
    private String detail(String text) {
        String masked = apiKey.isEmpty() ? text : text.replace(apiKey, "***");
        String line = UNPRINTABLE.matcher(Utf16.wellFormed(masked)).replaceAll(" ").strip();
        return line.length() <= DETAIL_MAX
                ? line
                : line.substring(0, Utf16.cutBefore(line, DETAIL_MAX)) + "…";
    }
}
