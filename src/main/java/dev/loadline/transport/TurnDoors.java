package dev.loadline.transport;

import static dev.loadline.transport.Routes.Kind.ACT;
import static dev.loadline.transport.Routes.Kind.READ;
import static dev.loadline.transport.Routes.Kind.STREAM;
import static dev.loadline.transport.Routes.Kind.WORK;

import com.fasterxml.jackson.databind.JsonNode;

import dev.loadline.core.Clock;
import dev.loadline.core.Principal;
import dev.loadline.core.Problem;
import dev.loadline.core.ProblemException;
import dev.loadline.core.TurnId;
import dev.loadline.engine.Attachment;
import dev.loadline.engine.Submission;
import dev.loadline.engine.Turns;
import dev.loadline.transport.Routes.Route;
import dev.loadline.turn.By;
import dev.loadline.turn.Submitted;

import io.vertx.core.Future;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpVersion;

import org.jspecify.annotations.Nullable;

import java.util.List;
import java.util.Locale;
import java.util.function.Supplier;

/** Turns: submitted, read, followed, cancelled. */
final class TurnDoors {
    private final Turns turns;
    private final Streams streams;
    private final Clock clock;

    TurnDoors(Turns turns, Streams streams, Clock clock) {
        this.turns = turns;
        this.streams = streams;
        this.clock = clock;
    }

    List<Route> routes() {
        return List.of(
                Route.of(HttpMethod.POST, WORK, "/api/conversations/:id/turns", this::submit),
                Route.of(HttpMethod.GET, READ, "/api/turns/:turn", this::read),
                Route.of(HttpMethod.GET, STREAM, "/api/turns/:turn/events", this::events),
                Route.of(HttpMethod.POST, ACT, "/api/turns/:turn/cancel", this::cancel));
    }

    private void submit(Exchange exchange) {
        Submission submission =
                Requests.submit(
                        exchange.body(),
                        exchange.headers("Idempotency-Key"),
                        ConversationDoors.key(exchange),
                        exchange.receivedNanos(),
                        clock.nanos());
        if (wantsStream(exchange.request())) stream(exchange, submission);
        else {
            exchange.when(
                    turns.submit(submission),
                    reply -> {
                        name(exchange, reply.submitted());
                        exchange.json(202, reply.submitted());
                    });
        }
    }

    /** Room for the stream comes first: what is accepted must not be refused afterwards. */
    private void stream(Exchange exchange, Submission submission) {
        Principal principal = exchange.caller().principal();
        follow(
                exchange,
                () ->
                        turns.submit(submission)
                                .compose(
                                        reply -> {
                                            name(exchange, reply.submitted());
                                            TurnId turn = new TurnId(reply.submitted().turn());
                                            return turns.attach(principal, turn, null);
                                        }));
    }

    private void events(Exchange exchange) {
        TurnId turn = turn(exchange);
        String after = after(exchange);
        follow(exchange, () -> turns.attach(exchange.caller().principal(), turn, after));
    }

    private void follow(Exchange exchange, Supplier<Future<Attachment>> attach) {
        if (exchange.request().version() == HttpVersion.HTTP_1_0) {
            throw new ProblemException(
                    Problem.of(Problem.Code.INVALID_REQUEST, "streams need HTTP/1.1"));
        }
        Principal principal = exchange.caller().principal();
        Problem noRoom = streams.reserve(principal);
        if (noRoom != null) throw new ProblemException(noRoom);
        Future<Attachment> attached;
        try {
            attached = attach.get();
        } catch (RuntimeException e) {
            attached = Future.failedFuture(e);
        }
        exchange.when(
                attached.onFailure(refused -> streams.unreserve(principal)),
                attachment -> streams.start(exchange, attachment));
    }

    /** The header is a browser's own word, and newer than the address it was given. */
    private static @Nullable String after(Exchange exchange) {
        String last = exchange.header("Last-Event-ID");
        return last == null || last.isEmpty() ? exchange.query("after") : last;
    }

    private void read(Exchange exchange) {
        exchange.when(
                turns.turn(exchange.caller().principal(), turn(exchange)),
                found -> exchange.json(200, found));
    }

    private void cancel(Exchange exchange) {
        JsonNode body = exchange.bodyIfAny();
        if (body != null) new Members(body).check();
        exchange.when(
                turns.cancel(exchange.caller().principal(), turn(exchange), By.USER),
                found -> exchange.json(202, found));
    }

    private static TurnId turn(Exchange exchange) {
        String id = exchange.name("turn");
        if (!Requests.isId(id)) throw new ProblemException(Problem.notFound("turn"));
        return new TurnId(id);
    }

    static void name(Exchange exchange, Submitted submitted) {
        if (exchange.response().headWritten()) return;
        exchange.response()
                .putHeader("Loadline-Turn", submitted.turn())
                .putHeader("Loadline-Duplicate", Boolean.toString(submitted.duplicate()));
    }

    /** True if {@code text/event-stream} is among what the client accepts, and not with q=0. */
    static boolean wantsStream(HttpServerRequest request) {
        for (String header : request.headers().getAll(HttpHeaders.ACCEPT)) {
            for (String range : header.toLowerCase(Locale.ROOT).split(",", -1)) {
                String[] parts = range.split(";", -1);
                if (!parts[0].strip().equals("text/event-stream")) continue;
                for (int i = 1; i < parts.length; i++) {
                    if (parts[i].strip().matches("q=0(\\.0*)?")) return false;
                }
                return true;
            }
        }
        return false;
    }
}
