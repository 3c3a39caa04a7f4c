package dev.loadline.load.process;

import io.vertx.core.json.JsonObject;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.regex.Pattern;

/** A Loadline server: one that this run started, or one that is there already. Thread-safe. */
public final class ServerUnderTest implements AutoCloseable {
    private static final Pattern STARTED =
            Pattern.compile("Loadline .* at https?://[^ ]*?:(\\d+) .*");

    private final Optional<Child> child;
    private final String url;
    private final Http http;

    private ServerUnderTest(Optional<Child> child, String url, String operatorToken) {
        this.child = child;
        this.url = url;
        this.http = new Http(url, operatorToken);
    }

    /** Starts the jar with an empty store in this directory and waits until it serves. */
    public static ServerUnderTest start(
            Path directory, Path jar, LoadlineConfig config, String modelUrl) {
        Path home = directory.resolve("loadline");
        try {
            Files.createDirectories(home);
            for (String old : new String[] {"", "-wal", "-shm", ".lock"})
                Files.deleteIfExists(home.resolve("loadline.db" + old));
            Files.writeString(home.resolve("loadline.yaml"), config.yamlFor(modelUrl));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        Child child =
                Child.ofJar(
                        "loadline",
                        home,
                        config.jvmOptions(),
                        jar,
                        "serve",
                        "--config",
                        home.resolve("loadline.yaml").toString());
        String url = "http://127.0.0.1:" + child.awaitLine(STARTED).group(1);
        String token = config.hasKeys() ? LoadlineConfig.keyOf(LoadlineConfig.OPERATOR) : "";
        return new ServerUnderTest(Optional.of(child), url, token);
    }

    /** One that runs already; its process can't be read, only what it serves. */
    public static ServerUnderTest at(String url, String operatorToken) {
        return new ServerUnderTest(Optional.empty(), url, operatorToken);
    }

    public String url() {
        return url;
    }

    /** {@code GET /api/ops/load}. */
    public JsonObject load() {
        return http.get("/api/ops/load");
    }

    /** {@code GET} of any JSON, as an operator. */
    public JsonObject get(String path) {
        return http.get(path);
    }

    /** {@code GET /metrics}, whole. */
    public String metrics() {
        return http.text("GET", "/metrics", "");
    }

    /** The same, to be read. */
    public Exposition exposition() {
        return new Exposition(metrics());
    }

    /** The sum over all labels of this metric's samples; 0 where there is none. */
    public double metric(String name) {
        return exposition().sum(name);
    }

    /** Its process: processor time, heap, threads. Empty for a server that was there already. */
    public Optional<Child> process() {
        return child;
    }

    /** SIGTERM, as a planned stop. */
    @Override
    public void close() {
        child.ifPresent(running -> running.terminate(Duration.ofSeconds(20)));
    }
}
