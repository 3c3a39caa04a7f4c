package dev.loadline.transport;

import dev.loadline.core.Problem;
import dev.loadline.core.ProblemException;
import dev.loadline.transport.Routes.Route;

import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpVersion;

import org.jspecify.annotations.Nullable;

import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Consumer;

/** Where WebSockets come in. */
final class SocketDoor {
    static final String SUBPROTOCOL = "loadline.v1";
    private static final String BEARER = "bearer.";

    private final TransportParts parts;
    private final Gate gate;
    private final Sockets sockets;
    private final Consumer<HttpServerRequest> upgraded;

    /**
     * @param upgraded told of a connection that is HTTP no more
     */
    SocketDoor(
            TransportParts parts,
            Gate gate,
            Sockets sockets,
            Consumer<HttpServerRequest> upgraded) {
        this.parts = parts;
        this.gate = gate;
        this.sockets = sockets;
        this.upgraded = upgraded;
    }

    List<Route> routes() {
        return List.of(Route.of(HttpMethod.GET, Routes.Kind.SOCKET, "/api/ws", this::shake));
    }

    private void shake(Exchange exchange) {
        HttpServerRequest request = exchange.request();
        refuseForeign(request);
        refusePlain(exchange);
        if (parts.draining().getAsBoolean()) {
            exchange.closesAfter();
            throw new ProblemException(
                    Problem.of(Problem.Code.DRAINING, "connect again: another node takes you"));
        }
        String token = token(request);
        List<String> headers = request.headers().getAll(HttpHeaders.AUTHORIZATION);
        boolean named = token != null || !headers.isEmpty();
        Optional<Caller> caller = caller(headers, token);
        request.toWebSocket()
                .onComplete(
                        socket -> {
                            upgraded.accept(request);
                            sockets.open(socket, caller.orElse(null), named && caller.isEmpty());
                        },
                        why -> {
                            if (!exchange.response().closed()) exchange.fail(why);
                        });
    }

    private void refuseForeign(HttpServerRequest request) {
        if (gate.page(request) != Gate.Page.FOREIGN) return;
        throw new ProblemException(
                Problem.of(
                        Problem.Code.FORBIDDEN,
                        "this origin is neither the server's own nor among server.origins"));
    }

    private static void refusePlain(Exchange exchange) {
        HttpServerRequest request = exchange.request();
        boolean upgrade =
                request.version() == HttpVersion.HTTP_1_1
                        && has(request, "Upgrade", "websocket")
                        && has(request, "Connection", "upgrade");
        boolean version = "13".equals(request.getHeader("Sec-WebSocket-Version"));
        if (!upgrade || !version) {
            exchange.response()
                    .putHeader(HttpHeaders.UPGRADE, "websocket")
                    .putHeader("Sec-WebSocket-Version", "13");
            String detail = "a WebSocket (RFC 6455, version 13, HTTP/1.1) is wanted here";
            throw new ProblemException(
                    Problem.of(Problem.Code.INVALID_REQUEST, detail).withStatus(426));
        }
        String key = request.getHeader("Sec-WebSocket-Key");
        if (key == null || key.isBlank() || Body.follows(request)) {
            throw new ProblemException(
                    Problem.of(
                            Problem.Code.INVALID_REQUEST,
                            "the handshake needs Sec-WebSocket-Key, and no body"));
        }
    }

    private static boolean has(HttpServerRequest request, String header, String word) {
        for (String line : request.headers().getAll(header)) {
            for (String each : line.split(",", -1)) {
                if (each.strip().toLowerCase(Locale.ROOT).equals(word)) return true;
            }
        }
        return false;
    }

    /** A browser's page can set no header but this one. */
    private static @Nullable String token(HttpServerRequest request) {
        for (String line : request.headers().getAll("Sec-WebSocket-Protocol")) {
            for (String each : line.split(",", -1)) {
                String offered = each.strip();
                if (offered.startsWith(BEARER)) return offered.substring(BEARER.length());
            }
        }
        return null;
    }

    private Optional<Caller> caller(List<String> headers, @Nullable String token) {
        Authenticator known = parts.authenticator();
        if (!headers.isEmpty()) {
            return headers.size() == 1 ? known.caller(headers.getFirst()) : Optional.empty();
        }
        return token == null ? known.caller(null) : known.token(token);
    }
}
