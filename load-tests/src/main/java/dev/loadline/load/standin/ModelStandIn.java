package dev.loadline.load.standin;

import io.vertx.core.AbstractVerticle;
import io.vertx.core.DeploymentOptions;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;

import java.util.concurrent.atomic.AtomicInteger;

/**
 * The stand-in's process: {@code ModelStandIn [port] [loops]}. Says {@code ready PORT} on its
 * standard output and serves on loopback:
 *
 * <ul>
 *   <li>{@code POST /v1/chat/completions}: answers as the {@link Script} in the request says
 *   <li>{@code GET /counts}, {@code GET /counts?keys=true}: what reached it; {@code POST /reset}
 * </ul>
 */
public final class ModelStandIn extends AbstractVerticle {
    /** The same free one for all instances. */
    private static final int ANY_PORT = -1;

    private final int port;
    private final Counts counts;
    private final AtomicInteger actual;

    private ModelStandIn(int port, Counts counts, AtomicInteger actual) {
        this.port = port;
        this.counts = counts;
        this.actual = actual;
    }

    /** Runs it until the process ends. */
    public static void main(String[] args) {
        int loops = args.length > 1 ? Integer.parseInt(args[1]) : 1;
        Vertx vertx =
                Vertx.vertx(new VertxOptions().setEventLoopPoolSize(loops).setWorkerPoolSize(1));
        serve(vertx, args.length > 0 ? Integer.parseInt(args[0]) : 0, loops)
                .onSuccess(port -> System.out.println("ready " + port))
                .onFailure(
                        failure -> {
                            System.err.println("stand-in: " + failure);
                            System.exit(1);
                        });
    }

    /** Serves from inside this process, at any free port for 0; answers the port. */
    static Future<Integer> serve(Vertx vertx, int port, int loops) {
        Counts counts = new Counts();
        AtomicInteger actual = new AtomicInteger();
        return vertx.deployVerticle(
                        () -> new ModelStandIn(port == 0 ? ANY_PORT : port, counts, actual),
                        new DeploymentOptions().setInstances(loops))
                .map(deployed -> actual.get());
    }

    @Override
    public void start(Promise<Void> started) {
        vertx.createHttpServer(options())
                .requestHandler(this::handle)
                .listen(port, "127.0.0.1")
                .onSuccess(server -> actual.set(server.actualPort()))
                .<Void>mapEmpty()
                .onComplete(started);
    }

    private static HttpServerOptions options() {
        return new HttpServerOptions()
                .setAcceptBacklog(4096)
                .setTcpNoDelay(true)
                .setMaxHeaderSize(32 * 1024);
    }

    private void handle(HttpServerRequest request) {
        switch (request.path()) {
            case "/v1/chat/completions" ->
                    request.body().onSuccess(body -> answer(request, body, System.nanoTime()));
            case "/counts" ->
                    request.response()
                            .end(counts.json(request.getParam("keys") != null).toBuffer());
            case "/reset" -> {
                counts.reset();
                request.response().setStatusCode(204).end();
            }
            default -> request.response().setStatusCode(404).end();
        }
    }

    private void answer(HttpServerRequest request, Buffer body, long received) {
        JsonObject call = body.toJsonObject();
        Script script;
        try {
            script = Script.of(call.getString("model", ""), lastUserText(call));
        } catch (IllegalArgumentException wrong) {
            JsonObject error = new JsonObject().put("message", wrong.getMessage());
            request.response()
                    .setStatusCode(400)
                    .putHeader("Content-Type", "application/json")
                    .end(new JsonObject().put("error", error).toBuffer());
            return;
        }
        new Answer(vertx, request.response(), script, counts, received).begin();
    }

    /** Content may be a text or a list of parts. */
    private static String lastUserText(JsonObject call) {
        JsonArray messages = call.getJsonArray("messages", new JsonArray());
        for (int i = messages.size() - 1; i >= 0; i--) {
            JsonObject message = messages.getJsonObject(i);
            if ("user".equals(message.getString("role")))
                return message.getValue("content").toString();
        }
        return "";
    }
}
