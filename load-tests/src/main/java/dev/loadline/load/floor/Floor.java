package dev.loadline.load.floor;

import io.vertx.core.AbstractVerticle;
import io.vertx.core.Context;
import io.vertx.core.DeploymentOptions;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpClient;
import io.vertx.core.http.HttpClientOptions;
import io.vertx.core.http.HttpClientResponse;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.core.http.PoolOptions;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;

import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;

/**
 * The floor's process: {@code Floor MODEL_PORT [port] [loops] [model]}. Says {@code ready PORT} on
 * its standard output and serves on loopback what a Loadline client asks for: {@code POST
 * /api/conversations}, and {@code POST /api/conversations/ID/turns}, which it always answers by an
 * event stream. With {@code ?coalesced} the events of one turn of the event loop go out in one
 * write, else each chunk's event is a write of its own.
 */
public final class Floor extends AbstractVerticle {
    private static final int ANY_PORT = -1;
    private static final AtomicLong TURNS = new AtomicLong();

    private final int modelPort;
    private final int port;
    private final String model;
    private final AtomicInteger actual;
    private HttpClient client;

    private Floor(int modelPort, int port, String model, AtomicInteger actual) {
        this.modelPort = modelPort;
        this.port = port;
        this.model = model;
        this.actual = actual;
    }

    /** Runs it until the process ends. */
    public static void main(String[] args) {
        int loops = args.length > 2 ? Integer.parseInt(args[2]) : 2 * cores();
        Vertx vertx = Vertx.vertx(new VertxOptions().setEventLoopPoolSize(loops));
        int port = args.length > 1 ? Integer.parseInt(args[1]) : 0;
        String model = args.length > 3 ? args[3] : "stand-in";
        serve(vertx, Integer.parseInt(args[0]), port, loops, model)
                .onSuccess(bound -> System.out.println("ready " + bound))
                .onFailure(
                        failure -> {
                            System.err.println("floor: " + failure);
                            System.exit(1);
                        });
    }

    /** Serves from inside this process, at any free port for 0; answers the port. */
    static Future<Integer> serve(Vertx vertx, int modelPort, int port, int loops, String model) {
        AtomicInteger actual = new AtomicInteger();
        int wanted = port == 0 ? ANY_PORT : port;
        return vertx.deployVerticle(
                        () -> new Floor(modelPort, wanted, model, actual),
                        new DeploymentOptions().setInstances(loops))
                .map(deployed -> actual.get());
    }

    private static int cores() {
        return Runtime.getRuntime().availableProcessors();
    }

    @Override
    public void start(Promise<Void> started) {
        client =
                vertx.createHttpClient(
                        new HttpClientOptions()
                                .setDefaultHost("127.0.0.1")
                                .setDefaultPort(modelPort)
                                .setTcpNoDelay(true),
                        new PoolOptions().setHttp1MaxSize(10_000));
        vertx.createHttpServer(new HttpServerOptions().setAcceptBacklog(4096).setTcpNoDelay(true))
                .requestHandler(this::handle)
                .listen(port, "127.0.0.1")
                .onSuccess(server -> actual.set(server.actualPort()))
                .<Void>mapEmpty()
                .onComplete(started);
    }

    private void handle(HttpServerRequest request) {
        String path = request.path();
        if (path.equals("/api/conversations")) {
            request.body().onSuccess(body -> request.response().setStatusCode(201).end(body));
        } else if (path.endsWith("/turns")) {
            boolean coalesced = request.getParam("coalesced") != null;
            request.body().onSuccess(body -> turn(request.response(), body, coalesced));
        } else {
            request.response().setStatusCode(404).end();
        }
    }

    private void turn(HttpServerResponse response, Buffer body, boolean coalesced) {
        String text = body.toJsonObject().getString("text");
        String turn = "t" + TURNS.incrementAndGet();
        Context loop = context;
        client.request(HttpMethod.POST, "/v1/chat/completions")
                .compose(
                        request ->
                                request.putHeader("Content-Type", "application/json")
                                        .send(modelRequest(text)))
                .onSuccess(
                        answer -> {
                            if (answer.statusCode() == 200)
                                relay(loop, response, answer, coalesced, turn);
                            else response.setStatusCode(502).end();
                        })
                .onFailure(failure -> response.setStatusCode(502).end(failure.toString()));
    }

    private static void relay(
            Context loop,
            HttpServerResponse response,
            HttpClientResponse answer,
            boolean coalesced,
            String turn) {
        response.setChunked(true)
                .putHeader("Content-Type", "text/event-stream")
                .putHeader("Loadline-Turn", turn);
        new Relay(loop, response, coalesced, turn).from(answer);
    }

    private Buffer modelRequest(String text) {
        JsonArray messages =
                new JsonArray()
                        .add(message("system", "You are a helpful assistant."))
                        .add(message("user", text));
        return new JsonObject()
                .put("model", model)
                .put("stream", true)
                .put("messages", messages)
                .toBuffer();
    }

    private static JsonObject message(String role, String content) {
        return new JsonObject().put("role", role).put("content", content);
    }
}
