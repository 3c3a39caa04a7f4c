package dev.loadline.e2e;

import com.fasterxml.jackson.databind.JsonNode;

import dev.loadline.app.Loadline;
import dev.loadline.app.settings.Configuration;
import dev.loadline.app.settings.Loaded;
import dev.loadline.core.Json;
import dev.loadline.transport.StreamCounts;

import io.vertx.core.Future;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * The whole server in this process, in front of an {@link Upstream}; its bounds are out of the way.
 */
final class MeasuredServer implements AutoCloseable {
    private final Loadline server;

    private MeasuredServer(Loadline server) {
        this.server = server;
    }

    static MeasuredServer start(Path directory, Upstream upstream) {
        try {
            Path file = directory.resolve("loadline.yaml");
            Path database = directory.resolve("loadline.db");
            Files.writeString(file, configuration(database, upstream.url()));
            Loaded loaded =
                    Configuration.load(directory, file, Configuration.Overrides.NONE, Map.of());
            return switch (loaded) {
                case Loaded.Ok(var settings, var files) ->
                        new MeasuredServer(await(Loadline.start(settings, Map.of())));
                case Loaded.Invalid invalid -> throw new AssertionError(invalid.toString());
            };
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static String configuration(Path database, String upstream) {
        return """
        server: { port: 0, drainGrace: 1s, limits: { idle: 5m } }
        load: { loopLag: 1m }  # of a busy machine
        guard: { default: { concurrency: 2000 } }
        store: { url: "sqlite:%s" }
        models:
          main: { provider: openai, url: "%s", apiKey: none, model: fake }
        agents:
          assistant:
            model: main
            context: { budget: { tokens: 1000000, time: 10s } }
            limits: { tokens: 100000000 }
        """
                .formatted(database, upstream);
    }

    StreamCounts streams() {
        return server.streams();
    }

    int port() {
        return server.port();
    }

    /** A new conversation; answers its id. */
    String conversation() {
        return ask("POST", "/api/conversations", "{\"agent\":\"assistant\"}").get("id").textValue();
    }

    /** A turn in a new conversation; answers its id. */
    String submit(String text) {
        return submit(conversation(), text);
    }

    String submit(String conversation, String text) {
        return ask("POST", turns(conversation), Json.write(Map.of("text", text)))
                .get("turn")
                .textValue();
    }

    /** A connection on which a turn of a new conversation is submitted and streamed. */
    StreamReader submitAndRead(String text) {
        String path = turns(conversation());
        return new StreamReader(port())
                .ask("POST", path, Json.write(Map.of("text", text)), "text/event-stream");
    }

    /** A connection on which a turn is streamed from its start. */
    StreamReader read(String turn) {
        return new StreamReader(port())
                .ask("GET", "/api/turns/" + turn + "/events", "", "text/event-stream");
    }

    private static String turns(String conversation) {
        return "/api/conversations/" + conversation + "/turns";
    }

    JsonNode ask(String method, String path, String body) {
        try (var connection = new StreamReader(port())) {
            return Json.read(
                    connection.ask(method, path, body, "application/json").whole(), JsonNode.class);
        }
    }

    private static <T> T await(Future<T> future) {
        try {
            return future.toCompletionStage().toCompletableFuture().get(30, TimeUnit.SECONDS);
        } catch (ExecutionException | TimeoutException | InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    @Override
    public void close() {
        await(server.close());
    }
}
