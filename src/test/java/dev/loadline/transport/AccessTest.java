package dev.loadline.transport;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;

import dev.loadline.core.Clock;
import dev.loadline.core.Principal;
import dev.loadline.core.Quota;
import dev.loadline.core.Role;
import dev.loadline.core.Sha256;
import dev.loadline.engine.Attachment;
import dev.loadline.engine.Quotas;
import dev.loadline.engine.UsedBefore;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Goal: who has no key gets nothing, who has one gets what its roles and its quota allow. Method:
 * real sockets before doors with two keys.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class AccessTest {
    private static final String ANN = "Authorization: Bearer ann-key";
    private static final String OPS = "Authorization: Bearer ops-key";
    private static final Quota ANNS = new Quota(7, 2, 1000L);

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
        server = new TestServer(GateTest.policy(), 1, keys, AccessTest::quotas);
    }

    private static Quotas quotas(Clock clock) {
        return UsedBefore.quotas(12, who -> who.user().equals("ann") ? ANNS : Quota.NONE, clock);
    }

    @BeforeEach
    void asUsual() {
        server.turns.submissions.clear();
    }

    @AfterAll
    void close() {
        server.close();
    }

    private Wire.Answer get(String path, String... headers) {
        try (Wire wire = server.wire()) {
            return wire.get(path, headers).answer();
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "X: no header at all",
                "Authorization: ann-key",
                "Authorization: Basic ann-key",
                "Authorization: Bearer wrong-key",
                "Authorization: Bearer",
                "Authorization: Bearer ann-key\r\nAuthorization: Bearer ann-key",
            })
    void without_a_key_there_is_nothing(String header) {
        Wire.Answer answer = get("/api/me", header);
        assertThat(answer.status()).isEqualTo(401);
        assertThat(answer.header("www-authenticate")).isEqualTo("Bearer");
        assertThat(answer.json().get("code").textValue()).isEqualTo("unauthenticated");
        assertThat(answer.json().get("retryable").booleanValue()).isFalse();
        assertThat(answer.text()).doesNotContain("-key");
    }

    @Test
    void me_is_told_with_its_limits_and_what_is_used_of_them() {
        Wire.Answer ann = get("/api/me", "authorization: bEARER ann-key");
        assertThat(ann.text())
                .isEqualTo(
                        "{\"principal\":\"acme/ann\",\"roles\":[\"user\"],"
                                + "\"quotas\":{\"turnsPerMinute\":7,\"streams\":2,\"tokensPerDay\":1000},"
                                + "\"used\":{\"turnsPerMinute\":0,\"streams\":0,\"tokensPerDay\":12}}");
        JsonNode ops = get("/api/me", OPS).json();
        assertThat(ops.get("roles").toString()).isEqualTo("[\"user\",\"operator\"]");
        assertThat(ops.get("quotas")).isEmpty();
        assertThat(ops.get("used")).isEmpty();
    }

    @Test
    void readings_are_for_operators() {
        Wire.Answer user = get("/api/ops/load", ANN);
        assertThat(user.status()).isEqualTo(403);
        assertThat(user.json().get("code").textValue()).isEqualTo("forbidden");
        assertThat(get("/api/ops/nothing", ANN).status()).isEqualTo(403);
        assertThat(get("/api/ops/stream", ANN).status()).isEqualTo(403);
        assertThat(get("/api/ops/load", OPS).status()).isEqualTo(200);
    }

    @Test
    void metrics_are_open_to_this_machine_and_to_operators_from_elsewhere() {
        assertThat(get("/metrics").status()).isEqualTo(200);
        for (String elsewhere :
                List.of("X-Forwarded-For: 10.1.2.3", "Forwarded: for=x", "Host: evil.example")) {
            assertThat(get("/metrics", elsewhere).status()).isEqualTo(401);
            assertThat(get("/metrics", elsewhere, ANN).status()).isEqualTo(403);
            assertThat(get("/metrics", elsewhere, OPS).status()).isEqualTo(200);
        }
    }

    @Test
    void a_page_of_an_allowed_origin_can_read_why_it_is_refused_and_ask_beforehand() {
        String origin = "Origin: https://app.example";
        Wire.Answer answer = get("/api/me", origin);
        assertThat(answer.status()).isEqualTo(401);
        assertThat(answer.header("access-control-allow-origin")).isEqualTo("https://app.example");
        try (Wire wire = server.wire()) {
            String ask = "Access-Control-Request-Method: GET";
            Wire.Answer preflight = wire.request("OPTIONS", "/api/me", null, origin, ask).answer();
            assertThat(preflight.status()).isEqualTo(204);
            assertThat(preflight.header("access-control-allow-methods")).isEqualTo("GET");
            Wire.Answer foreign =
                    wire.request("OPTIONS", "/api/me", null, "Origin: https://evil.example", ask)
                            .answer();
            assertThat(foreign.status()).isEqualTo(204);
            assertThat(foreign.headers().keySet())
                    .noneMatch(name -> name.startsWith("access-control"));
        }
    }

    @Test
    void a_foreign_page_with_a_key_is_served_and_its_browser_told_nothing() {
        for (String origin : List.of("https://evil.example", "null")) {
            Wire.Answer answer = get("/api/me", ANN, "Origin: " + origin, "Host: public.example");
            assertThat(answer.status()).isEqualTo(200);
            assertThat(answer.headers()).doesNotContainKey("access-control-allow-origin");
            assertThat(answer.header("vary")).isEqualTo("origin");
        }
    }

    @Test
    void streams_beyond_the_limit_are_refused_and_count_no_longer_than_they_are_open() {
        server.turns.attachments.put("over", new Attachment.Over());
        for (int i = 0; i < 3; i++)
            assertThat(get("/api/turns/over/events", ANN).status()).isEqualTo(204);
        List<Wire> open = new ArrayList<>();
        for (int i = 0; i < 2; i++) {
            Wire wire = server.wire().get("/api/turns/q1/events", ANN);
            assertThat(wire.head().status()).isEqualTo(200);
            open.add(wire);
        }
        Wire.Answer refused = get("/api/turns/q1/events", ANN);
        assertThat(refused.status()).isEqualTo(429);
        assertThat(refused.json().get("code").textValue()).isEqualTo("quota_exceeded");
        assertThat(refused.json().get("detail").textValue()).contains("streams is 2");
        assertThat(refused.json().get("retryAfterMs").longValue()).isEqualTo(1000);
        assertThat(Integer.parseInt(refused.header("retry-after"))).isBetween(1, 4);
        try (Wire wire = server.wire()) {
            wire.post(
                    "/api/conversations/c1/turns",
                    "{\"text\":\"hi\"}",
                    ANN,
                    "Accept: text/event-stream");
            assertThat(wire.answer().status()).isEqualTo(429);
        }
        assertThat(server.turns.submissions).as("not submitted").isEmpty();
        JsonNode used = get("/api/me", ANN).json().get("used");
        assertThat(used.get("streams").intValue()).isEqualTo(2);
        try (Wire other = server.wire().get("/api/turns/q1/events", OPS)) {
            assertThat(other.head().status()).isEqualTo(200);
        }
        open.forEach(Wire::vanish);
        TestServer.until(
                () -> get("/api/me", ANN).json().get("used").get("streams").intValue() == 0);
        TestServer.until(() -> server.counts.streams() == 0);
    }
}
