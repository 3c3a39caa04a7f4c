package dev.loadline.load.gatling;

import dev.loadline.load.plan.Arrival;

import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpClient;
import io.vertx.core.http.HttpClientOptions;
import io.vertx.core.http.HttpClientRequest;
import io.vertx.core.http.HttpClientResponse;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.PoolOptions;
import io.vertx.core.http.RequestOptions;
import io.vertx.core.json.JsonObject;
import io.vertx.core.net.NetClient;
import io.vertx.core.net.NetClientOptions;
import io.vertx.core.net.NetSocket;

import java.net.URI;
import java.util.concurrent.TimeUnit;
import java.util.function.BiConsumer;

/**
 * Sends messages and resets the connection at the given moment, which Gatling has no words for: it
 * always says good-bye. Thread-safe; works on an event loop of its own.
 */
final class Leavers {
    private static final int AT_ONCE = 10_000;
    private static final int RESET = 0; // seconds to linger: what is under way is thrown away
    private static final long PATIENCE_MILLIS = 60_000;
    private static final String HANDSHAKE =
            """
            GET /api/ws HTTP/1.1\r
            Host: %s\r
            Upgrade: websocket\r
            Connection: Upgrade\r
            Sec-WebSocket-Version: 13\r
            Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r
            Sec-WebSocket-Protocol: loadline.v1\r
            \r
            """;

    private final Vertx vertx =
            Vertx.vertx(new VertxOptions().setEventLoopPoolSize(1).setWorkerPoolSize(1));
    private final HttpClient http =
            vertx.createHttpClient(
                    new HttpClientOptions().setSoLinger(RESET),
                    new PoolOptions().setHttp1MaxSize(AT_ONCE).setMaxWaitQueueSize(AT_ONCE));
    private final NetClient net = vertx.createNetClient(new NetClientOptions().setSoLinger(RESET));

    /** Sends it; the visit is over when its connection is reset, or it went wrong. */
    void visit(Arrival arrival, Visit visit) {
        switch (visit.leaving().door()) {
            case SSE -> byEvents(arrival, visit);
            case WEBSOCKET -> bySocket(arrival, visit);
        }
    }

    private void byEvents(Arrival arrival, Visit visit) {
        String path = "/api/conversations/" + arrival.conversation() + "/turns";
        RequestOptions options =
                new RequestOptions()
                        .setMethod(HttpMethod.POST)
                        .setAbsoluteURI(arrival.url() + path)
                        .putHeader("Content-Type", "application/json")
                        .putHeader("Accept", "text/event-stream");
        Buffer body = submission(arrival).toBuffer();
        http.request(options)
                .onFailure(failure -> fails(visit, failure))
                .onSuccess(
                        request -> {
                            Runnable leave = leaving(visit, request::reset);
                            request.exceptionHandler(failure -> fails(visit, failure));
                            request.response().onSuccess(answer -> answered(answer, visit, leave));
                            send(request, body, visit, leave);
                        });
    }

    private static void send(HttpClientRequest request, Buffer body, Visit visit, Runnable leave) {
        request.end(body)
                .onSuccess(
                        written -> {
                            if (visit.mayLeave()) leave.run();
                        });
    }

    private static void answered(HttpClientResponse answer, Visit visit, Runnable leave) {
        answer.exceptionHandler(cut -> fails(visit, cut));
        if (answer.statusCode() != 200) {
            answer.body().onSuccess(problem -> refused(visit, problem.toString(), leave));
            return;
        }
        visit.acknowledged(answer.getHeader("Loadline-Turn"));
        answer.endHandler(end -> leave.run());
        answer.handler(
                bytes -> {
                    if (visit.isOver()) return;
                    visit.events(bytes.toString());
                    if (visit.mayLeave()) leave.run();
                });
        if (visit.mayLeave()) leave.run();
    }

    private static void refused(Visit visit, String problem, Runnable leave) {
        if (visit.isOver()) return;
        visit.refused(problem);
        leave.run();
    }

    private void bySocket(Arrival arrival, Visit visit) {
        URI server = URI.create(arrival.url());
        JsonObject submit =
                submission(arrival)
                        .put("type", "submit")
                        .put("ref", "r")
                        .put("conversation", arrival.conversation());
        net.connect(server.getPort(), server.getHost())
                .onFailure(failure -> fails(visit, failure))
                .onSuccess(socket -> submit(socket, server, frame(submit), visit));
    }

    private void submit(NetSocket socket, URI server, Buffer frame, Visit visit) {
        Runnable leave = leaving(visit, socket::close);
        StringBuilder handshake = new StringBuilder();
        BiConsumer<NetSocket, Buffer> answer =
                (it, bytes) -> {
                    if (visit.isOver()) return;
                    visit.frames(bytes.toString());
                    if (visit.mayLeave()) leave.run();
                };
        socket.closeHandler(
                closed -> {
                    if (visit.isOver()) return;
                    visit.wrong("closed by the server");
                    visit.over();
                });
        socket.exceptionHandler(failure -> fails(visit, failure));
        socket.handler(
                bytes -> {
                    handshake.append(bytes.toString());
                    if (handshake.indexOf("\r\n\r\n") < 0) return;
                    if (handshake.indexOf(" 101 ") < 0) visit.wrong("no WebSocket: " + handshake);
                    socket.handler(more -> answer.accept(socket, more));
                    socket.write(frame)
                            .onSuccess(
                                    written -> {
                                        if (visit.mayLeave()) leave.run();
                                    });
                });
        socket.write(HANDSHAKE.formatted(server.getAuthority()));
    }

    /** Once, at the moment or when patience ends. */
    private Runnable leaving(Visit visit, Runnable reset) {
        Runnable leave =
                () -> {
                    if (visit.isOver()) return;
                    visit.over();
                    reset.run();
                };
        vertx.timer(PATIENCE_MILLIS, TimeUnit.MILLISECONDS)
                .onSuccess(
                        late -> {
                            if (!visit.isOver()) visit.wrong("no moment to leave came");
                            leave.run();
                        });
        return leave;
    }

    private static void fails(Visit visit, Throwable failure) {
        if (visit.isOver()) return; // we ourselves reset it
        visit.wrong(failure.toString());
        visit.over();
    }

    private static JsonObject submission(Arrival arrival) {
        return new JsonObject().put("text", arrival.text()).put("key", arrival.key());
    }

    /** A whole text frame of a client, masked with zeros. */
    private static Buffer frame(JsonObject json) {
        Buffer payload = json.toBuffer();
        return Buffer.buffer()
                .appendByte((byte) 0x81)
                .appendByte((byte) (0x80 | 126))
                .appendUnsignedShort(payload.length())
                .appendInt(0)
                .appendBuffer(payload);
    }

    void close() {
        vertx.close();
    }
}
