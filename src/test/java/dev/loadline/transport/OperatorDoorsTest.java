package dev.loadline.transport;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;

import dev.loadline.core.Principal;
import dev.loadline.core.Role;
import dev.loadline.core.Sha256;
import dev.loadline.engine.Quotas;
import dev.loadline.transport.Operations.Fault;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.slf4j.LoggerFactory;

import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Goal: operators, and nobody else, hold dependencies and make them fail, in drills only, and each
 * change can be traced to who made it. Method: real sockets before doors with two keys.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class OperatorDoorsTest {
    private static final String ANN = "Authorization: Bearer ann-key";
    private static final String OPS = "Authorization: Bearer ops-key";
    private static final String MAIN = "/api/ops/faults/model:main";
    private static final String GUARDS = "/api/ops/guards";

    private final ListAppender<ILoggingEvent> log = new ListAppender<>();
    private final Logger audit = (Logger) LoggerFactory.getLogger("dev.loadline.audit");
    private TestServer server;

    @BeforeAll
    void start() {
        var keys =
                Authenticator.ofKeys(
                        Map.of(
                                Sha256.hex("ann-key"),
                                new Caller(new Principal("acme", "ann"), Set.of(Role.USER)),
                                Sha256.hex("ops-key"),
                                new Caller(
                                        new Principal("acme", "ops"), EnumSet.allOf(Role.class))));
        server = new TestServer(ServerPolicy.DEFAULT, 1, keys, Quotas.none());
        log.start();
        audit.addAppender(log);
    }

    @AfterAll
    void close() {
        audit.detachAppender(log);
        server.close();
    }

    @BeforeEach
    void asUsual() {
        server.operations.drills = true;
        server.operations.guarded = true;
        server.operations.faults.clear();
        server.operations.told.clear();
        log.list.clear();
    }

    private Wire.Answer ask(String method, String path, String body, String... headers) {
        List<String> all = new ArrayList<>(List.of(headers));
        if (body != null) all.add("Content-Type: application/json");
        try (Wire wire = server.wire()) {
            return wire.request(method, path, body, all.toArray(String[]::new)).answer();
        }
    }

    private List<String> audited() {
        return log.list.stream().map(ILoggingEvent::getFormattedMessage).toList();
    }

    @Test
    void a_fault_is_ordered_read_and_ended_and_each_change_is_traced() {
        assertThat(ask("GET", MAIN, null, OPS).text()).as("none yet").isEqualTo("{}");
        String body = "{\"latencyFactor\":10,\"errorRate\":0.3,\"errorStatus\":503}";
        Wire.Answer put = ask("PUT", MAIN, body, OPS);
        assertThat(put.status()).isEqualTo(200);
        assertThat(put.json()).isEqualTo(ask("GET", MAIN, null, OPS).json());
        assertThat(server.operations.faults)
                .containsExactly(
                        Map.entry(
                                "model:main",
                                new Fault(10.0, null, 0.3, 503, null, null, null, null)));
        assertThat(ask("DELETE", MAIN, null, OPS).status()).isEqualTo(204);
        assertThat(server.operations.faults).isEmpty();
        assertThat(ask("PUT", "/api/ops/faults/model:a%2Fb", "{\"hang\":true}", OPS).status())
                .isEqualTo(200);
        assertThat(audited())
                .containsExactly(
                        "acme/ops: fault of model:main:"
                                + " {\"latencyFactor\":10.0,\"errorRate\":0.3,\"errorStatus\":503}",
                        "acme/ops: no fault of model:main",
                        "acme/ops: fault of model:a/b: {\"hang\":true}");
    }

    @Test
    void the_guards_are_switched_off_and_on() {
        assertThat(ask("GET", GUARDS, null, OPS).text()).isEqualTo("{\"enabled\":true}");
        assertThat(ask("PUT", GUARDS, "{\"enabled\":false}", OPS).text())
                .isEqualTo("{\"enabled\":false}");
        assertThat(server.operations.guarded).isFalse();
        assertThat(ask("PUT", GUARDS, "{\"enabled\":true}", OPS).status()).isEqualTo(200);
        assertThat(server.operations.guarded).isTrue();
        Wire.Answer wrong = ask("PUT", GUARDS, "{\"enabled\":\"no\"}", OPS);
        assertThat(wrong.status()).isEqualTo(400);
        assertThat(wrong.json().get("detail").textValue())
                .isEqualTo("enabled: must be true or false");
        assertThat(audited()).containsExactly("acme/ops: guards off", "acme/ops: guards on");
    }

    @Test
    void a_dependency_is_held_released_and_sent_back_to_learn() {
        for (String verb : List.of("hold", "release", "relearn")) {
            String path = "/api/ops/dependencies/model:main/" + verb;
            assertThat(ask("POST", path, null, OPS).status()).isEqualTo(204);
        }
        assertThat(server.operations.told)
                .containsExactly("hold model:main", "release model:main", "relearn model:main");
        assertThat(audited())
                .containsExactly(
                        "acme/ops: hold model:main",
                        "acme/ops: release model:main",
                        "acme/ops: relearn model:main");
    }

    @Test
    void only_operators_may_and_only_in_drills_and_only_what_is_there() {
        for (String[] line :
                new String[][] {
                    {"GET", MAIN},
                    {"DELETE", MAIN},
                    {"GET", GUARDS},
                    {"POST", "/api/ops/dependencies/model:main/hold"}
                }) {
            assertThat(ask(line[0], line[1], null).status()).isEqualTo(401);
            assertThat(ask(line[0], line[1], null, ANN).status()).isEqualTo(403);
        }
        assertThat(ask("PUT", MAIN, "{\"hang\":true}", ANN).status()).isEqualTo(403);
        assertThat(ask("PUT", GUARDS, "{\"enabled\":false}", ANN).status()).isEqualTo(403);
        for (String path : List.of("/api/ops/faults/store", "/api/ops/faults/modle:main")) {
            Wire.Answer nowhere = ask("PUT", path, "{\"hang\":true}", OPS);
            assertThat(nowhere.status()).isEqualTo(404);
            assertThat(nowhere.json().get("detail").textValue())
                    .endsWith("there are: model:a/b, model:main");
        }
        server.operations.drills = false;
        for (String path : List.of(MAIN, GUARDS)) {
            Wire.Answer off = ask("GET", path, null, OPS);
            assertThat(off.status()).isEqualTo(404);
            assertThat(off.json().get("detail").textValue()).contains("serve --drill");
        }
        assertThat(ask("PUT", MAIN, "{\"hang\":true}", OPS).status()).isEqualTo(404);
        assertThat(ask("PUT", GUARDS, "{\"enabled\":false}", OPS).status()).isEqualTo(404);
        assertThat(ask("DELETE", MAIN, null, OPS).status()).isEqualTo(404);
        assertThat(server.operations.guarded).isTrue();
        assertThat(server.operations.faults).isEmpty();
        assertThat(audited()).isEmpty();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            textBlock =
                    """
                    {}                        | must have a member; DELETE ends a fault
                    []                        | must be a JSON object
                    {"latencyFactor":0.5}     | latencyFactor: must be 1..1000
                    {"latencyFactor":"10"}    | latencyFactor: must be a number
                    {"addLatencyMs":-1}       | addLatencyMs: must be 0..600000
                    {"addLatencyMs":1.5}      | addLatencyMs: must be an integer
                    {"errorRate":1.1}         | errorRate: must be 0..1
                    {"errorRate":1,"errorStatus":200} | errorStatus: must be 400..599
                    {"errorRate":1,"errorStatus":429} | errorStatus: must not be 429; use rateLimitRate
                    {"errorStatus":503}       | errorStatus: does nothing without errorRate; give that, too
                    {"retryAfterMs":1}        | retryAfterMs: does nothing without rateLimitRate; give that, too
                    {"errorRate":0.6,"rateLimitRate":0.5} | rateLimitRate: must be at most 1 together with errorRate
                    {"hang":1}                | hang: must be true or false
                    {"cutAfterChunks":100001} | cutAfterChunks: must be 0..100000
                    {"latencyFacto":10}       | latencyFacto: unknown member; the nearest valid name is 'latencyFactor'
                    """)
    void a_wrong_fault_is_told_with_its_member_and_what_would_be_right(String body, String told) {
        Wire.Answer wrong = ask("PUT", MAIN, body, OPS);
        assertThat(wrong.status()).isEqualTo(400);
        assertThat(wrong.json().get("detail").textValue()).isEqualTo(told);
        assertThat(server.operations.faults).isEmpty();
    }
}
