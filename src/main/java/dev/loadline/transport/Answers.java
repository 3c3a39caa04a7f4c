package dev.loadline.transport;

import dev.loadline.core.Ids;
import dev.loadline.core.Json;
import dev.loadline.core.Problem;
import dev.loadline.core.ProblemException;

import io.netty.handler.codec.http.TooLongHttpHeaderException;
import io.netty.handler.codec.http.TooLongHttpLineException;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.util.random.RandomGenerator;

/** Words for the outside: what failed, as a problem, and a problem as an answer. */
final class Answers {
    private static final Logger LOG = LoggerFactory.getLogger(Answers.class);

    /** When to come back where nothing is known of it. */
    private static final long USUAL_MS = 1_000;

    private final Ids ids;
    private final RandomGenerator random;

    Answers(Ids ids, RandomGenerator random) {
        this.ids = ids;
        this.random = random;
    }

    /** A bug is told by an id only; what it was stands in the log under that id. */
    Problem problem(Throwable failure, String request) {
        if (failure instanceof ProblemException known) return known.problem();
        String incident = ids.incident();
        LOG.error("incident {} at {}", incident, request, failure);
        return Problem.of(
                Problem.Code.INTERNAL, "incident " + incident + " stands in the server's log");
    }

    /** What a request is told that is no HTTP, or too much of it. */
    static Problem garbled(Throwable cause) {
        Problem problem = Problem.of(Problem.Code.INVALID_REQUEST, "this is not valid HTTP/1.1");
        if (cause instanceof TooLongHttpLineException) {
            return Problem.of(Problem.Code.TOO_LARGE, "the request line is too long")
                    .withStatus(414);
        }
        if (cause instanceof TooLongHttpHeaderException) {
            return Problem.of(Problem.Code.TOO_LARGE, "the headers are too large").withStatus(431);
        }
        return problem;
    }

    /** Answers what is no HTTP, or too much of it, and closes the connection. */
    void refuse(HttpServerRequest request) {
        Problem problem = garbled(request.decoderResult().cause());
        var response = request.response();
        response.putHeader(HttpHeaders.CONNECTION, HttpHeaders.CLOSE);
        response.end(prepare(response, problem, Dialect.NATIVE))
                .onComplete(sent -> request.connection().close().onComplete(closed -> {}));
    }

    /** What every answer of a door carries. */
    void begin(HttpServerResponse response, Dialect dialect) {
        response.putHeader("X-Content-Type-Options", "nosniff");
        if (dialect == Dialect.OPENAI) response.putHeader("x-request-id", ids.request());
    }

    /** Sets status and headers and answers the body to send. */
    Buffer prepare(HttpServerResponse response, Problem problem, Dialect dialect) {
        response.setStatusCode(problem.status());
        response.putHeader(HttpHeaders.CACHE_CONTROL, "no-store");
        if (problem.status() == 401) {
            response.putHeader("WWW-Authenticate", "Bearer");
        }
        boolean comesAgain = problem.status() == 429 || problem.status() == 503;
        return switch (dialect) {
            case NATIVE -> {
                response.putHeader(HttpHeaders.CONTENT_TYPE, "application/problem+json");
                if (comesAgain) retryAfter(response, problem);
                boolean tells = comesAgain && problem.retryAfterMs() == null;
                yield Buffer.buffer(
                        Json.write(tells ? problem.withRetryAfterMs(USUAL_MS) : problem));
            }
            case OPENAI -> {
                response.putHeader(HttpHeaders.CONTENT_TYPE, "application/json");
                boolean knows = comesAgain || problem.retryAfterMs() != null;
                long waitMs = knows ? 1000 * retryAfter(response, problem) : 0;
                if (knows) {
                    long spread = waitMs + random.nextLong(1000);
                    response.putHeader("retry-after-ms", Long.toString(spread));
                }
                if (OpenAiErrors.isInVain(problem, waitMs))
                    response.putHeader("x-should-retry", "false");
                yield Buffer.buffer(Json.write(OpenAiErrors.body(problem)));
            }
        };
    }

    /** Seconds, spread so that those who were shed together do not come back together. */
    private long retryAfter(HttpServerResponse response, Problem problem) {
        long seconds = spread(problem);
        response.putHeader(HttpHeaders.RETRY_AFTER, Long.toString(seconds));
        return seconds;
    }

    private long spread(Problem problem) {
        Long ms = problem.retryAfterMs();
        long wait = Math.ceilDiv(Math.max(1, ms == null ? USUAL_MS : ms), 1000L);
        return random.nextLong(wait, 2 * wait + 3);
    }

    /**
     * What is told without headers says itself when to come back, spread like the header: of those
     * who were shed together each is told another time. Who is over a quota waits alone.
     */
    Problem withoutHeaders(Problem problem) {
        Long ms = problem.retryAfterMs();
        if (problem.status() != 503 && (problem.status() != 429 || ms != null)) return problem;
        long wait = ms == null ? USUAL_MS : ms;
        return problem.withRetryAfterMs(random.nextLong(wait, 2 * wait + 2001));
    }
}
