package dev.loadline.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;

import dev.loadline.app.Loadline;
import dev.loadline.app.settings.Configuration;
import dev.loadline.app.settings.Loaded;
import dev.loadline.app.settings.Settings;
import dev.loadline.core.Clock;
import dev.loadline.transport.Wire;

import io.vertx.core.Future;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicLong;

/**
 * The whole server in this process, as {@code serve --drill} starts it: its guards can be switched
 * off. Its clock can leap, which is how minutes pass for it; timers do not.
 */
final class DrillServer implements AutoCloseable {
    private final AtomicLong leapt = new AtomicLong(); // ns
    private final Loadline up;
    private final Api api;

    private DrillServer(Settings settings) {
        Clock system = Clock.system();
        var clock =
                new Clock() {
                    @Override
                    public long nanos() {
                        return system.nanos() + leapt.get();
                    }

                    @Override
                    public long millis() {
                        return system.millis();
                    }
                };
        up = await(Loadline.start(settings.forDrills(), Map.of(), clock));
        api = new Api(up.port());
    }

    /**
     * @param models entries of {@code models}, indented by two
     * @param rest further sections
     */
    static DrillServer start(Path directory, String models, String rest) {
        String yaml =
                """
                server: { port: 0, drainGrace: 0s }
                store: { url: "sqlite:%s/loadline.db" }
                load: { loopLag: 1m }
                models:
                %s
                %s
                """
                        .formatted(directory, models.stripTrailing(), rest);
        try {
            Path file = Files.writeString(directory.resolve("loadline.yaml"), yaml);
            var loaded =
                    Configuration.load(directory, file, Configuration.Overrides.NONE, Map.of());
            return switch (loaded) {
                case Loaded.Ok ok -> new DrillServer(ok.settings());
                case Loaded.Invalid wrong -> throw new AssertionError(wrong.errors());
            };
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** An entry of {@code models}. */
    static String model(String name, FaultyUpstream upstream, Duration normal) {
        return """
          %s:
            provider: openai
            url: %s
            model: some-model
            limitGroup: %s
            normal: { firstToken: %dms, gap: 50ms }
        """
                .formatted(name, upstream.url("/v1"), name, normal.toMillis());
    }

    Api api() {
        return api;
    }

    /** What a naive runtime does, or not. */
    void guards(Api operator, boolean enabled) {
        List<String> headers = new ArrayList<>(operator.always());
        headers.add("Content-Type: application/json");
        String body = Api.json("enabled", enabled);
        try (Wire wire = operator.wire()) {
            Wire.Answer answer =
                    wire.request("PUT", "/api/ops/guards", body, headers.toArray(String[]::new))
                            .answer();
            assertThat(answer.status()).as(answer.text()).isBetween(200, 204);
        }
    }

    static JsonNode dependency(Api operator, String name) {
        for (JsonNode each : operator.read("/api/ops/dependencies").get("dependencies"))
            if (each.get("name").textValue().equals(name)) return each;
        throw new AssertionError("no dependency " + name);
    }

    /** So much time passes at once; while no turn runs. */
    void leap(Duration time) {
        leapt.addAndGet(time.toNanos());
    }

    @Override
    public void close() {
        await(up.close());
    }

    private static <T> T await(Future<T> future) {
        try {
            return future.toCompletionStage().toCompletableFuture().get(60, TimeUnit.SECONDS);
        } catch (ExecutionException | InterruptedException | TimeoutException e) {
            throw new IllegalStateException(e);
        }
    }
}
