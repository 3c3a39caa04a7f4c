package dev.loadline.transport;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.exc.StreamConstraintsException;
import com.fasterxml.jackson.databind.JsonNode;

import dev.loadline.core.Json;
import dev.loadline.core.Problem;
import dev.loadline.core.ProblemException;
import dev.loadline.core.Timers;
import dev.loadline.core.Utf16;

import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpVersion;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Locale;

/** A request's body: bounded in size and time, and nothing but well-formed JSON. */
final class Body {
    private Body() {}

    /** True if the request says that a body follows its headers. */
    static boolean follows(HttpServerRequest request) {
        String length = request.getHeader(HttpHeaders.CONTENT_LENGTH);
        return request.headers().contains(HttpHeaders.TRANSFER_ENCODING)
                || (length != null && !length.equals("0"));
    }

    /** Likewise, or if one may follow unannounced, as over HTTP/2. */
    static boolean mayFollow(HttpServerRequest request) {
        return follows(request)
                || (request.version() == HttpVersion.HTTP_2
                        && !request.headers().contains(HttpHeaders.CONTENT_LENGTH));
    }

    /** Refuses what can't be JSON in UTF-8 by its headers, before a byte of it is read. */
    static @Nullable Problem refusedByType(HttpServerRequest request) {
        String encoding = request.getHeader(HttpHeaders.CONTENT_ENCODING);
        if (encoding != null && !encoding.equalsIgnoreCase("identity")) {
            return unsupported("a body must not be compressed");
        }
        String type = request.getHeader(HttpHeaders.CONTENT_TYPE);
        if (type == null) return unsupported("Content-Type must be application/json");
        String[] parts = type.split(";", -1);
        if (!parts[0].strip().equalsIgnoreCase("application/json")) {
            return unsupported("Content-Type must be application/json");
        }
        for (int i = 1; i < parts.length; i++) {
            String parameter = parts[i].strip().replace("\"", "").toLowerCase(Locale.ROOT);
            if (parameter.startsWith("charset=") && !parameter.equals("charset=utf-8")) {
                return unsupported("JSON is UTF-8, so the charset must be utf-8 or left out");
            }
        }
        return null;
    }

    private static Problem unsupported(String detail) {
        return Problem.of(Problem.Code.UNSUPPORTED_MEDIA_TYPE, detail);
    }

    /**
     * Collects the body; must be called in the request's handler, before its first byte is
     * delivered. Fails with the problem to answer; a connection that is lost leaves it open.
     */
    static Future<Buffer> read(HttpServerRequest request, int max, Duration time, Timers timers) {
        if (declared(request) > max) return Future.failedFuture(tooLarge(max));
        Promise<Buffer> read = Promise.promise();
        Buffer body = Buffer.buffer();
        Timers.Timer patience =
                timers.after(
                        time,
                        () ->
                                read.tryFail(
                                        invalid(
                                                "the body did not arrive within "
                                                        + time.toMillis()
                                                        + " ms")));
        request.exceptionHandler(lost -> patience.cancel());
        request.handler(
                chunk -> {
                    if (read.future().isComplete()) return; // refused: the rest is dropped
                    if (body.length() + chunk.length() > max) read.tryFail(tooLarge(max));
                    else body.appendBuffer(chunk);
                });
        request.endHandler(end -> read.tryComplete(body));
        return read.future().onComplete(done -> patience.cancel());
    }

    private static long declared(HttpServerRequest request) {
        String length = request.getHeader(HttpHeaders.CONTENT_LENGTH);
        try {
            return length == null ? 0 : Long.parseLong(length);
        } catch (NumberFormatException beyondAnyLimit) {
            return Long.MAX_VALUE;
        }
    }

    /**
     * @throws ProblemException saying where it stops being JSON
     */
    static JsonNode json(Buffer body) {
        String text;
        try {
            ByteBuffer bytes = ByteBuffer.wrap(body.getBytes());
            text = StandardCharsets.UTF_8.newDecoder().decode(bytes).toString();
        } catch (CharacterCodingException e) {
            throw invalid("the body is not valid UTF-8");
        }
        try (JsonParser parser = Json.FACTORY.createParser(text)) {
            parser.enable(JsonParser.Feature.STRICT_DUPLICATE_DETECTION);
            JsonNode root = Json.MAPPER.readTree(parser);
            if (root == null || root.isMissingNode()) throw invalid("the body is empty");
            if (parser.nextToken() != null) throw malformed(parser, "something follows the value");
            return root;
        } catch (StreamConstraintsException e) {
            throw invalid(
                    "the body is nested too deeply, or holds a name or number that is too long");
        } catch (JsonProcessingException e) {
            throw invalid(
                    "malformed JSON at line %d, column %d: %s"
                            .formatted(
                                    e.getLocation().getLineNr(),
                                    e.getLocation().getColumnNr(),
                                    words(e.getOriginalMessage())));
        } catch (IOException e) {
            throw new IllegalStateException("reading from a string", e);
        }
    }

    /** Without what the parser says of itself and of where it read. */
    private static String words(String message) {
        int source = message.indexOf("(start marker");
        if (source < 0) source = message.indexOf("[Source:");
        return Utf16.wellFormed(source < 0 ? message : message.substring(0, source).strip());
    }

    private static ProblemException malformed(JsonParser parser, String what) {
        var at = parser.currentTokenLocation();
        return invalid(
                "malformed JSON at line %d, column %d: %s"
                        .formatted(at.getLineNr(), at.getColumnNr(), what));
    }

    private static ProblemException invalid(String detail) {
        return new ProblemException(Problem.of(Problem.Code.INVALID_REQUEST, detail));
    }

    private static ProblemException tooLarge(int max) {
        return new ProblemException(
                Problem.of(Problem.Code.TOO_LARGE, "a body may have at most " + max + " bytes"));
    }
}
