package dev.loadline.transport;

import static org.assertj.core.api.Assertions.assertThat;

import dev.loadline.core.Principal;
import dev.loadline.core.Role;
import dev.loadline.core.Sha256;
import dev.loadline.engine.Quotas;

import org.junit.jupiter.api.Test;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Goal: without any quota one principal can't take a node's streams and sockets from the others.
 * Method: small bounds, real sockets, two keys.
 */
class SharesTest {
    private static final String ANN = "Authorization: Bearer ann-key";
    private static final String BOB = "Authorization: Bearer bob-key";

    static Caller user(String name) {
        return new Caller(new Principal("acme", name), Set.of(Role.USER));
    }

    static Authenticator keys(String... names) {
        Map<String, Caller> callers = new java.util.HashMap<>();
        for (String name : names) callers.put(Sha256.hex(name + "-key"), user(name));
        return Authenticator.ofKeys(callers);
    }

    private static ServerPolicy policy(int connections, int streams) {
        return new ServerPolicy(
                "127.0.0.1",
                0,
                List.of(),
                1024 * 1024,
                16 * 1024,
                Duration.ofSeconds(30),
                connections,
                streams,
                Duration.ofSeconds(60),
                Duration.ofSeconds(15),
                64 * 1024,
                100);
    }

    private static Wire.Answer follow(Wire wire, String turn, String key) {
        return wire.get("/api/turns/" + turn + "/events", key).head();
    }

    @Test
    void half_of_the_streams_is_one_principals_and_half_is_left() {
        try (var server = new TestServer(policy(100, 4), 1, keys("ann", "bob"), Quotas.none());
                Wire one = server.wire();
                Wire three = server.wire();
                Wire four = server.wire();
                SocketWire socket = SocketWire.open(server.port, ANN)) {
            socket.next("hello");
            socket.send("type", "attach", "ref", "a", "turn", "t1").next("ok");
            assertThat(follow(one, "t1", ANN).status()).isEqualTo(200);
            Wire.Answer refused = three.get("/api/turns/t1/events", ANN).answer();
            assertThat(refused.status()).isEqualTo(429);
            assertThat(refused.json().get("code").asText()).isEqualTo("quota_exceeded");
            assertThat(refused.header("retry-after")).isNotEmpty();
            socket.send("type", "attach", "ref", "b", "turn", "t2");
            assertThat(socket.next("error").at("/problem/code").asText())
                    .isEqualTo("quota_exceeded");
            assertThat(follow(three, "t1", BOB).status()).isEqualTo(200);
            assertThat(follow(four, "t1", BOB).status()).isEqualTo(200);
            socket.send("type", "detach", "ref", "c", "turn", "t1").next("ok");
            socket.send("type", "attach", "ref", "d", "turn", "t2").next("ok");
        }
    }

    @Test
    void half_of_the_connections_can_be_sockets_of_one_principal() {
        List<SocketWire> anns = new ArrayList<>();
        try (var server = new TestServer(policy(6, 100), 2, keys("ann", "bob"), Quotas.none())) {
            for (int i = 0; i < 3; i++) {
                anns.add(SocketWire.open(server.port, ANN));
                anns.getLast().next("hello");
            }
            try (SocketWire four = SocketWire.open(server.port, ANN)) {
                assertThat(four.closed().code()).isEqualTo(4429);
            }
            try (SocketWire bobs = SocketWire.open(server.port, BOB)) {
                bobs.next("hello");
            }
            anns.removeFirst().vanish();
            TestServer.until(() -> server.metrics.sockets().open() <= 2);
            anns.add(SocketWire.open(server.port, ANN));
            anns.getLast().next("hello");
        } finally {
            anns.forEach(SocketWire::close);
        }
    }

    @Test
    void who_is_alone_may_have_it_all() {
        try (var server = new TestServer(policy(100, 2), 1, keys("ann"), Quotas.none());
                Wire one = server.wire();
                Wire two = server.wire();
                Wire three = server.wire()) {
            assertThat(follow(one, "t1", ANN).status()).isEqualTo(200);
            assertThat(follow(two, "t1", ANN).status()).isEqualTo(200);
            Wire.Answer refused = three.get("/api/turns/t1/events", ANN).answer();
            assertThat(refused.status()).isEqualTo(503);
            assertThat(refused.json().get("code").asText()).isEqualTo("overloaded");
        }
    }
}
