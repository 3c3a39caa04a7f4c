package dev.loadline.transport;

import dev.loadline.core.Problem;
import dev.loadline.core.ProblemException;
import dev.loadline.mailbox.HeavyWork;

import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerRequest;

import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;

/** Leads each request to its door: who may come in, what must come with it. One loop. */
final class Doors {
    private final TransportParts parts;
    private final Answers answers;
    private final Streams streams;
    private final Gate gate;
    private final Routes routes;

    /**
     * @param upgraded see {@link SocketDoor}
     */
    Doors(
            TransportParts parts,
            Streams streams,
            Sockets sockets,
            Consumer<HttpServerRequest> upgraded) {
        this.parts = parts;
        this.streams = streams;
        this.answers = new Answers(parts.ids(), parts.random());
        this.gate = new Gate(parts.policy().origins(), parts.authenticator().open());
        List<Routes.Route> all = new ArrayList<>();
        all.addAll(new NodeDoors(parts).routes());
        all.addAll(new OperatorDoors(parts.operations()).routes());
        all.addAll(new OpsDoors(parts, streams).routes());
        all.addAll(new ConversationDoors(parts.turns(), parts.quotas()).routes());
        all.addAll(new TurnDoors(parts.turns(), streams, parts.clock()).routes());
        all.addAll(new OpenAiDoors(parts.turns(), streams, parts.clock()).routes());
        all.addAll(new SocketDoor(parts, gate, sockets, upgraded).routes());
        all.addAll(ConsoleDoor.routes());
        this.routes = new Routes(all);
    }

    /** All of them; those that match first come first. */
    List<Routes.Route> routes() {
        return routes.all();
    }

    /** A request whose first lines could be read. */
    void serve(HttpServerRequest request) {
        var exchange =
                new Exchange(request, answers, streams.heavy(), parts, parts.policy().idle());
        exchange.attempt(() -> lead(exchange));
    }

    /** A request that is no HTTP, or too much of it. */
    void refuse(HttpServerRequest request) {
        answers.refuse(request);
    }

    private void lead(Exchange exchange) {
        HttpServerRequest request = exchange.request();
        String path = request.path();
        Routes.Match match = routes.find(request.method(), path == null ? "" : path);
        boolean health =
                match instanceof Routes.Match.Found(var route, var names)
                        && route.kind() == Routes.Kind.HEALTH;
        Problem refused = gate.refuses(request);
        if (refused != null && !health) throw new ProblemException(refused);
        switch (match) {
            case Routes.Match.Found found -> enter(exchange, found);
            case Routes.Match.WrongMethod(var allowed) -> wrongMethod(exchange, allowed);
            case Routes.Match.Nowhere nowhere ->
                    throw new ProblemException(Problem.notFound("path"));
        }
    }

    private void wrongMethod(Exchange exchange, Set<String> allowed) {
        String allow = String.join(", ", allowed);
        var response = exchange.response();
        response.putHeader(HttpHeaders.ALLOW, allow);
        if (!exchange.request().method().equals(HttpMethod.OPTIONS)) {
            Problem problem = Problem.of(Problem.Code.INVALID_REQUEST, "allowed here: " + allow);
            throw new ProblemException(problem.withStatus(405));
        }
        gate.preflight(exchange.request(), allow);
        exchange.empty(204);
    }

    private void enter(Exchange exchange, Routes.Match.Found found) {
        HttpServerRequest request = exchange.request();
        Routes.Kind kind = found.route().kind();
        boolean near = kind == Routes.Kind.NEAR && Gate.near(request);
        boolean open =
                switch (kind) {
                    case HEALTH, FILE, SOCKET -> true;
                    case NEAR, READ, STREAM, OPERATE, OBSERVE, COMMAND, SET, ACT, WORK -> false;
                };
        if (open || near) {
            found.route().door().serve(exchange);
            return;
        }
        Caller caller = caller(request).orElseThrow(Doors::unauthenticated);
        exchange.found(found.names(), caller);
        boolean operates =
                switch (kind) {
                    case OPERATE, OBSERVE, COMMAND, SET, NEAR -> true;
                    case HEALTH, FILE, SOCKET, READ, STREAM, ACT, WORK -> false;
                };
        if (operates && !caller.operator()) {
            throw new ProblemException(Problem.of(Problem.Code.FORBIDDEN, "for operators only"));
        }
        if (kind == Routes.Kind.WORK && parts.draining().getAsBoolean()) {
            exchange.closesAfter();
            throw new ProblemException(
                    Problem.of(Problem.Code.DRAINING, "send this again: another node takes it"));
        }
        receive(exchange, found.route());
    }

    /** With two headers nobody could say which one a proxy before us has checked. */
    private Optional<Caller> caller(HttpServerRequest request) {
        List<String> given = request.headers().getAll(HttpHeaders.AUTHORIZATION);
        return parts.authenticator().caller(given.size() == 1 ? given.getFirst() : null);
    }

    private static ProblemException unauthenticated() {
        return new ProblemException(
                Problem.of(Problem.Code.UNAUTHENTICATED, "a valid bearer token is needed"));
    }

    /** Reads the body to its end, whatever the door makes of it: a stream must not leave it. */
    private void receive(Exchange exchange, Routes.Route route) {
        HttpServerRequest request = exchange.request();
        boolean follows = Body.follows(request);
        Routes.Kind kind = route.kind();
        boolean wanted = kind == Routes.Kind.WORK || kind == Routes.Kind.SET;
        boolean typed = request.headers().contains(HttpHeaders.CONTENT_TYPE);
        boolean act = wanted || kind == Routes.Kind.ACT || kind == Routes.Kind.COMMAND;
        if (wanted || (act && (follows || typed))) {
            Problem refused = Body.refusedByType(request);
            if (refused != null) throw new ProblemException(refused);
        }
        if (!Body.mayFollow(request)) {
            go(exchange, route, wanted ? Buffer.buffer() : null);
            return;
        }
        if ("100-continue".equalsIgnoreCase(request.getHeader(HttpHeaders.EXPECT))) {
            request.response().writeContinue().onComplete(sent -> {});
        }
        ServerPolicy policy = parts.policy();
        exchange.when(
                Body.read(request, policy.bodyMax(), policy.bodyTime(), parts.timers()),
                body -> {
                    boolean asked = act && (wanted || body.length() > 0);
                    Problem refused = asked ? Body.refusedByType(request) : null;
                    if (refused != null) throw new ProblemException(refused);
                    go(exchange, route, asked ? body : null);
                });
    }

    private void go(Exchange exchange, Routes.Route route, @Nullable Buffer body) {
        long received = parts.clock().nanos();
        int length = body == null ? 0 : body.length();
        if (body == null || length <= HeavyWork.SMALL) {
            exchange.received(body == null ? null : Body.json(body), length, received);
            route.door().serve(exchange);
            return;
        }
        exchange.when(
                streams.heavy().offer(() -> Body.json(body)),
                json -> {
                    exchange.received(json, length, received);
                    route.door().serve(exchange);
                });
    }
}
