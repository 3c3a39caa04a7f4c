package dev.loadline.e2e;

import dev.loadline.app.Loadline;
import dev.loadline.app.settings.Configuration;
import dev.loadline.app.settings.Loaded;
import dev.loadline.app.settings.Settings;
import dev.loadline.model.FakeOpenAi;

import io.vertx.core.Future;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;

/**
 * The whole server in this process, as a configuration file says: any free port, a database in a
 * directory of the test's, models behind a {@link FakeOpenAi}. It ends hard: running turns are left
 * as they are.
 */
final class TestServer implements AutoCloseable {
    static final String KEY = "sk-e2e-0123456789-secret";

    private final Settings settings;
    private Loadline up;
    private boolean closed;

    private TestServer(Settings settings) {
        this.settings = settings;
        this.up = await(Loadline.start(settings, Map.of()));
    }

    /**
     * @param rest further YAML: more models first, indented by two, then other sections
     */
    static TestServer start(Path directory, FakeOpenAi model, String rest) {
        try {
            Path file = directory.resolve("loadline.yaml");
            // A busy machine's loops lag: that is not what these tests are about.
            String calm = rest.contains("load:") ? "" : "\nload: { loopLag: 1m }\n";
            // A model on loopback begins with four calls at once.
            String wide =
                    rest.contains("guard:") ? "" : "guard: { default: { concurrency: 2000 } }\n";
            Files.writeString(file, base(directory, model) + rest + calm + "\n" + wide);
            var loaded =
                    Configuration.load(
                            directory,
                            file,
                            Configuration.Overrides.NONE,
                            Map.<String, String>of());
            return switch (loaded) {
                case Loaded.Ok ok -> new TestServer(ok.settings());
                case Loaded.Invalid wrong -> throw new AssertionError(wrong.errors());
            };
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static String base(Path directory, FakeOpenAi model) {
        return """
        server: { port: 0, drainGrace: 0s, origins: ["https://app.example"] }
        store: { url: "sqlite:%s/loadline.db" }
        models:
          main:
            provider: openai
            url: %s
            apiKey: %s
            model: some-model
            price: { input: 1000, output: 2000 }
        """
                .formatted(directory, model.url(), KEY);
    }

    static TestServer start(Path directory, FakeOpenAi model) {
        return start(directory, model, "");
    }

    /** Ends it and starts a new life on the same database; the port is another one. */
    void restart() {
        close();
        up = await(Loadline.start(settings, Map.of()));
        closed = false;
    }

    int port() {
        return up.port();
    }

    Api api() {
        return new Api(port());
    }

    @Override
    public void close() {
        if (!closed) await(up.close());
        closed = true;
    }

    private static <T> T await(Future<T> future) {
        try {
            return future.toCompletionStage().toCompletableFuture().get(60, TimeUnit.SECONDS);
        } catch (ExecutionException | InterruptedException | TimeoutException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Waits for what other threads bring about, ten seconds at most. */
    static void until(String what, BooleanSupplier holds) {
        long end = System.nanoTime() + Duration.ofSeconds(10).toNanos();
        while (!holds.getAsBoolean()) {
            if (System.nanoTime() - end > 0) throw new AssertionError("never: " + what);
            LockSupport.parkNanos(Duration.ofMillis(5).toNanos());
        }
    }
}
