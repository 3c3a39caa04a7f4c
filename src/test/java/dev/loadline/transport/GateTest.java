package dev.loadline.transport;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.util.List;

/**
 * Goal: no page but an allowed one acts through the user's browser. Method: the table of hosts and
 * origins over real sockets.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class GateTest {
    private TestServer server;

    @BeforeAll
    void start() {
        ServerPolicy plain = ServerPolicy.DEFAULT;
        server =
                new TestServer(
                        new ServerPolicy(
                                plain.host(),
                                plain.port(),
                                List.of("https://app.example"),
                                plain.bodyMax(),
                                plain.headerMax(),
                                plain.bodyTime(),
                                plain.connectionsMax(),
                                plain.streamsMax(),
                                plain.idle(),
                                plain.heartbeat()),
                        2);
    }

    @AfterAll
    void close() {
        server.close();
    }

    @ParameterizedTest
    @CsvSource({
        "localhost, 200",
        "LocalHost:8080, 200",
        "app.localhost:1, 200",
        "127.0.0.1, 200",
        "127.1.2.3:80, 200",
        "[::1], 200",
        "[::1]:8080, 200",
        "evil.example, 403",
        "localhost.evil.example, 403",
        "evillocalhost, 403",
        "127.0.0.1.evil.example, 403",
        "192.168.0.1, 403",
        "128.0.0.1, 403",
        "[::2]:8080, 403",
        "0.0.0.0, 403",
        "'', 403",
    })
    void only_loopback_names_are_served(String host, int status) {
        try (Wire wire = server.wire()) {
            assertThat(wire.get("/api/me", "Host: " + host).answer().status()).isEqualTo(status);
            assertThat(wire.get("/health/live", "Host: " + host).answer().status()).isEqualTo(200);
        }
    }

    @ParameterizedTest
    @CsvSource({
        "http://localhost:7, 200, false",
        "https://app.example, 200, true",
        "https://localhost:7, 403, false",
        "http://localhost, 403, false",
        "http://localhost:8, 403, false",
        "http://127.0.0.1:7, 403, false",
        "https://app.example.evil, 403, false",
        "http://app.example, 403, false",
        "https://evil.example, 403, false",
        "null, 403, false",
        "'', 403, false",
    })
    void only_own_and_allowed_origins_are_served(String origin, int status, boolean cors) {
        try (Wire wire = server.wire()) {
            for (String path : List.of("/api/me", "/metrics", "/client/loadline.d.ts")) {
                Wire.Answer answer =
                        wire.get(path, "Host: localhost:7", "Origin: " + origin).answer();
                assertThat(answer.status()).isEqualTo(status);
                assertThat(answer.headers().containsKey("access-control-allow-origin"))
                        .isEqualTo(cors);
                if (status == 403) {
                    assertThat(answer.json().get("code").asText()).isEqualTo("forbidden");
                }
            }
            Wire.Answer health =
                    wire.get("/health/ready", "Host: localhost:7", "Origin: " + origin).answer();
            assertThat(health.status()).isEqualTo(200);
        }
    }

    @Test
    void an_allowed_origin_is_told_what_it_may_do_and_read() {
        try (Wire wire = server.wire()) {
            wire.request(
                    "OPTIONS",
                    "/api/conversations",
                    null,
                    "Origin: https://app.example",
                    "Access-Control-Request-Method: POST");
            Wire.Answer preflight = wire.answer();
            assertThat(preflight.status()).isEqualTo(204);
            assertThat(preflight.headers())
                    .containsEntry("access-control-allow-origin", "https://app.example")
                    .containsEntry("access-control-allow-methods", "GET, POST")
                    .containsEntry("vary", "origin");
            assertThat(preflight.header("access-control-allow-headers"))
                    .contains("Idempotency-Key", "Last-Event-ID", "Content-Type");
            wire.get("/api/nothing", "Origin: https://app.example");
            Wire.Answer problem = wire.answer();
            assertThat(problem.status()).isEqualTo(404);
            assertThat(problem.header("access-control-expose-headers"))
                    .isEqualTo("Loadline-Turn, Loadline-Duplicate, Retry-After");
            wire.request("OPTIONS", "/api/me", null, "Origin: https://evil.example");
            assertThat(wire.answer().status()).isEqualTo(403);
        }
    }

    @Test
    void one_host_there_must_be() {
        try (Wire wire = server.wire()) {
            wire.send("GET /api/me HTTP/1.1\r\n\r\n");
            assertThat(wire.answer().status()).isEqualTo(400);
            wire.send("GET /api/me HTTP/1.1\r\nHost: localhost\r\nHost: localhost\r\n\r\n");
            assertThat(wire.answer().status()).isEqualTo(400);
            wire.send("GET /health/live HTTP/1.1\r\nHost: localhost\r\n\r\n");
            assertThat(wire.answer().status()).isEqualTo(200);
        }
    }
}
