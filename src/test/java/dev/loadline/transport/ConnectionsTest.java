package dev.loadline.transport;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

import java.time.Duration;
import java.util.List;

/**
 * Goal: a node holds no more connections and streams than it was told, and none that asks nothing.
 * Method: small limits, real sockets, manual time.
 */
class ConnectionsTest {
    private static final ServerPolicy SMALL =
            new ServerPolicy(
                    "127.0.0.1",
                    0,
                    List.of(),
                    1024 * 1024,
                    16 * 1024,
                    Duration.ofSeconds(30),
                    3,
                    1,
                    Duration.ofSeconds(60),
                    Duration.ofSeconds(15),
                    1024 * 1024,
                    100);

    private final TestServer server = new TestServer(SMALL, 2);

    @AfterEach
    void close() {
        server.close();
    }

    @Test
    void a_connection_too_many_is_closed_at_once() {
        try (Wire one = server.wire();
                Wire two = server.wire();
                Wire three = server.wire()) {
            for (Wire wire : List.of(one, two, three)) {
                assertThat(wire.get("/api/me").answer().status()).isEqualTo(200);
            }
            try (Wire four = server.wire()) {
                assertThat(four.closes()).isTrue();
            }
            assertThat(server.counts.connectionsRefused()).isEqualTo(1);
            assertThat(server.counts.connections()).isEqualTo(3);
        }
        TestServer.until(() -> server.counts.connections() == 0);
    }

    @Test
    void a_stream_too_many_is_refused_before_anything_is_stored() {
        try (Wire one = server.wire();
                Wire two = server.wire()) {
            assertThat(one.get("/api/turns/t1/events").head().status()).isEqualTo(200);
            String json = "{\"text\":\"hi\"}";
            two.post("/api/conversations/c1/turns", json, "Accept: text/event-stream");
            Wire.Answer refused = two.answer();
            assertThat(refused.status()).isEqualTo(503);
            assertThat(refused.json().get("code").asText()).isEqualTo("overloaded");
            assertThat(server.turns.submissions).isEmpty();
            assertThat(two.post("/api/conversations/c1/turns", json).answer().status())
                    .isEqualTo(202);
        }
    }

    @Test
    void a_connection_that_asks_nothing_is_closed_but_a_stream_stays() {
        try (Wire idle = server.wire();
                Wire trickle = server.wire();
                Wire stream = server.wire()) {
            assertThat(idle.get("/api/me").answer().status()).isEqualTo(200);
            trickle.send("GET /api/me HTTP/1.1\r\nHost: loc");
            stream.get("/api/turns/t1/events").head();
            TestServer.until(() -> server.counts.connections() == 3);
            server.time.pass(Duration.ofSeconds(61));
            assertThat(idle.closes()).isTrue();
            assertThat(trickle.closes()).isTrue();
            assertThat(server.counts.streams()).isEqualTo(1);
            assertThat(stream.event()).isPresent();
        }
    }
}
