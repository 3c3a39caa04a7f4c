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
        server = new TestServer(policy(), 2);
    }

    /** With an origin that may use the server. */
    static ServerPolicy policy() {
        ServerPolicy plain = ServerPolicy.DEFAULT;
        return new ServerPolicy(
                plain.host(),
                plain.port(),
                List.of("https://app.example", "http://[::1]:3000"),
                plain.bodyMax(),
                plain.headerMax(),
                plain.bodyTime(),
                plain.connectionsMax(),
                plain.streamsMax(),
                plain.idle(),
                plain.heartbeat(),
                plain.frameMax(),
                plain.streamsPerSocket());
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
        "HTTP://LocalHost:7, 200, false",
        "https://APP.example, 200, true",
        "https://app.example:443, 200, true",
        "http://[::1]:3000, 200, true",
        "http://[::1], 403, false",
        "https://app.example:8443, 403, false",
        "https://app.example:80, 403, false",
        "https://app.example., 403, false",
        "https://app.example/, 403, false",
        "app.example, 403, false",
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
                assertThat(answer.headers().get("access-control-allow-origin"))
                        .isEqualTo(cors ? origin : null);
                assertThat(answer.header("vary")).isEqualTo("origin");
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
                    .contains("authorization", "idempotency-key", "last-event-id", "content-type");
            assertThat(preflight.header("access-control-max-age")).isEqualTo("600");
            wire.get("/api/nothing", "Origin: https://app.example");
            Wire.Answer problem = wire.answer();
            assertThat(problem.status()).isEqualTo(404);
            assertThat(problem.header("access-control-expose-headers"))
                    .contains("Loadline-Turn", "Loadline-Duplicate", "Retry-After");
            wire.request("OPTIONS", "/api/me", null, "Origin: https://evil.example");
            assertThat(wire.answer().status()).isEqualTo(403);
        }
    }

    @Test
    void the_headers_that_a_page_wants_to_send_are_allowed_if_they_are_names() {
        String clients = "authorization,content-type, x-stainless-lang ,X-Stainless-Retry-Count";
        assertThat(allowedHeaders(clients)).isEqualTo(clients);
        String usual = allowedHeaders("");
        assertThat(usual).contains("authorization", "x-loadline-conversation");
        for (String wrong :
                List.of(
                        "a b",
                        "a,,b",
                        "a;q=1",
                        "a\u00e9",
                        "<script>",
                        "x".repeat(65),
                        "x, ".repeat(64) + "x"))
            assertThat(allowedHeaders(wrong)).as(wrong).isEqualTo(usual);
        assertThat(allowedHeaders("x, ".repeat(63) + "x")).startsWith("x, x");
    }

    private String allowedHeaders(String asked) {
        try (Wire wire = server.wire()) {
            wire.request(
                    "OPTIONS",
                    "/api/me",
                    null,
                    "Origin: https://app.example",
                    "Access-Control-Request-Method: GET",
                    "Access-Control-Request-Headers: " + asked);
            return wire.answer().header("access-control-allow-headers");
        }
    }

    @Test
    void a_name_that_was_bent_to_this_machine_is_nobodys_own() {
        for (String host : List.of("evil.example:8080", "EVIL.example", "[::2]", "10.0.0.1"))
            try (Wire wire = server.wire()) {
                wire.get("/api/me", "Host: " + host, "Origin: http://" + host);
                assertThat(wire.answer().status()).isEqualTo(403);
                wire.request(
                        "OPTIONS",
                        "/api/me",
                        null,
                        "Host: " + host,
                        "Origin: http://" + host,
                        "Access-Control-Request-Method: GET");
                Wire.Answer preflight = wire.answer();
                assertThat(preflight.status()).isEqualTo(403);
                assertThat(preflight.headers()).doesNotContainKey("access-control-allow-origin");
            }
    }

    @ParameterizedTest
    @CsvSource({
        "localhost, http://localhost:80",
        "localhost:80, http://localhost",
        "LOCALHOST:7, http://localhost:7",
        "[::1]:7, http://[::1]:7",
    })
    void the_servers_own_pages_are_known_by_their_host(String host, String origin) {
        try (Wire wire = server.wire()) {
            wire.get("/api/me", "Host: " + host, "Origin: " + origin);
            assertThat(wire.answer().status()).isEqualTo(200);
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
