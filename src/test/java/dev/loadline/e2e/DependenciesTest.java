package dev.loadline.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;

import dev.loadline.app.Loadline;
import dev.loadline.app.settings.Configuration;
import dev.loadline.app.settings.Loaded;
import dev.loadline.model.FakeAnswer;
import dev.loadline.model.FakeOpenAi;
import dev.loadline.transport.Wire;
import dev.loadline.transport.WireTypes;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;

/**
 * Goal: operators see what the node depends on, can make it fail in drills, and the metrics name
 * dependencies and never people or texts. Method: a whole server for drills over a fake model.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class DependenciesTest {
    private static final String MAIN = "/api/ops/faults/model:main";
    private static final Pattern VALUE = Pattern.compile("=\"([^\"]*)\"");

    private final FakeOpenAi model = FakeOpenAi.start();
    private Loadline server;
    private Api api;

    @BeforeAll
    void start(@TempDir Path directory) throws Exception {
        Path file = directory.resolve("loadline.yaml");
        Files.writeString(
                file,
                """
                server: { port: 0, drainGrace: 0s }
                load: { loopLag: 1m }
                store: { url: "sqlite:%s/loadline.db" }
                models:
                  main: { url: "%s", apiKey: none, model: some-model }
                  backup: { provider: rehearsal }
                agents:
                  assistant: { model: main }
                  careful: { model: main, fallback: [backup] }
                """
                        .formatted(directory, model.url()));
        var loaded =
                (Loaded.Ok)
                        Configuration.load(directory, file, Configuration.Overrides.NONE, Map.of());
        server =
                Loadline.start(loaded.settings().forDrills(), Map.of())
                        .toCompletionStage()
                        .toCompletableFuture()
                        .get(60, TimeUnit.SECONDS);
        api = new Api(server.port());
        model.always(FakeAnswer.stream("Hello", "!"));
    }

    @AfterAll
    void stop() throws Exception {
        server.close().toCompletionStage().toCompletableFuture().get(60, TimeUnit.SECONDS);
        model.close();
    }

    private Wire.Answer ask(String method, String path, String body) {
        try (Wire wire = api.wire()) {
            String[] headers =
                    body == null ? new String[0] : new String[] {"Content-Type: application/json"};
            return wire.request(method, path, body, headers).answer();
        }
    }

    private static JsonNode named(JsonNode list, String name) {
        for (JsonNode each : list) if (each.get("name").textValue().equals(name)) return each;
        throw new AssertionError("no " + name + " in " + list);
    }

    @Test
    void the_graph_is_whole_and_has_the_shipped_types() throws IOException {
        api.ended(api.begin(api.open("assistant"), "Hi"));
        JsonNode reading = api.read("/api/ops/dependencies");
        var types =
                new WireTypes(Files.readString(Path.of("src/main/resources/client/loadline.d.ts")));
        assertThat(types.check("Reading<Dependencies>", reading)).as("%s", reading).isEmpty();
        JsonNode all = reading.get("dependencies");
        assertThat(all.findValuesAsText("name")).contains("model:main", "model:backup", "store");
        assertThat(named(all, "model:main").at("/calls/ok").longValue()).isPositive();
        assertThat(named(all, "store").get("breaker").textValue()).isEqualTo("none");
        assertThat(named(all, "store").at("/calls/ok").longValue()).isPositive();
        assertThat(reading.get("edges").toString())
                .contains(
                        "{\"from\":\"agent:careful\",\"to\":\"model:backup\",\"stage\":\"model\",\"optional\":true}");
        assertThat(api.read("/api/ops/dependencies?all=true").has("nodes")).isTrue();
        assertThat(server.notices())
                .anyMatch(line -> line.equals("careful asks main, then backup"))
                .anyMatch(line -> line.startsWith("DRILL"));
    }

    @Test
    void a_fault_that_is_ordered_is_told_felt_and_ended() {
        assertThat(ask("PUT", MAIN, "{\"errorRate\":1,\"errorStatus\":400}").status())
                .isEqualTo(200);
        assertThat(
                        api.read("/api/ops/dependencies")
                                .at("/drill/faults/model:main/errorStatus")
                                .intValue())
                .isEqualTo(400);
        JsonNode failed = api.ended(api.begin(api.open("assistant"), "Hi"));
        assertThat(failed.get("status").textValue()).as("%s", failed).isEqualTo("failed");
        assertThat(ask("DELETE", MAIN, null).status()).isEqualTo(204);
        JsonNode well = api.ended(api.begin(api.open("assistant"), "Hi"));
        assertThat(well.get("status").textValue()).as("%s", well).isEqualTo("completed");
    }

    @Test
    void no_series_is_added_by_people_conversations_texts_or_what_upstream_says() {
        api.ended(api.begin(api.open("assistant"), "first"));
        model.always(FakeAnswer.stream("upstream-made-words"));
        api.ended(api.begin(api.open("assistant"), "first"));
        Set<String> before = series();
        Set<String> unsaid = new HashSet<>(List.of("upstream-made-words"));
        for (int i = 0; i < 300; i++) {
            String conversation = api.open("assistant");
            String turn = api.begin(conversation, "a text of mine " + i, "key", "key-" + i);
            unsaid.addAll(List.of(conversation, turn, "a text of mine " + i, "key-" + i));
            if (i % 10 == 0) api.ended(turn);
            ask("GET", "/api/turns/none-" + i, null);
            ask("PUT", "/api/ops/faults/none-" + i, "{\"hang\":true}");
        }
        Set<String> after = series();
        after.removeAll(before);
        assertThat(after).filteredOn(one -> one.startsWith("loadline_")).isEmpty();
        for (String one : series())
            VALUE.matcher(one)
                    .results()
                    .map(found -> found.group(1))
                    .forEach(value -> assertThat(unsaid).as(one).doesNotContain(value));
    }

    private Set<String> series() {
        Set<String> all = new HashSet<>();
        for (String line : api.get("/metrics").text().split("\n", -1))
            if (!line.startsWith("#") && line.indexOf(' ') > 0)
                all.add(line.substring(0, line.lastIndexOf(' ')));
        return all;
    }
}
