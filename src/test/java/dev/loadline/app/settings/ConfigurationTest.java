package dev.loadline.app.settings;

import static org.assertj.core.api.Assertions.assertThat;

import dev.loadline.core.Agent;
import dev.loadline.core.WhenBusy;
import dev.loadline.guard.GuardPolicy;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;

/**
 * Goal: what is written arrives, what is not written has its default. Method: files in a directory
 * of their own, compared with records.
 */
class ConfigurationTest {
    @TempDir Path directory;
    private Reading reading;

    @BeforeEach
    void inAnEmptyDirectory() {
        reading = new Reading(directory);
    }

    @Test
    void no_file_and_an_empty_file_serve_the_assistant() {
        Settings none = reading.settings();
        assertThat(none)
                .isEqualTo(
                        new Settings(
                                ServerSettings.DEFAULT,
                                AuthSettings.OPEN,
                                QuotaSettings.NONE,
                                StoreSettings.DEFAULT,
                                LoadSettings.DEFAULT,
                                new GuardSettings(Map.of(), GuardPolicy.Settings.DEFAULT),
                                Map.of(),
                                TtftSettings.DEFAULT,
                                Map.of("assistant", assistant(Settings.BUILT_IN_MODEL)),
                                false));
        assertThat(reading.with(Reading.MAIN, "").settings()).isEqualTo(none);
        assertThat(reading.with(Reading.MAIN, "# nothing\n").settings()).isEqualTo(none);
        assertThat(reading.with(Reading.MAIN, "server:\nagents:\nmodels: {}\n").settings())
                .isEqualTo(none);
    }

    @Test
    void the_example_file_says_the_defaults() throws IOException {
        reading.with(Reading.MAIN, Files.readString(Path.of("conf/loadline.example.yaml")));
        Settings settings = reading.settings();
        var otherwise = new Reading(directory.resolve("elsewhere")).settings();
        assertThat(settings.server()).isEqualTo(otherwise.server());
        assertThat(settings.store()).isEqualTo(otherwise.store());
        assertThat(settings.load()).isEqualTo(otherwise.load());
        assertThat(settings.guard().otherwise()).isEqualTo(otherwise.guard().otherwise());
        assertThat(settings.ttft()).isEqualTo(otherwise.ttft());
        assertThat(settings.agents()).containsExactly(Map.entry("assistant", assistant("main")));
        assertThat(settings.models())
                .containsExactly(
                        Map.entry(
                                "main",
                                new ModelEntry.Rehearsal(
                                        "main", "main", ModelEntry.Normal.DEFAULT, null)));
    }

    @Test
    void every_key_of_the_server_arrives() {
        reading.with(
                Reading.MAIN,
                """
                server:
                  host: "[::1]"
                  port: 0
                  origins: ["https://App.example:443", "http://localhost:3000/"]
                  limits: { body: 2MiB, header: 32KiB, frame: 65536, streamsPerSocket: 7, idle: 2m, connections: 500,
                    connectionsPerAddress: 50 }
                  drainGrace: 1500ms
                  management: { port: 8081 }
                store:
                  url: sqlite:/var/lib/loadline/turns.db
                  retention: { steps: 90d }
                load: { activeTurns: 10, admissionWait: 1s, loopLag: 20ms }
                ttft: { budget: { overhead: 100ms, p95: 900ms } }
                """);
        Settings settings = reading.settings();
        assertThat(settings.server())
                .isEqualTo(
                        new ServerSettings(
                                "::1",
                                0,
                                List.of("https://app.example", "http://localhost:3000"),
                                new ServerSettings.Limits(
                                        2 << 20,
                                        32 << 10,
                                        65_536,
                                        7,
                                        Duration.ofMinutes(2),
                                        500,
                                        50),
                                Duration.ofMillis(1500),
                                null,
                                new ManagementSettings("127.0.0.1", 8081)));
        assertThat(settings.store())
                .isEqualTo(
                        new StoreSettings(
                                Path.of("/var/lib/loadline/turns.db"),
                                new StoreSettings.Retention(Duration.ofDays(90))));
        assertThat(settings.load())
                .isEqualTo(new LoadSettings(10, Duration.ofSeconds(1), Duration.ofMillis(20)));
        assertThat(settings.ttft().budget())
                .isEqualTo(new TtftSettings.Budget(Duration.ofMillis(100), Duration.ofMillis(900)));
    }

    @Test
    void every_key_of_a_model_arrives() {
        reading.with(
                Reading.MAIN,
                """
                models:
                  big:
                    provider: openai
                    url: http://127.0.0.1:9099/v1/
                    apiKey: ${KEY:-none}
                    model: some/model:7b
                    limitGroup: shared
                    normal: { firstToken: 900ms, gap: 20ms }
                    price: { input: 0.25, output: 2 }
                  hosted: { model: other, apiKey: "${EMPTY:-}" }
                  claude: { provider: anthropic, model: c, apiKey: k, price: { input: 3, output: 15 } }
                  clone:
                    provider: anthropic
                    url: http://127.0.0.1:9098/v1
                    model: d
                    version: 2026-10-21
                    maxTokens: 32000
                  tried: { provider: rehearsal, url: http://127.0.0.1:1, apiKey: k, model: m, version: 2026-10-21, maxTokens: 9 }
                """);
        assertThat(reading.settings(Map.of("KEY", "k-1")).models())
                .containsExactly(
                        Map.entry(
                                "big",
                                new ModelEntry.OpenAi(
                                        "big",
                                        URI.create("http://127.0.0.1:9099/v1"),
                                        new Secret("k-1"),
                                        "some/model:7b",
                                        "shared",
                                        new ModelEntry.Normal(
                                                Duration.ofMillis(900), Duration.ofMillis(20)),
                                        new ModelEntry.Price(0.25, 2))),
                        Map.entry(
                                "hosted",
                                new ModelEntry.OpenAi(
                                        "hosted",
                                        ModelEntry.OpenAi.DEFAULT_URL,
                                        null,
                                        "other",
                                        "hosted",
                                        ModelEntry.Normal.DEFAULT,
                                        null)),
                        Map.entry(
                                "claude",
                                new ModelEntry.Anthropic(
                                        "claude",
                                        ModelEntry.Anthropic.DEFAULT_URL,
                                        new Secret("k"),
                                        "c",
                                        "claude",
                                        ModelEntry.Normal.DEFAULT,
                                        new ModelEntry.Price(3, 15),
                                        "2023-06-01",
                                        8192)),
                        Map.entry(
                                "clone",
                                new ModelEntry.Anthropic(
                                        "clone",
                                        URI.create("http://127.0.0.1:9098/v1"),
                                        null,
                                        "d",
                                        "clone",
                                        ModelEntry.Normal.DEFAULT,
                                        null,
                                        "2026-10-21",
                                        32000)),
                        Map.entry(
                                "tried",
                                new ModelEntry.Rehearsal(
                                        "tried", "tried", ModelEntry.Normal.DEFAULT, null)));
    }

    @Test
    void every_key_of_an_agent_arrives() {
        reading.with(
                Reading.MAIN,
                """
                models: { one: { provider: rehearsal }, two: { provider: rehearsal } }
                agents:
                  clerk:
                    description: At the desk.
                    model: two
                    instructions: |
                      Be brief.
                      Be kind.
                    context: { budget: { tokens: 900, time: 50ms }, sources: [] }
                    tools: []
                    permissions: {}
                    fallback: [one]
                    limits:
                      { steps: 2, toolCalls: 0, sameCall: 1, tokens: 3000000000, cost: 0.5,
                        deadline: 90s, depth: 0, descendants: 1, effects: 2 }
                    busy:
                      { whenBusy: reject, waiting: 0, resendWindow: 0s, duplicateText: attach,
                        approvalExpires: 1h }
                """);
        assertThat(reading.settings().agents())
                .containsExactly(
                        Map.entry(
                                "clerk",
                                new Agent(
                                        "clerk",
                                        "At the desk.",
                                        "two",
                                        List.of("one"),
                                        "Be brief.\nBe kind.\n",
                                        new Agent.Budget(900, Duration.ofMillis(50)),
                                        List.of(),
                                        new Agent.Limits(
                                                2,
                                                0,
                                                1,
                                                3_000_000_000L,
                                                0.5,
                                                Duration.ofSeconds(90),
                                                0,
                                                1,
                                                2),
                                        new Agent.Busy(
                                                WhenBusy.REJECT,
                                                0,
                                                Duration.ZERO,
                                                Agent.DuplicateText.ATTACH,
                                                Duration.ofHours(1)))));
    }

    @Test
    void a_dependency_differs_from_all_only_in_what_is_written_of_it() {
        reading.with(
                Reading.MAIN,
                """
                load: { activeTurns: 20 }
                models: { one: { provider: rehearsal }, two: { provider: rehearsal } }
                guard:
                  default: { timeoutFactor: 4.5, concurrency: 8 }
                  "model:two": { retryBudget: 0, concurrency: 500 }
                """);
        GuardSettings guard = reading.settings().guard();
        assertThat(guard.of("model:one")).isEqualTo(new GuardPolicy.Settings(4.5, 0.1, 8, 20));
        assertThat(guard.of("model:two")).isEqualTo(new GuardPolicy.Settings(4.5, 0, 20, 20));
    }

    @Test
    void agents_beside_the_file_belong_to_it() {
        reading.with(
                        "etc/my.yaml",
                        """
                        models: { m: { provider: rehearsal } }
                        agents: { written: {} }
                        """)
                .with("etc/agents/beside.yaml", "instructions: Be brief.\n")
                .with("etc/agents/empty.yaml", "")
                .with("etc/agents/README.md", "no agent");
        var loaded =
                Configuration.load(
                        directory, Path.of("etc/my.yaml"), Configuration.Overrides.NONE, Map.of());
        assertThat(loaded).isInstanceOf(Loaded.Ok.class);
        var ok = (Loaded.Ok) loaded;
        assertThat(ok.files())
                .containsExactly("etc/my.yaml", "etc/agents/beside.yaml", "etc/agents/empty.yaml");
        assertThat(ok.settings().agents().keySet()).containsExactly("written", "beside", "empty");
        assertThat(ok.settings().agents().get("beside").instructions()).isEqualTo("Be brief.");
        assertThat(ok.settings().agents().values())
                .allSatisfy(agent -> assertThat(agent.model()).isEqualTo("m"));
    }

    @Test
    void agents_are_found_where_there_is_no_main_file() {
        reading.with("conf/agents/only.yaml", "description: Alone.");
        assertThat(reading.settings().agents().keySet()).containsExactly("only");
    }

    @Test
    void what_is_switched_off_may_stay_in_the_file() {
        reading.with(
                Reading.MAIN,
                """
                cluster:
                  enabled: false
                  bind: 127.0.0.1:5701
                  members: ["127.0.0.1:5701"]
                auth: {}
                quotas:
                guard: {}
                memory: { provider: none, normal: 30ms, canary: { every: 60s } }
                alarms: {}
                mcp: {}
                tools: []
                webhooks: {}
                """);
        assertThat(reading.errors()).isEmpty();
    }

    @Test
    void variables_are_replaced_after_parsing_and_take_the_type_of_what_they_hold() {
        reading.with(
                Reading.MAIN,
                """
                server: { port: "${PORT}", limits: { body: "${BODY:-2MiB}" }, drainGrace: "${UNSET:-5s}" }
                agents:
                  a:
                    instructions: "${A}-${B:-b}-${EMPTY:-filled}-$${A}"
                    limits: { cost: "${COST}" }
                """);
        Settings settings =
                reading.settings(
                        Map.of("PORT", "9", "A", "x: [1] # no yaml", "EMPTY", "", "COST", "2"));
        assertThat(settings.server().port()).isEqualTo(9);
        assertThat(settings.server().limits().body()).isEqualTo(2 << 20);
        assertThat(settings.server().drainGrace()).isEqualTo(Duration.ofSeconds(5));
        assertThat(settings.agents().get("a").limits().cost()).isEqualTo(2);
        assertThat(settings.agents().get("a").instructions())
                .isEqualTo("x: [1] # no yaml-b-filled-${A}");
    }

    @Test
    void the_command_line_wins() {
        reading.with(Reading.MAIN, "server: { host: localhost, port: 1 }");
        var overrides = new Configuration.Overrides("127.0.0.2", 2);
        assertThat(Configuration.load(directory, null, overrides, Map.of()))
                .isInstanceOfSatisfying(
                        Loaded.Ok.class,
                        ok -> {
                            assertThat(ok.settings().server().host()).isEqualTo("127.0.0.2");
                            assertThat(ok.settings().server().port()).isEqualTo(2);
                        });
    }

    @Test
    void a_secret_does_not_print() {
        reading.with(Reading.MAIN, "models: { m: { model: x, apiKey: \"${KEY}\" } }");
        Settings settings = reading.settings(Map.of("KEY", "sk-hush"));
        assertThat(settings.toString()).contains("apiKey=***").doesNotContain("hush");
    }

    private static Agent assistant(String model) {
        return new Agent(
                "assistant",
                null,
                model,
                List.of(),
                "You are a helpful assistant.",
                Agent.Budget.DEFAULT,
                List.of(),
                Agent.Limits.DEFAULT,
                Agent.Busy.DEFAULT);
    }
}
