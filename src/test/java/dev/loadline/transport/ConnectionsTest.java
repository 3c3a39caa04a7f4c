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

    private static double count(TestServer server, String name, String reason) {
        return server.registry.get(name).tag("reason", reason).counter().count();
    }

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
            assertThat(count(server, "loadline.connections.refused", "node")).isEqualTo(1);
            assertThat(server.counts.connections()).isEqualTo(3);
        }
        TestServer.until(() -> server.counts.connections() == 0);
    }

    @Test
    void sockets_and_streams_are_connections_until_they_are_closed() {
        try (SocketWire socket = SocketWire.open(server.port);
                Wire stream = server.wire();
                Wire plain = server.wire()) {
            socket.next("hello");
            stream.get("/api/turns/t1/events").head();
            assertThat(plain.get("/api/me").answer().status()).isEqualTo(200);
            try (Wire four = server.wire()) {
                assertThat(four.closes()).isTrue();
            }
            socket.vanish();
            TestServer.until(() -> server.counts.connections() == 2);
            try (Wire next = server.wire()) {
                assertThat(next.get("/api/me").answer().status()).isEqualTo(200);
            }
        }
        TestServer.until(() -> server.counts.connections() == 0);
    }

    @Test
    void one_address_gets_no_more_than_its_bound() {
        ServerPolicy policy = ServerPolicy.DEFAULT.withConnections(100, 2, Duration.ofSeconds(10));
        try (var bounded = new TestServer(policy, 2);
                Wire two = bounded.wire()) {
            Wire one = bounded.wire();
            for (Wire wire : List.of(one, two))
                assertThat(wire.get("/api/me").answer().status()).isEqualTo(200);
            try (Wire three = bounded.wire()) {
                assertThat(three.closes()).isTrue();
            }
            assertThat(count(bounded, "loadline.connections.refused", "address")).isEqualTo(1);
            one.close();
            TestServer.until(() -> bounded.counts.connections() == 1);
            try (Wire next = bounded.wire()) {
                assertThat(next.get("/api/me").answer().status()).isEqualTo(200);
            }
        }
    }

    @Test
    void headers_that_come_drop_by_drop_are_cut_ten_seconds_after_their_first() {
        try (Wire first = server.wire();
                Wire second = server.wire();
                Wire ahead = server.wire()) {
            assertThat(second.get("/api/me").answer().status()).isEqualTo(200);
            TestServer.until(() -> server.counts.connections() == 3);
            server.time.pass(Duration.ofSeconds(3)); // neither was asked anything yet
            String head = "GET /api/me HTTP/1.1\r\nHost: localhost\r\nX-Long: ";
            for (Wire wire : List.of(first, second)) wire.send(head);
            for (int drops = 0; drops < 11; drops++) {
                for (Wire wire : List.of(first, second)) wire.sendOrLose(new byte[] {'x'});
                assertThat(answers(ahead)).as("others are served").isTrue();
                server.time.pass(Duration.ofSeconds(1));
            }
            assertThat(first.closes()).isTrue();
            assertThat(second.closes()).isTrue();
            assertThat(answers(ahead)).isTrue();
            assertThat(count(server, "loadline.connections.closed", "header")).isEqualTo(2);
        }
    }

    private static boolean answers(Wire wire) {
        return wire.get("/api/me").answer().status() == 200;
    }

    @Test
    void where_there_is_little_room_who_asks_nothing_makes_it_soon() {
        try (Wire idle = server.wire();
                SocketWire socket = SocketWire.open(server.port);
                Wire stream = server.wire()) {
            assertThat(answers(idle)).isTrue();
            stream.get("/api/turns/t1/events").head();
            TestServer.until(() -> server.counts.connections() == 3);
            server.time.pass(Duration.ofSeconds(6));
            assertThat(idle.closes()).isTrue();
            TestServer.until(() -> server.counts.connections() == 2);
            assertThat(count(server, "loadline.connections.closed", "crowded")).isEqualTo(1);
            assertThat(socket.shaken().status()).isEqualTo(101);
            assertThat(server.metrics.sockets().open()).isEqualTo(1);
            assertThat(server.counts.streams()).isEqualTo(1);
        }
    }

    @Test
    void a_body_that_comes_drop_by_drop_is_refused_in_time_and_its_connection_ends() {
        try (Wire wire = server.wire()) {
            wire.send(
                    "POST /api/conversations/c1/turns HTTP/1.1\r\nHost: localhost\r\n"
                            + "Content-Type: application/json\r\nContent-Length: 1000\r\n\r\n{");
            TestServer.until(() -> server.counts.connections() == 1);
            for (int drops = 0; drops < 31; drops++) {
                wire.send(" ");
                server.time.pass(Duration.ofSeconds(1));
            }
            assertThat(wire.answer().status()).isEqualTo(400);
            server.time.pass(Duration.ofSeconds(2));
            assertThat(wire.closes()).isTrue();
            assertThat(server.turns.submissions).isEmpty();
        }
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
