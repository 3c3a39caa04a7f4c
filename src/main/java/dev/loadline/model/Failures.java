package dev.loadline.model;

import dev.loadline.core.Outcome;
import dev.loadline.core.Utf16;
import dev.loadline.guard.RetryAfter;

import io.netty.handler.codec.DecoderException;
import io.vertx.core.MultiMap;
import io.vertx.core.http.ConnectionPoolTooBusyException;

import org.jspecify.annotations.Nullable;

import java.time.Duration;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * Says what a failure of a provider's server means. Its details hold no key, but the server's own
 * name for the request where it gave one. Any thread.
 */
abstract class Failures {
    private static final int DETAIL_MAX = 500;
    private static final Pattern UNPRINTABLE = Pattern.compile("[\\p{Cntrl}\\s]+");
    private static final Pattern REQUEST_ID = Pattern.compile("[\\w.:-]{1,128}");

    private final String apiKey;

    Failures(String apiKey) {
        this.apiKey = apiKey;
    }

    /** True if the error says that quota or credit is gone, so that waiting does not help. */
    abstract boolean spent(int status, Chunk error);

    /** By an error inside an answer that began well, which is not {@link #spent}. */
    abstract Outcome<ModelAnswer> inside(Chunk error, Duration retryAfter, String detail);

    /** By the status of an answer, with its error body read or, where that is no JSON, as text. */
    final Outcome<ModelAnswer> refused(
            int status, MultiMap headers, long nowMillis, Chunk body, String text) {
        String said = body.error ? words(body) : text;
        String detail =
                detail("HTTP " + status + request(headers) + (said.isBlank() ? "" : ": " + said));
        if (status == 402 || spent(status, body)) return new Outcome.Exhausted<>(detail);
        return switch (status) {
            case 429 -> new Outcome.RateLimited<>(RetryAfter.of(headers, nowMillis), detail);
            case 408, 425, 502, 503, 504, 529 -> new Outcome.Unavailable<>(detail);
            default ->
                    status >= 500
                            ? new Outcome.ServerError<>(detail)
                            : new Outcome.Rejected<>(status, detail);
        };
    }

    /** By an error inside an answer that began well. */
    final Outcome<ModelAnswer> inside(Chunk error, MultiMap headers, long nowMillis) {
        String detail =
                detail("an error inside the answer" + request(headers) + ": " + words(error));
        return spent(200, error)
                ? new Outcome.Exhausted<>(detail)
                : inside(error, RetryAfter.of(headers, nowMillis), detail);
    }

    final Outcome<ModelAnswer> garbage(String what) {
        return new Outcome.ServerError<>(detail(what));
    }

    final Outcome<ModelAnswer> cutOff(MultiMap headers) {
        return new Outcome.Unavailable<>(detail("the answer was cut off" + request(headers)));
    }

    final Outcome<ModelAnswer> silent(String what, MultiMap headers) {
        return new Outcome.TimedOut<>(detail(what + request(headers)));
    }

    /** By what the connection did. */
    final Outcome<ModelAnswer> broken(Throwable cause) {
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

    /** True if the error's code or type is one of these, in any case. */
    static boolean isOneOf(Set<String> codes, Chunk error) {
        return contains(codes, error.errorCode) || contains(codes, error.errorType);
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

    private static String request(MultiMap headers) {
        String id = headers.get("request-id");
        if (id == null) id = headers.get("x-request-id");
        return id != null && REQUEST_ID.matcher(id).matches() ? " (request " + id + ")" : "";
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
