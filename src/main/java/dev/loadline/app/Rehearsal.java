package dev.loadline.app;

import dev.loadline.app.settings.Configuration;
import dev.loadline.app.settings.Loaded;
import dev.loadline.core.Json;

import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpClientAgent;
import io.vertx.core.http.HttpClientOptions;
import io.vertx.core.http.HttpClientResponse;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.RequestOptions;
import io.vertx.core.http.WebSocketClient;
import io.vertx.core.http.WebSocketConnectOptions;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.Stream;

/**
 * {@code loadline warm-up}: a start, first answers at every door and an end, twice: with the
 * built-in model, and with a remote one, for which the first server stands in. In a directory of
 * its own, on loopback only. It is there for a JVM that takes notes ({@code -XX:AOTCacheOutput}),
 * so that later starts need not find out again what a start needs; what is asked here is what is
 * fast there. Blocks.
 */
final class Rehearsal {
    private static final String HOST = "127.0.0.1";
    private static final String AGENT = "assistant";
    private static final int WITHIN_SECONDS = 30;
    private static final String SAID = "count to 5";
    private static final String LAST = "turn.completed";

    private final Vertx vertx = Vertx.vertx();
    private final HttpClientAgent client = vertx.createHttpClient(new HttpClientOptions());
    private final WebSocketClient sockets = vertx.createWebSocketClient();
    private final Path directory;

    private Rehearsal(Path directory) {
        this.directory = directory;
    }

    /**
     * Leaves nothing behind.
     *
     * @throws ExecutionException if something went wrong that should go well
     * @throws TimeoutException after 30 s for one step
     */
    static void run()
            throws IOException, ExecutionException, TimeoutException, InterruptedException {
        Path directory = Files.createTempDirectory("loadline-rehearsal");
        try {
            var rehearsal = new Rehearsal(directory);
            try {
                rehearsal.all();
            } finally {
                wait(rehearsal.vertx.close());
            }
        } finally {
            delete(directory);
        }
    }

    private void all()
            throws IOException, ExecutionException, TimeoutException, InterruptedException {
        Loadline plays = start("plays", "provider: rehearsal");
        try {
            doors(plays.port());
            String url = "http://" + HOST + ":" + plays.port() + "/v1";
            String remote = "provider: openai, apiKey: none, model: " + AGENT + ", url: " + url;
            Loadline calls = start("calls", remote);
            try {
                turn(calls.port(), "first");
            } finally {
                wait(calls.close());
            }
        } finally {
            wait(plays.close());
        }
    }

    private Loadline start(String name, String model)
            throws IOException, ExecutionException, TimeoutException, InterruptedException {
        Path home = Files.createDirectory(directory.resolve(name));
        Path file = home.resolve("loadline.yaml");
        Files.writeString(
                file,
                """
                server: { host: %s, port: 0, drainGrace: 1s }
                store: { url: "sqlite:%s" }
                models: { main: { %s } }
                agents: { %s: { model: main } }
                """
                        .formatted(HOST, home.resolve("loadline.db"), model, AGENT));
        return switch (Configuration.load(home, file, Configuration.Overrides.NONE, Map.of())) {
            case Loaded.Ok(var settings, var files) -> wait(Loadline.start(settings, Map.of()));
            case Loaded.Invalid(var errors) -> throw new IllegalStateException(errors.toString());
        };
    }

    private void doors(int port) throws ExecutionException, TimeoutException, InterruptedException {
        for (String path : List.of("/", "/client/loadline.js", "/health/ready", "/metrics"))
            ask(port, HttpMethod.GET, path, "");
        turn(port, "first");
        turn(port, "first");
        wait(overSocket(port));
        Map<String, Object> chat =
                Map.of(
                        "model",
                        AGENT,
                        "stream",
                        true,
                        "messages",
                        List.of(Map.of("role", "user", "content", SAID)));
        ask(port, HttpMethod.POST, "/v1/chat/completions", Json.write(chat));
    }

    private void turn(int port, String conversation)
            throws ExecutionException, TimeoutException, InterruptedException {
        ask(
                port,
                HttpMethod.POST,
                "/api/conversations",
                Json.write(Map.of("agent", AGENT, "id", conversation)));
        String turns = "/api/conversations/" + conversation + "/turns";
        String events = ask(port, HttpMethod.POST, turns, Json.write(Map.of("text", SAID)));
        if (!events.contains(LAST)) throw new IllegalStateException("no answer: " + events);
        ask(port, HttpMethod.GET, "/api/conversations/" + conversation + "/messages", "");
    }

    private String ask(int port, HttpMethod method, String path, String body)
            throws ExecutionException, TimeoutException, InterruptedException {
        var options =
                new RequestOptions()
                        .setMethod(method)
                        .setHost(HOST)
                        .setPort(port)
                        .setURI(path)
                        .putHeader("content-type", "application/json")
                        .putHeader("accept", "text/event-stream");
        return wait(
                client.request(options)
                        .compose(request -> request.send(Buffer.buffer(body)))
                        .compose(Rehearsal::read));
    }

    private static Future<String> read(HttpClientResponse response) {
        return response.body()
                .compose(
                        body ->
                                response.statusCode() / 100 == 2
                                        ? Future.succeededFuture(body.toString())
                                        : Future.failedFuture(response.statusCode() + " " + body));
    }

    private Future<?> overSocket(int port) {
        Promise<String> last = Promise.promise();
        var options =
                new WebSocketConnectOptions()
                        .setHost(HOST)
                        .setPort(port)
                        .setURI("/api/ws")
                        .setSubProtocols(List.of("loadline.v1"));
        String submit = Json.write(Map.of("type", "submit", "ref", "1", "text", SAID));
        return sockets.connect(options)
                .compose(
                        socket -> {
                            socket.textMessageHandler(
                                    frame -> {
                                        if (frame.contains(LAST)) last.tryComplete(frame);
                                    });
                            socket.closeHandler(gone -> last.tryFail("the socket was closed"));
                            return socket.writeTextMessage(submit)
                                    .compose(sent -> last.future())
                                    .eventually(socket::close);
                        });
    }

    private static <T> T wait(Future<T> future)
            throws ExecutionException, TimeoutException, InterruptedException {
        return future.toCompletionStage()
                .toCompletableFuture()
                .get(WITHIN_SECONDS, TimeUnit.SECONDS);
    }

    private static void delete(Path directory) throws IOException {
        try (Stream<Path> all = Files.walk(directory)) {
            for (Path each : all.toList().reversed()) Files.delete(each);
        }
    }
}
