package dev.loadline.transport;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;

import dev.loadline.core.Principal;
import dev.loadline.core.Role;
import dev.loadline.core.Sha256;
import dev.loadline.mailbox.HeavyWork;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Goal: whatever a client sends or leaves out, it is told so by the right code, nobody else is hit,
 * and nothing of it is left. Method: a client that writes the very bytes, manual time.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class SocketFaultsTest {
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

    private double closes(int code) {
        return server.registry
                .get("loadline.socket.closes")
                .tag("code", code + "")
                .counter()
                .count();
    }

    @Test
    void what_is_no_frame_of_ours_ends_the_socket() {
        double before = closes(4400);
        List<SocketWire> all = new ArrayList<>();
        for (String text :
                List.of("garbage", "", "[]", "7", "{\"type\":", "{} {}", "{\"a\":1,\"a\":2}"))
            all.add(open().text(text));
        all.add(open().frame(SocketWire.TEXT, true, new byte[] {'{', (byte) 0xFF, '}'}));
        all.add(open().frame(SocketWire.BINARY, true, bytes(3)));
        all.add(open().frame(3, true, bytes(3))); // an opcode that nobody has defined
        var unmasked = new ByteArrayOutputStream();
        SocketWire.head(unmasked, SocketWire.TEXT, true, 2, false);
        unmasked.writeBytes("{}".getBytes(StandardCharsets.UTF_8));
        all.add(open().raw(unmasked.toByteArray()));
        for (SocketWire each : all) {
            try (each) {
                assertThat(each.closed().code()).isEqualTo(4400);
            }
        }
        TestServer.until(() -> closes(4400) - before == all.size());
    }

    @Test
    void a_frame_over_the_limit_ends_the_socket_and_one_at_the_limit_does_not() {
        try (SocketWire fits = open()) {
            String head = "{\"type\":\"ping\",\"at\":1,\"x\":\"";
            fits.text(head + "x".repeat(FRAME_MAX - head.length() - 2) + "\"}");
            assertThat(fits.next("error").at("/problem/errors/0/path").asText()).isEqualTo("x");
        }
        List<SocketWire> all = new ArrayList<>();
        all.add(open().frame(SocketWire.TEXT, true, bytes(FRAME_MAX + 1)));
        SocketWire parts = open().frame(SocketWire.TEXT, false, bytes(FRAME_MAX / 2));
        all.add(parts.frame(SocketWire.CONTINUATION, false, bytes(FRAME_MAX / 2 + 1)));
        var head = new ByteArrayOutputStream();
        SocketWire.head(head, SocketWire.TEXT, true, 1L << 40, true);
        all.add(open().raw(head.toByteArray())); // what it announces never comes
        for (SocketWire each : all) {
            try (each) {
                assertThat(each.closed().code()).isEqualTo(4413);
            }
        }
    }

    @Test
    void the_hundred_and_first_stream_is_an_error_and_the_others_go_on() {
        try (SocketWire wire = open()) {
            for (int i = 0; i <= 100; i++)
                wire.send("type", "attach", "ref", "r" + i, "turn", "s" + i);
            for (int i = 0; i < 100; i++) wire.next("ok");
            JsonNode refused = wire.next("error");
            assertThat(refused.get("ref").asText()).isEqualTo("r100");
            assertThat(refused.at("/problem/code").asText()).isEqualTo("overloaded");
            assertThat(refused.at("/problem/retryAfterMs").asLong())
                    .as("a frame has no header that says when to come back")
                    .isBetween(1000L, 4000L);
            wire.send("type", "submit", "ref", "s", "conversation", "c1", "text", "hi");
            wire.next("error");
            assertThat(server.turns.submissions).as("nothing is stored").isEmpty();
            wire.send("type", "attach", "ref", "again", "turn", "s7");
            wire.next("ok");
            wire.send("type", "detach", "ref", "d", "turn", "s7");
            wire.next("ok");
            wire.send("type", "attach", "ref", "more", "turn", "s100");
            wire.next("ok");
            server.turns.write("s100", feed -> feed.text("here"));
            assertThat(wire.next("text.delta").get("turn").asText()).isEqualTo("s100");
        }
    }

    // --- who is not there any more, or does not read

    /** Large ones are read elsewhere; so many, that a mistake would show. */
    @Test
    void frames_are_answered_in_order_however_large_they_are() {
        String much = "x".repeat(HeavyWork.SMALL);
        try (SocketWire wire = open()) {
            for (int i = 0; i < 20; i++) {
                wire.send("type", "unwatch", "ref", "r" + i, "conversation", "c", much, 1);
                wire.send("type", "ping", "at", i);
            }
            for (int i = 0; i < 20; i++) {
                assertThat(wire.next("error").get("ref").asText()).isEqualTo("r" + i);
                assertThat(wire.next("pong").get("at").asInt()).isEqualTo(i);
            }
        }
    }

    @Test
    void who_answers_no_ping_is_let_go_after_two_and_any_frame_is_an_answer() {
        try (SocketWire mute = open().mute();
                SocketWire pongs = open();
                SocketWire talks = open().mute()) {
            for (int i = 0; i < 5; i++) {
                server.time.pass(Duration.ofSeconds(10));
                pongs.frame(SocketWire.PONG, true, new byte[0]);
                talks.send("type", "pong", "at", 1)
                        .send("type", "detach", "ref", "d", "turn", "t1");
                talks.next("ok");
            }
            assertThat(server.metrics.sockets().open())
                    .as("two are due, not yet missed")
                    .isEqualTo(3);
            server.time.pass(Duration.ofSeconds(12));
            assertThat(mute.next("ping").get("at").isNumber()).isTrue();
            assertThat(mute.closed().code()).isEqualTo(4408);
            talks.send("type", "ping", "at", 1);
            talks.next("pong");
            pongs.send("type", "ping", "at", 1);
            pongs.next("pong");
        }
    }

    @Test
    void a_peer_that_froze_is_cut_though_it_never_says_goodbye() {
        SocketWire frozen =
                open(); // it neither reads nor answers from now on, and its end stays open
        frozen.send("type", "attach", "ref", "a", "turn", "f1");
        frozen.send("type", "watch", "ref", "w", "conversation", "c1");
        TestServer.until(() -> server.turns.watchers() == 1 && server.counts.streams() == 1);
        server.time.pass(Duration.ofSeconds(62));
        TestServer.until(() -> server.counts.streams() == 0 && server.turns.watchers() == 0);
        server.time.pass(Duration.ofSeconds(8));
        nothing_is_left();
        frozen.close();
    }

    @Test
    void who_never_reads_is_detached_as_slow_and_in_the_end_cut_and_costs_no_memory() {
        SocketWire deaf = SocketWire.narrow(server.port, 4096);
        deaf.send("type", "auth", "token", "ann-key");
        deaf.send("type", "attach", "ref", "a", "turn", "n1");
        TestServer.until(() -> server.counts.streams() == 1);
        while (server.counts.stalled() == 0) {
            server.turns.write("n1", feed -> feed.text("x".repeat(50_000)));
            try (Wire other = server.wire()) {
                other.get("/api/me", KEY).answer();
            }
        }
        long encoded = server.counts.framesEncoded();
        for (int i = 0; i < 20; i++) {
            server.turns.write("n1", feed -> feed.text("more"));
            deaf.send("type", "ping", "at", i); // it talks, so it lives
        }
        for (int i = 0; i < 12; i++) {
            server.time.pass(Duration.ofSeconds(5));
            deaf.frame(SocketWire.PONG, true, new byte[0]);
        }
        assertThat(server.counts.framesEncoded()).as("nothing for a full queue").isEqualTo(encoded);
        server.time.pass(Duration.ofSeconds(2));
        assertThat(server.counts.streams()).as("detached").isZero();
        assertThat(server.metrics.sockets().open()).isEqualTo(1);
        for (int i = 0; i < 11; i++) {
            deaf.frame(SocketWire.PONG, true, new byte[0]);
            server.time.pass(Duration.ofSeconds(5));
        }
        assertThat(server.metrics.sockets().open()).isEqualTo(1);
        server.time.pass(Duration.ofSeconds(8));
        nothing_is_left();
        deaf.close();
    }

    @Test
    void who_reads_again_after_being_detached_is_told_and_may_resume() {
        try (SocketWire slow = SocketWire.narrow(server.port, 4096)) {
            slow.send("type", "auth", "token", "ann-key");
            slow.send("type", "attach", "ref", "a", "turn", "n2");
            TestServer.until(() -> server.counts.streams() == 1);
            while (server.counts.stalled() == 0) {
                server.turns.write("n2", feed -> feed.text("x".repeat(50_000)));
                try (Wire other = server.wire()) {
                    other.get("/api/me", KEY).answer();
                }
            }
            for (int i = 0; i < 13; i++) {
                server.time.pass(Duration.ofSeconds(5));
                slow.frame(SocketWire.PONG, true, new byte[0]);
            }
            List<JsonNode> all = slow.upTo("detached");
            assertThat(all.getLast().get("reason").asText()).isEqualTo("slow");
            String cursor = "";
            int length = 0;
            for (JsonNode each : all) {
                if (!each.get("type").asText().equals("text.delta")) continue;
                cursor = each.get("id").asText();
                length = each.get("at").asInt() + each.get("text").asText().length();
            }
            slow.send("type", "attach", "ref", "b", "turn", "n2", "after", cursor);
            slow.upTo("ok");
            assertThat(slow.next("text.delta").get("at").asInt()).isEqualTo(length);
        }
    }

    @Test
    void who_asks_more_than_it_reads_is_not_read_any_more() {
        SocketWire greedy = SocketWire.narrow(server.port, 4096);
        greedy.send("type", "auth", "token", "ann-key");
        greedy.next("hello");
        server.turns.slow = true;
        for (int i = 0; i < 200; i++) greedy.send("type", "cancel", "ref", "r" + i, "turn", "t1");
        TestServer.until(() -> server.turns.waiting() == 64);
        try (Wire other = server.wire()) {
            other.get("/api/me", KEY).answer();
        }
        assertThat(server.turns.waiting()).isEqualTo(64);
        server.turns.slow = false;
        server.turns.answerAll();
        Set<String> answered = new HashSet<>(); // what is asked now may overtake what waited
        for (int i = 0; i < 200; i++) answered.add(greedy.next("ok").get("ref").asText());
        assertThat(answered).hasSize(200);
        greedy.close();
    }

    @Test
    void a_socket_that_vanishes_leaves_nothing() {
        for (int i = 0; i < 5; i++) {
            SocketWire wire = open();
            wire.send("type", "attach", "ref", "a", "turn", "v" + i);
            wire.send("type", "watch", "ref", "w", "conversation", "c" + i);
            wire.next("ok");
            wire.vanish();
        }
    }

    // --- the end

    @Test
    void sockets_are_told_when_to_come_back_and_closed_one_after_the_other() {
        List<SocketWire> all = new ArrayList<>();
        for (int i = 0; i < 20; i++) all.add(open());
        TestServer.await(server.loops.getFirst().drainSockets(Duration.ofSeconds(10)));
        Set<Long> when = new java.util.TreeSet<>();
        for (SocketWire each : all) {
            long ms = each.next("drain").get("reconnectAfterMs").asLong();
            assertThat(ms).isBetween(1000L, 12_000L);
            when.add(ms);
        }
        assertThat(when).as("spread").hasSizeGreaterThan(15);
        server.time.pass(Duration.ofSeconds(11));
        for (SocketWire each : all) {
            try (each) {
                assertThat(each.closed().code()).isEqualTo(1001);
            }
        }
    }
}
