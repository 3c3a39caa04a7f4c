package dev.loadline.app.settings;

import static org.assertj.core.api.Assertions.assertThat;

import dev.loadline.transport.Certificates;

import net.jqwik.api.ForAll;
import net.jqwik.api.Property;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * Goal: whatever is wrong is told at once, each with file, line, key and what would be right.
 * Method: wrong files and the exact text of what comes out; any text at all must give an answer.
 */
class ConfigErrorTest {
    @TempDir Path directory;
    private Reading reading;

    @BeforeEach
    void inAnEmptyDirectory() {
        reading = new Reading(directory);
    }

    @ParameterizedTest(name = "{0}")
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            textBlock =
                    """
                    server: {prot: 1}               | server.prot: unknown key, did you mean port?
                    sevrer: {}                      | sevrer: unknown key, did you mean server?
                    zzzzzz: {}                      | zzzzzz: unknown key, there are: auth, server, quotas, store, load, ttft, models, agents, guard, cluster, memory, alarms, mcp, tools, webhooks
                    server: {tsl: x}                | server.tsl: unknown key, did you mean tls?
                    cluster: {enable: true}         | cluster.enable: unknown key, did you mean enabled?
                    agents: {a: {tool: [x]}}        | agents.a.tool: unknown key, did you mean tools?
                    server: 5                       | server: must be a mapping of keys to values, not 5
                    models: [a]                     | models: must be a mapping of keys to values, not a list
                    server: {port: "80"}            | server.port: must be a whole number, not "80"
                    server: {port: http}            | server.port: must be a whole number, not "http"
                    server: {port: 1.5}             | server.port: must be a whole number, not 1.5
                    server: {port: 99999999999}     | server.port: must be a whole number, not 99999999999
                    server: {port: 65536}           | server.port: must be 0..65535
                    server: {port: }                | server.port: must be a whole number, not nothing
                    server: {port: {a: 1}}          | server.port: must be a whole number, not a mapping
                    server: {host: 12}              | server.host: must be text, put it in quotes
                    server: {host: ""}              | server.host: must not be empty
                    server: {host: 0.0.0.0}         | server.host: anything but loopback needs auth, set auth.keys or the variable LOADLINE_API_KEY, or use 127.0.0.1
                    server: {host: "::"}            | server.host: anything but loopback needs auth, set auth.keys or the variable LOADLINE_API_KEY, or use 127.0.0.1
                    server: {drainGrace: 30}        | server.drainGrace: must be a duration such as 150ms, 2s, 5m, 1h or 30d, not 30
                    server: {drainGrace: 1 h}       | server.drainGrace: must be a duration such as 150ms, 2s, 5m, 1h or 30d, not "1 h"
                    server: {drainGrace: 2h}        | server.drainGrace: must be at most 1h
                    server: {origins: https://a.b}  | server.origins: must be a list, not "https://a.b"
                    server: {origins: [https://a.b, a.b]} | server.origins[1]: must be an origin such as https://app.example, without a path
                    server: {origins: [3]}          | server.origins[0]: must be text
                    server: {limits: {body: 1MB}}   | server.limits.body: must be a size such as 64KiB, 1MiB or plain bytes, not "1MB"
                    server: {limits: {body: 4GiB}}  | server.limits.body: must be between 1KiB and 64MiB
                    server: {limits: {header: 1}}   | server.limits.header: must be between 1KiB and 1MiB
                    server: {limits: {frame: 1}}    | server.limits.frame: must be between 1KiB and 64MiB
                    server: {limits: {streamsPerSocket: 0}} | server.limits.streamsPerSocket: must be 1..10000
                    server: {limits: {connections: -1}} | server.limits.connections: must be 0..10000000
                    server: {limits: {connectionsPerAddress: -1}} | server.limits.connectionsPerAddress: must be 0..10000000
                    server: {limits: {idle: 1ms}}   | server.limits.idle: must be between 1s and 1d
                    store: {url: mysql:x}           | store.url: must be sqlite:FILE, such as sqlite:data/loadline.db
                    store: {url: "sqlite::memory:"} | store.url: must be sqlite:FILE, such as sqlite:data/loadline.db
                    store: {retention: {steps: 1s}} | store.retention.steps: must be between 1h and 36500d
                    load: {activeTurns: 0}          | load.activeTurns: must be 1..1000000
                    load: {admissionWait: 2m}       | load.admissionWait: must be at most 1m
                    load: {loopLag: 0ms}            | load.loopLag: must be between 1ms and 1m
                    ttft: {budget: {overhead: 0s}}  | ttft.budget.overhead: must be positive
                    ttft: {budget: {p95: 0s}}       | ttft.budget.p95: must be positive
                    cluster: {enabled: yes}         | cluster.enabled: must be true or false, not "yes"
                    memory: {provider: nine}        | memory.provider: must be one of none; did you mean none?
                    models: {m: {provider: opnai}}  | models.m.provider: must be one of anthropic, openai, rehearsal; did you mean openai? && models.m.model: is missing
                    models: {m: {provider: openai}} | models.m.model: is missing
                    models: {m: {provider: anthropic}} | models.m.model: is missing
                    models: {m: {provider: anthropic, model: x, version: newest}} | models.m.version: must be a date such as 2023-06-01
                    models: {m: {provider: anthropic, model: x, maxTokens: 0}} | models.m.maxTokens: must be between 1 and 1000000
                    models: {m: {model: ""}}        | models.m.model: must not be empty
                    models: {m: {model: x, limitGroup: ""}} | models.m.limitGroup: must not be empty
                    models: {m: {model: x, url: "https://u:p@h"}} | models.m.url: must be an http or https address such as http://127.0.0.1:9099/v1, without user, query and fragment
                    models: {m: {model: x, normal: {firstToken: 1h}}} | models.m.normal.firstToken: must be between 1ms and 10m
                    models: {m: {model: x, normal: {gap: 0s}}} | models.m.normal.gap: must be between 1ms and 1m
                    models: {m: {model: x, price: {input: -1}}} | models.m.price.input: must not be negative
                    models: {m: {model: x, price: {output: .nan}}} | models.m.price.output: must be a number, not .nan
                    models: {"a b": {model: x}}     | models.a b: a model's name is 1 to 64 of A-Z, a-z, 0-9 and . _ : / -
                    agents: {"a/b": {}}             | agents.a/b: an agent's name is 1 to 64 of A-Z, a-z, 0-9 and . _ -
                    agents: {a: {model: mian}}      | agents.a.model: no model is named mian, there are none
                    agents: {a: {fallback: [mian]}} | agents.a.fallback[0]: no model is named mian, there are none
                    agents: {a: {fallback: main}}   | agents.a.fallback: must be a list, not "main"
                    {models: {m: {model: x}, n: {model: y}}, agents: {a: {fallback: [m]}}} | agents.a.fallback[0]: m is the agent's own model, name another or remove it
                    {models: {m: {model: x}, n: {model: y}}, agents: {a: {fallback: [n, n]}}} | agents.a.fallback[1]: n stands here already, remove it
                    {models: {m: {model: x}, near: {model: y}}, agents: {a: {fallback: [naer]}}} | agents.a.fallback[0]: no model is named naer, did you mean near?
                    guard: {"model:defualt": {}}    | guard.model:defualt: there is no such dependency, did you mean model:default?
                    {models: {m: {model: x}}, guard: {m: {}}} | guard.m: there is no such dependency, did you mean model:m?
                    guard: {default: {timeoutFactor: 0.5}} | guard.default.timeoutFactor: must be 1..20, times the learned p99
                    guard: {"model:default": {retryBudget: 2}} | guard.model:default.retryBudget: must be 0..1, retries per success
                    guard: {default: {concurrency: -1}} | guard.default.concurrency: must be 0..1000000; 0: as usual for its kind
                    guard: {default: {concurency: 1}} | guard.default.concurency: unknown key, did you mean concurrency?
                    agents: {a: {instructions: [x]}} | agents.a.instructions: must be text, not a list
                    agents: {a: {limits: {steps: 0}}} | agents.a.limits.steps: must be at least 1
                    agents: {a: {limits: {cost: free}}} | agents.a.limits.cost: must be a number, not "free"
                    agents: {a: {context: {budget: {tokens: 0}}}} | agents.a.context.budget.tokens: must be at least 1
                    agents: {a: {context: {sources: {}}}} | agents.a.context.sources: must be a list, not a mapping
                    agents: {a: {context: {sources: [{}]}}} | agents.a.context.sources[0].name: is missing && agents.a.context.sources[0].url: is missing
                    agents: {a: {context: {sources: [{name: s, kind: htpp}]}}} | agents.a.context.sources[0].kind: must be one of http; did you mean http?
                    agents: {a: {context: {sources: [{name: s, kind: file, path: x}]}}} | agents.a.context.sources[0].kind: not supported yet, use http
                    agents: {a: {context: {sources: [{name: s/t, url: "http://h"}]}}} | agents.a.context.sources[0].name: a source's name is 1 to 64 of A-Z, a-z, 0-9 and . _ -
                    agents: {a: {context: {sources: [{name: s, url: "http://h/#x"}]}}} | agents.a.context.sources[0].url: must be an http or https address such as http://127.0.0.1:9095/context, without user and fragment
                    agents: {a: {context: {sources: [{name: s, url: "http://h", normal: 2m}]}}} | agents.a.context.sources[0].normal: must be between 1ms and 1m
                    agents: {a: {context: {sources: [{name: s, url: "http://h", max: 0}]}}} | agents.a.context.sources[0].max: must be at least 1
                    agents: {a: {context: {sources: [{name: s, url: "http://h", path: x}]}}} | agents.a.context.sources[0].path: unknown key, there are: kind, name, url, normal, max, priority, critical, replaces
                    agents: {a: {context: {sources: [{name: s, url: "http://h", replaces: t}]}}} | agents.a.context.sources[0].replaces: not supported yet, remove it
                    agents: {a: {context: {sources: [{name: s, url: "http://h"}, {name: s, url: "http://h"}]}}} | agents.a.context.sources[1].name: the agent has a source s already
                    agents: {a: {context: {sources: [{name: s, url: "http://h"}]}}, b: {context: {sources: [{name: s, url: "http://i", critical: true}]}}} | agents.b.context.sources[0].url: is another than that of the source s of the agent a, which is the same one; write the same, or give this one another name && agents.b.context.sources[0].critical: is another than that of the source s of the agent a, which is the same one; write the same, or give this one another name
                    agents: {a: {busy: {waiting: 101}}} | agents.a.busy.waiting: must be 0..100
                    agents: {a: {busy: {whenBusy: enqeue}}} | agents.a.busy.whenBusy: must be one of collect, enqueue, interrupt, reject, steer; did you mean enqueue?
                    agents: {a: {busy: {duplicateText: join}}} | agents.a.busy.duplicateText: must be one of attach, run; did you mean run?
                    agents: {a: {instructions: "${NO}"}} | agents.a.instructions: the variable NO is not set; set it or write ${NO:-default}
                    agents: {a: {instructions: "${no good}"}} | agents.a.instructions: ${ must be followed by NAME} or NAME:-default}; a literal ${ is $${
                    server: {port: "${WORD}"}       | server.port: must be a whole number, not what its variable holds
                    server: {port: !!int 1, host: !evil x} | server.host: the tag !evil is not allowed
                    server: {host: a, host: b}      | server.host: is already given in line 3 && server.host: anything but loopback needs auth, set auth.keys or the variable LOADLINE_API_KEY, or use 127.0.0.1
                    """)
    void each_error_is_exact(String yaml, String errors) {
        reading.with(Reading.MAIN, "# one\n# two\n" + yaml + "\n");
        List<String> expected =
                Arrays.stream(errors.split(" && ", -1))
                        .map(text -> "conf/loadline.yaml:3: " + text)
                        .toList();
        assertThat(reading.errors(Map.of("WORD", "hush"))).isEqualTo(expected);
    }

    @Test
    void all_errors_come_at_once_in_the_order_of_the_files() {
        reading.with(
                        Reading.MAIN,
                        """
                        agents:
                          a:
                            limits:
                              steps: 0
                              toolCalls: -1
                              cost: 0
                            model: mian
                        models:
                          main:
                            provider: rehearsal
                          other:
                            model: x
                            url: ftp://h
                        server:
                          host: 10.0.0.1
                          prot: 1
                        """)
                .with("conf/agents/b.yaml", "limits:\n  depth: -1\nmodl: main\n")
                .with("conf/agents/c.yaml", "- a\n- b\n")
                .with("conf/agents/d.yml", "");
        assertThat(reading.errors())
                .containsExactlyInAnyOrder(
                        "conf/loadline.yaml:4: agents.a.limits.steps: must be at least 1",
                        "conf/loadline.yaml:5: agents.a.limits.toolCalls: must not be negative",
                        "conf/loadline.yaml:6: agents.a.limits.cost: must be positive",
                        "conf/loadline.yaml:7: agents.a.model: no model is named mian, did you mean"
                                + " main?",
                        "conf/loadline.yaml:13: models.other.url: must be an http or https address"
                                + " such as http://127.0.0.1:9099/v1, without user, query and"
                                + " fragment",
                        "conf/loadline.yaml:15: server.host: anything but loopback needs auth, set"
                                + " auth.keys or the variable LOADLINE_API_KEY, or use 127.0.0.1",
                        "conf/loadline.yaml:16: server.prot: unknown key, did you mean port?",
                        "conf/agents/b.yaml:2: limits.depth: must not be negative",
                        "conf/agents/b.yaml:3: modl: unknown key, did you mean model?",
                        "conf/agents/c.yaml:1: must be a mapping of keys to values",
                        "conf/agents/d.yml: would not be read, end its name in .yaml");
        assertThat(reading.errors().subList(0, 7)).allMatch(e -> e.startsWith("conf/loadline"));
    }

    @Test
    void what_is_not_supported_yet_is_refused_where_it_is_used() throws IOException {
        try (var everything = getClass().getResourceAsStream("everything.yaml")) {
            reading.with(
                    Reading.MAIN,
                    new String(
                            Objects.requireNonNull(everything).readAllBytes(),
                            StandardCharsets.UTF_8));
        }
        String with = "conf/loadline.yaml:";
        assertThat(reading.errors())
                .containsExactly(
                        with
                                + "6: server.tls.certificate: there is no file "
                                + directory.resolve("tls/cert.pem"),
                        with + "10: store.url: not supported yet, use sqlite:FILE",
                        with + "13: cluster.enabled: not supported yet, use false",
                        with + "20: auth.jwt: not supported yet, remove it",
                        with + "39: memory.provider: not supported yet, use none",
                        with + "44: alarms.webhook: not supported yet, remove it",
                        with + "45: alarms.secret: not supported yet, remove it",
                        with + "47: mcp: not supported yet, remove it",
                        with + "50: tools: not supported yet, remove it",
                        with + "54: webhooks: not supported yet, remove it",
                        with
                                + "66: agents.clerk.context.sources[0].kind: not supported yet, use"
                                + " http",
                        with + "67: agents.clerk.tools: not supported yet, remove it",
                        with + "68: agents.clerk.permissions: not supported yet, remove it");
    }

    @Test
    void a_certificate_and_its_key_are_read_and_what_is_wrong_is_told_at_its_key() {
        var one = Certificates.valid("CN=one");
        var two = Certificates.valid("CN=two");
        reading.with("good.pem", one.getCertificatePathPEM())
                .with("good.key", one.getPrivateKeyPEM())
                .with("other.key", two.getPrivateKeyPEM())
                .with("notes.txt", "my notes");
        String tls = "server:\n  tls:\n    certificate: %s\n    key: %s\n";
        String with = "conf/loadline.yaml:";
        reading.with(Reading.MAIN, tls.formatted("good.pem", "good.key"));
        assertThat(reading.settings().server().tls())
                .isEqualTo(
                        new TlsSettings(
                                directory.resolve("good.pem"), directory.resolve("good.key")));
        reading.with(Reading.MAIN, tls.formatted("good.pem", "other.key"));
        assertThat(reading.errors())
                .containsExactly(
                        with + "4: server.tls.key: does not belong to the certificate CN=one");
        reading.with(Reading.MAIN, tls.formatted("notes.txt", "good.key"));
        assertThat(reading.errors())
                .singleElement()
                .asString()
                .startsWith(with + "3: server.tls.certificate: has no certificate in it");
        reading.with(Reading.MAIN, "server:\n  tls: { certificate: good.pem }\n");
        assertThat(reading.errors())
                .containsExactly(with + "2: server.tls.key: must be given with the certificate");
    }

    @Test
    void the_management_address_is_another_one() {
        String management = "server:\n  port: 8080\n  management: { %s }\n";
        String with = "conf/loadline.yaml:3: server.management.port: ";
        reading.with(Reading.MAIN, management.formatted("host: 0.0.0.0, port: 8081"));
        assertThat(reading.settings().server().management())
                .isEqualTo(new ManagementSettings("0.0.0.0", 8081));
        reading.with(Reading.MAIN, management.formatted("port: 8080"));
        assertThat(reading.errors()).containsExactly(with + "must differ from server.port");
        reading.with(Reading.MAIN, management.formatted("port: 70000"));
        assertThat(reading.errors()).containsExactly(with + "must be 0..65535");
        reading.with(Reading.MAIN, management.formatted("host: localhost"));
        assertThat(reading.errors()).containsExactly(with + "must be given; 0 takes any free one");
    }

    @Test
    void memory_without_a_provider_would_be_the_embedded_one() {
        reading.with(Reading.MAIN, "memory:\n  critical: true\n");
        assertThat(reading.errors())
                .containsExactly(
                        "conf/loadline.yaml:1: memory: not supported yet, write provider: none");
    }

    @Test
    void an_agent_in_both_places_is_told_with_both() {
        reading.with(Reading.MAIN, "agents:\n  twin: {}\n").with("conf/agents/twin.yaml", "");
        assertThat(reading.errors())
                .containsExactly(
                        "conf/agents/twin.yaml:1: the agent twin is in conf/loadline.yaml:2, too,"
                                + " remove one of them");
    }

    @Test
    void options_are_judged_like_keys() {
        var overrides = new Configuration.Overrides("0.0.0.0", 70_000);
        assertThat(Configuration.load(directory, Path.of("no.yaml"), overrides, Map.of()))
                .isInstanceOfSatisfying(
                        Loaded.Invalid.class,
                        invalid ->
                                assertThat(invalid.errors())
                                        .extracting(ConfigError::toString)
                                        .containsExactly(
                                                "no.yaml: there is no such file",
                                                "--port: must be 0..65535",
                                                "--host: anything but loopback needs auth, set"
                                                        + " auth.keys or the variable"
                                                        + " LOADLINE_API_KEY, or use 127.0.0.1"));
    }

    @ParameterizedTest(name = "{0}")
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            textBlock =
                    """
                    a: [1             | 2: not valid YAML: expected ',' or ']', but got <stream end>
                    a: b: c           | 1: not valid YAML: mapping values are not allowed here
                    a: *b             | 1: not valid YAML: found undefined alias b
                    {}\\n---\\n{}     | 2: only one YAML document a file is allowed
                    - a               | 1: must be a mapping of keys to values
                    word              | 1: must be a mapping of keys to values
                    \\1              | 1: not valid YAML: special characters are not allowed
                    ? [a]\\n: b       | 1: a key must be a plain name
                    """)
    void what_is_no_mapping_is_told_with_its_line(String yaml, String error) {
        reading.with(Reading.MAIN, yaml.translateEscapes() + "\n");
        assertThat(reading.errors()).containsExactly("conf/loadline.yaml:" + error);
    }

    @Test
    void bombs_do_not_go_off() {
        var billion = new StringBuilder("a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n");
        for (int i = 1; i < 10; i++)
            billion.append(
                    "a%d: &a%d [%s*a%d]\n"
                            .formatted(i, i, "*a%d, ".formatted(i - 1).repeat(3), i - 1));
        assertThat(reading.with(Reading.MAIN, billion.toString()).errors())
                .anyMatch(error -> error.endsWith("aliases make this too large, write it out"));
        assertThat(reading.with(Reading.MAIN, "a: &a [*a]\n").errors())
                .contains(
                        "conf/loadline.yaml:1: a"
                                + "[0]".repeat(32)
                                + ": aliases make this too large, write it out");
        assertThat(reading.with(Reading.MAIN, "a: " + "[".repeat(100_000)).errors())
                .containsExactly("conf/loadline.yaml:1: nested deeper than 32 levels");
        assertThat(reading.with(Reading.MAIN, "a: &a 1\nb: [" + "*a,".repeat(51) + "]").errors())
                .containsExactly("conf/loadline.yaml:2: more than 50 aliases");
        assertThat(reading.with(Reading.MAIN, "#".repeat((1 << 20) + 1)).errors())
                .containsExactly("conf/loadline.yaml: is larger than 1MiB");
    }

    @Test
    void a_file_that_is_none_is_told() throws IOException {
        Files.createDirectories(directory.resolve(Reading.MAIN));
        assertThat(reading.errors()).containsExactly("conf/loadline.yaml: is not a file");
        Files.delete(directory.resolve(Reading.MAIN));
        Files.write(directory.resolve(Reading.MAIN), new byte[] {'a', ':', ' ', (byte) 0xff});
        assertThat(reading.errors()).containsExactly("conf/loadline.yaml: is not UTF-8");
    }

    @Property(tries = 300)
    void any_text_gives_an_answer(@ForAll String key, @ForAll String value) throws IOException {
        Path somewhere = Files.createTempDirectory("loadline");
        Path file = somewhere.resolve("any.yaml");
        String text =
                "server:\n  port: "
                        + value
                        + "\n"
                        + key
                        + ": "
                        + value
                        + "\nagents: {"
                        + key
                        + "}\n";
        Files.writeString(
                file, new String(text.getBytes(StandardCharsets.UTF_8), StandardCharsets.UTF_8));
        var loaded = Configuration.load(somewhere, file, Configuration.Overrides.NONE, Map.of());
        switch (loaded) {
            case Loaded.Ok ok -> assertThat(ok.settings().agents()).isNotEmpty();
            case Loaded.Invalid(var errors) ->
                    assertThat(errors)
                            .isNotEmpty()
                            .allMatch(error -> error.line() <= text.length())
                            .noneMatch(error -> error.message().isBlank());
        }
        Files.delete(file);
        Files.delete(somewhere);
    }
}
