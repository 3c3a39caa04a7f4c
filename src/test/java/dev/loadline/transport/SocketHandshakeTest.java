package dev.loadline.transport;

import static org.assertj.core.api.Assertions.assertThat;

import dev.loadline.core.Principal;
import dev.loadline.core.Role;
import dev.loadline.core.Sha256;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Goal: a socket is opened for whom we know and for no foreign page, and each is only told of its
 * own. Method: real handshakes, manual time.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class SocketHandshakeTest {
    private static final int FRAME_MAX = 64 * 1024;
    private static final String KEY = "Authorization: Bearer ann-key";

    private static final ServerPolicy POLICY =
            new ServerPolicy(
                    "127.0.0.1",
                    0,
                    List.of("https://app.example"),
                    1024 * 1024,
                    16 * 1024,
                    Duration.ofSeconds(30),
                    1000,
                    1000,
                    Duration.ofSeconds(60),
                    Duration.ofSeconds(15),
                    FRAME_MAX,
                    100);

    private final StreamQuota quota = new StreamQuota(20);
    private final TestServer server =
            new TestServer(
                    POLICY,
                    1,
                    Authenticator.ofKeys(
                            Map.of(
                                    Sha256.hex("ann-key"),
                                    user("ann"),
                                    Sha256.hex("bob-key"),
                                    user("bob"))),
                    quota);

    private static Caller user(String name) {
        return new Caller(new Principal("acme", name), Set.of(Role.USER));
    }

    @AfterAll
    void close() {
        server.close();
    }

    @AfterEach
    void nothing_is_left() {
        server.draining = false;
        TestServer.until(
                () ->
                        server.counts.streams() == 0
                                && server.counts.connections() == 0
                                && server.counts.stalled() == 0
                                && server.metrics.sockets().open() == 0
                                && server.turns.watchers() == 0
                                && quota.open() == 0);
    }

    /** A socket past its hello. */
    private SocketWire open() {
        SocketWire wire = SocketWire.open(server.port, KEY);
        wire.next("hello");
        return wire;
    }

    private static byte[] bytes(int length) {
        return "x".repeat(length).getBytes(StandardCharsets.UTF_8);
    }

    // --- who is there

    @Test
    void a_header_a_subprotocol_or_a_first_frame_says_who_is_there() {
        try (SocketWire header = SocketWire.open(server.port, KEY);
                SocketWire protocol =
                        SocketWire.open(
                                server.port,
                                "Sec-WebSocket-Protocol: bearer.bob-key, loadline.v1");
                SocketWire frame = SocketWire.open(server.port)) {
            assertThat(header.next("hello").get("principal").asText()).isEqualTo("acme/ann");
            assertThat(protocol.next("hello").get("principal").asText()).isEqualTo("acme/bob");
            assertThat(protocol.shaken().headers())
                    .as("the token is not echoed")
                    .containsEntry("sec-websocket-protocol", "loadline.v1");
            frame.send("type", "auth", "token", "ann-key");
            assertThat(frame.next("hello").get("principal").asText()).isEqualTo("acme/ann");
            frame.send("type", "auth", "token", "ann-key").send("type", "ping", "at", 1);
            frame.next("pong");
            frame.send("type", "auth", "token", "bob-key");
            assertThat(frame.closed().code()).isEqualTo(4401);
            assertThat(quota.open()).isEqualTo(2);
        }
    }

    @Test
    void whom_we_do_not_know_is_told_so_by_a_code_that_pages_can_read() {
        int asked = server.turns.calls.size();
        List<SocketWire> all = new ArrayList<>();
        all.add(SocketWire.open(server.port, "Authorization: Bearer nobody"));
        all.add(SocketWire.open(server.port, "Sec-WebSocket-Protocol: loadline.v1, bearer.nobody"));
        all.add(SocketWire.open(server.port).send("type", "auth", "token", "nobody"));
        all.add(SocketWire.open(server.port).send("type", "auth"));
        all.add(SocketWire.open(server.port).send("type", "ping", "at", 1));
        all.add(SocketWire.open(server.port).text("garbage"));
        all.add(SocketWire.open(server.port).frame(SocketWire.BINARY, true, bytes(3)));
        for (SocketWire each : all) {
            try (each) {
                assertThat(each.shaken().status()).isEqualTo(101);
                assertThat(each.closed().code()).isEqualTo(4401);
            }
        }
        assertThat(server.turns.calls).as("nothing is asked for them").hasSize(asked);
    }

    @Test
    void who_says_nothing_for_five_seconds_is_let_go() {
        try (SocketWire silent = SocketWire.open(server.port)) {
            TestServer.until(() -> server.metrics.sockets().open() == 1);
            server.time.pass(Duration.ofSeconds(4));
            assertThat(server.metrics.sockets().open()).isEqualTo(1);
            server.time.pass(Duration.ofSeconds(2));
            assertThat(silent.closed().code()).isEqualTo(4401);
        }
    }

    @Test
    void one_socket_too_many_of_a_principal_is_closed_and_others_are_not() {
        List<SocketWire> all = new ArrayList<>();
        for (int i = 0; i < 20; i++) all.add(open());
        try (SocketWire more = SocketWire.open(server.port, KEY);
                SocketWire bob = SocketWire.open(server.port, "Authorization: Bearer bob-key")) {
            assertThat(more.closed().code()).isEqualTo(4429);
            bob.next("hello");
        }
        all.forEach(SocketWire::close);
    }

    @Test
    void another_principals_turn_is_as_unknown_as_one_that_is_not_there() {
        server.turns.owners.put("t9", "acme/bob");
        try (SocketWire wire = open()) {
            for (String type : List.of("attach", "cancel")) {
                for (String turn : List.of("t9", "gone")) {
                    wire.send("type", type, "ref", "r", "turn", turn);
                    assertThat(wire.next("error").at("/problem/code").asText())
                            .isEqualTo("not_found");
                }
            }
            wire.send("type", "felt", "turn", "t9", "firstTokenMs", 1);
            assertThat(wire.next("error").at("/problem/code").asText()).isEqualTo("not_found");
        }
    }

    // --- the handshake

    @Test
    void a_foreign_page_and_a_foreign_name_get_no_socket() {
        for (String origin : List.of("https://evil.example", "null", "https://localhost"))
            assertThat(refused(KEY, "Origin: " + origin).status()).as(origin).isEqualTo(403);
        for (String origin : List.of("https://app.example", "http://localhost:" + server.port)) {
            try (SocketWire wire = SocketWire.open(server.port, KEY, "Origin: " + origin)) {
                wire.next("hello");
            }
        }
        try (TestServer open = new TestServer();
                SocketWire rebound = SocketWire.open(open.port, "Host: evil.example")) {
            assertThat(rebound.shaken().status()).as("DNS rebinding").isEqualTo(403);
        }
    }

    private SocketWire.Shaken refused(String... headers) {
        try (SocketWire wire = SocketWire.open(server.port, headers)) {
            return wire.shaken();
        }
    }

    @Test
    void without_our_subprotocol_a_socket_is_accepted_without_one() {
        for (List<String> headers :
                List.of(List.of(KEY), List.of(KEY, "Sec-WebSocket-Protocol: graphql-ws"))) {
            try (SocketWire wire = SocketWire.shake(server.port, 0, headers)) {
                assertThat(wire.shaken().status()).isEqualTo(101);
                assertThat(wire.shaken().headers()).doesNotContainKey("sec-websocket-protocol");
                wire.next("hello");
            }
        }
    }

    @Test
    void what_is_no_handshake_is_refused_and_so_is_one_elsewhere_or_while_draining() {
        assertThat(refused("Connection: keep-alive").status()).isEqualTo(426);
        SocketWire.Shaken old = refused("Sec-WebSocket-Version: 8");
        assertThat(old.status()).isEqualTo(426);
        assertThat(old.headers()).containsEntry("sec-websocket-version", "13");
        assertThat(refused("Sec-WebSocket-Key: ").status()).isEqualTo(400);
        try (Wire wire = server.wire()) {
            assertThat(wire.get("/api/ws").answer().status()).isEqualTo(426);
            wire.get("/api/wss", KEY, "Upgrade: websocket", "Connection: Upgrade");
            assertThat(wire.answer().status()).isEqualTo(404);
        }
        try (Wire wire = server.wire()) {
            assertThat(wire.post("/api/ws", "{}").answer().status()).isEqualTo(405);
        }
        server.draining = true;
        SocketWire.Shaken draining = refused(KEY);
        assertThat(draining.status()).isEqualTo(503);
        assertThat(draining.headers()).containsKey("retry-after");
        assertThat(draining.body()).contains("draining");
    }
}
