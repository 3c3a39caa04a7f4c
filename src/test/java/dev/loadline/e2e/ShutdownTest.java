package dev.loadline.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;

import dev.loadline.model.FakeAnswer;
import dev.loadline.model.FakeOpenAi;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * Goal: a server that is asked to stop takes nothing new, lets what runs end, hands over what does
 * not end in time, and is gone when it said it would be. Method: SIGTERM to a real process while a
 * fake model holds its answer.
 */
class ShutdownTest {
    private static final FakeAnswer HELD =
            FakeAnswer.begun().texts("one ", "two ").hold().texts("three").ended();

    /** What the shutdown's own steps may take beyond the grace. */
    private static final Duration AFTER_GRACE = Duration.ofSeconds(8);

    private final FakeOpenAi model = FakeOpenAi.start();

    @TempDir Path directory;

    @AfterEach
    void end() {
        model.close();
    }

    @Test
    void running_turns_end_and_nothing_new_comes_in() throws Exception {
        model.always(HELD);
        try (ServerProcess server = serve("20s");
                var http = new PlainHttp(server.port());
                EventStream stream = ask(http, "c", "Hello", "k")) {
            HeldTurn first = untilText(stream, "one two ");
            String turn = stream.header("Loadline-Turn");
            HeldTurn held = new HeldTurn();
            assertThat(http.ready()).isEqualTo(200);
            server.terminate();
            WaitFor.holds("not ready", () -> http.ready() == 503);

            for (Object submit : List.of(submit("More", "k2"), submit("Hello", "k"))) {
                PlainHttp.Answer refused = http.post("/api/conversations/c/turns", submit);
                assertThat(refused.status()).isEqualTo(503);
                assertThat(refused.code()).isEqualTo("draining");
                assertThat(refused.json().get("retryable").asBoolean()).isTrue();
                assertThat(refused.header("Connection")).isEqualToIgnoringCase("close");
                assertThat(Long.parseLong(refused.header("Retry-After"))).isBetween(1L, 4L);
            }
            assertThat(http.get("/health/live").status()).isEqualTo(200);
            try (EventStream second = EventStream.of(http.port(), turn, null)) {
                assertThat(second.status()).as("a running turn can be resumed").isEqualTo(200);
                model.release();
                assertThat(held.follow(second)).isTrue();
            }
            assertThat(held.lastEvent()).isEqualTo("turn.completed");
            assertThat(held.text()).isEqualTo("one two three");
            assertThat(first.follow(stream)).as("and the first one ends, too").isTrue();
            assertThat(first.text()).isEqualTo("one two three");
            assertThat(stream.ended()).isTrue();
            assertThat(server.exitCode(AFTER_GRACE)).as(server.toString()).isZero();
            quiet(server);
        }
    }

    @Test
    void a_turn_that_outlives_the_grace_goes_on_after_the_restart() throws Exception {
        model.next(HELD).always(FakeAnswer.stream("quite ", "another ", "text"));
        HeldTurn held;
        String turn;
        try (ServerProcess server = serve("1s");
                var http = new PlainHttp(server.port());
                EventStream stream = ask(http, "c", "Hello", "k")) {
            held = untilText(stream, "one two ");
            turn = stream.header("Loadline-Turn");
            long asked = System.nanoTime();
            server.terminate();
            assertThat(held.follow(stream)).as("no last event").isFalse();
            assertThat(stream.ended()).as("an orderly end").isTrue();
            assertThat(server.exitCode(AFTER_GRACE.plusSeconds(1))).as(server.toString()).isZero();
            System.out.printf(
                    "FIGURE SIGTERM to exit with a turn that outlives a grace of 1 s: %d ms%n",
                    Duration.ofNanos(System.nanoTime() - asked).toMillis());
            quiet(server);
        }
        model.awaitClosed(1);
        assertThat(takeovers(turn)).isZero();
        try (ServerProcess server = serve("1s");
                var http = new PlainHttp(server.port());
                EventStream stream = EventStream.of(http.port(), turn, held.cursor())) {
            assertThat(held.follow(stream)).isTrue();
            assertThat(held.text()).isEqualTo("quite another text");
            assertThat(held.attempt()).isEqualTo(2);
            JsonNode stored = http.get("/api/turns/" + turn).json();
            assertThat(stored.get("attempt").asInt()).isEqualTo(2);
            assertThat(stored.get("text").asText()).isEqualTo("quite another text");
        }
        assertThat(takeovers(turn)).as("a hand-over is no takeover").isZero();
    }

    @Test
    void waiting_turns_survive_and_run_in_order() throws Exception {
        model.next(HELD).always(FakeAnswer.stream("fine"));
        List<String> turns = new ArrayList<>();
        try (ServerProcess server = serve("20s");
                var http = new PlainHttp(server.port());
                EventStream stream = ask(http, "c", "0", "k0")) {
            HeldTurn held = untilText(stream, "one two ");
            turns.add(stream.header("Loadline-Turn"));
            for (int i = 1; i <= 3; i++) {
                PlainHttp.Answer queued =
                        http.post("/api/conversations/c/turns", submit("" + i, "k" + i));
                assertThat(queued.json().get("position").asInt()).isEqualTo(i);
                turns.add(queued.json().get("turn").asText());
            }
            try (EventStream waiting = EventStream.of(http.port(), turns.getLast(), null)) {
                server.terminate();
                WaitFor.holds("not ready", () -> http.ready() == 503);
                try (EventStream resumed = EventStream.of(http.port(), turns.getLast(), null)) {
                    assertThat(resumed.status())
                            .as("who waits can still be resumed")
                            .isEqualTo(200);
                }
                model.release();
                assertThat(held.follow(stream)).as("the one that ran ends").isTrue();
                assertThat(new HeldTurn().follow(waiting)).as("no last event").isFalse();
                assertThat(waiting.ended()).as("an orderly end").isTrue();
            }
            assertThat(server.exitCode(AFTER_GRACE)).as(server.toString()).isZero();
            quiet(server);
        }
        assertThat(model.requests()).as("nothing new began").isEqualTo(1);
        try (ServerProcess server = serve("20s");
                var http = new PlainHttp(server.port())) {
            for (String turn : turns.subList(1, 4)) {
                try (EventStream stream = EventStream.of(http.port(), turn, null)) {
                    HeldTurn held = new HeldTurn();
                    assertThat(held.follow(stream)).isTrue();
                    assertThat(held.text()).isEqualTo("fine");
                }
                assertThat(takeovers(turn)).isZero();
            }
            List<String> said = new ArrayList<>();
            for (JsonNode message : http.get("/api/conversations/c/messages").json().get("items"))
                said.add(message.get("text").asText());
            assertThat(said)
                    .containsExactly("0", "one two three", "1", "fine", "2", "fine", "3", "fine");
        }
        assertThat(asked(2)).contains("\"1\"").doesNotContain("\"2\"");
        assertThat(asked(3)).contains("\"2\"").doesNotContain("\"3\"");
        assertThat(asked(4)).contains("\"3\"");
    }

    @Test
    void a_second_signal_ends_it_at_once() throws Exception {
        model.always(HELD);
        try (ServerProcess server = serve("30s");
                var http = new PlainHttp(server.port());
                EventStream stream = ask(http, "c", "Hello", "k")) {
            untilText(stream, "one two ");
            server.terminate();
            WaitFor.holds("not ready", () -> http.ready() == 503);
            server.terminate();
            assertThat(server.exitCode(Duration.ofSeconds(3))).isEqualTo(143);
        }
    }

    @Test
    void idle_connections_and_readers_that_do_not_read_hold_nothing_up() throws Exception {
        model.always(FakeAnswer.begun().repeat("x".repeat(1024), 4096).ended());
        List<Socket> idle = new ArrayList<>();
        try (ServerProcess server = serve("2s");
                var http = new PlainHttp(server.port());
                EventStream sleeps = sleep(http)) {
            for (int i = 0; i < 20; i++) idle.add(keptAlive(http.port()));
            idle.add(halfARequest(http.port()));
            String turn = sleeps.header("Loadline-Turn");
            WaitFor.holds(
                    "the turn has ended",
                    () ->
                            http.get("/api/turns/" + turn)
                                    .json()
                                    .get("status")
                                    .asText()
                                    .equals("completed"));
            assertThat(http.get("/metrics").http().body())
                    .containsPattern("loadline_streams_stalled(\\{[^}]*})? 1");
            long asked = System.nanoTime();
            server.terminate();
            assertThat(server.exitCode(Duration.ofSeconds(2).plus(AFTER_GRACE)))
                    .as(server.toString())
                    .isZero();
            System.out.printf(
                    "FIGURE SIGTERM to exit with 21 idle connections and a reader that sleeps: %d"
                            + " ms%n",
                    Duration.ofNanos(System.nanoTime() - asked).toMillis());
            quiet(server);
            HeldTurn part = new HeldTurn();
            assertThat(part.follow(sleeps)).as("no last event").isFalse();
        } finally {
            for (Socket socket : idle) socket.close();
        }
    }

    private ServerProcess serve(String grace) {
        return ServerProcess.serve(Configured.with(directory, model.url(), grace));
    }

    private static Object submit(String text, String key) {
        return Map.of("text", text, "key", key);
    }

    private static EventStream ask(PlainHttp http, String conversation, String text, String key)
            throws IOException {
        http.open(conversation);
        EventStream stream = EventStream.submit(http.port(), conversation, submit(text, key));
        assertThat(stream.status()).isEqualTo(200);
        return stream;
    }

    private static EventStream sleep(PlainHttp http) throws IOException {
        http.open("big");
        return EventStream.submitAndSleep(http.port(), "big", submit("A long one", "k"));
    }

    private static HeldTurn untilText(EventStream stream, String text) {
        var held = new HeldTurn();
        while (!held.text().equals(text)) {
            EventStream.Event event = stream.next();
            assertThat(event).as("before " + text).isNotNull();
            held.take(event);
        }
        return held;
    }

    /** A connection that has had its answer and stays. */
    private static Socket keptAlive(int port) throws IOException {
        Socket socket = halfARequest(port);
        socket.getOutputStream()
                .write("Host: localhost\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
        assertThat(new String(socket.getInputStream().readNBytes(12), StandardCharsets.US_ASCII))
                .isEqualTo("HTTP/1.1 200");
        return socket;
    }

    private static Socket halfARequest(int port) throws IOException {
        var socket = new Socket(InetAddress.getLoopbackAddress(), port);
        socket.setSoTimeout(10_000);
        socket.getOutputStream()
                .write("GET /health/live HTTP/1.1\r\n".getBytes(StandardCharsets.US_ASCII));
        return socket;
    }

    /** The last message of what the model was asked for the n-th time. */
    private String asked(int n) {
        String body = model.request(n).body();
        return body.substring(body.lastIndexOf("\"role\""));
    }

    /** Takeovers that are counted against the turn, as the database has them. */
    private int takeovers(String turn) throws SQLException {
        String url = "jdbc:sqlite:" + directory.resolve("loadline.db");
        try (var connection = DriverManager.getConnection(url);
                var statement =
                        connection.prepareStatement("SELECT takeovers FROM turns WHERE id = ?")) {
            statement.setString(1, turn);
            try (var rows = statement.executeQuery()) {
                assertThat(rows.next()).isTrue();
                return rows.getInt(1);
            }
        }
    }

    /** An orderly end has nothing to complain about. */
    private static void quiet(ServerProcess server) {
        assertThat(server.err()).noneMatch(line -> line.contains("ERROR") || line.contains("WARN"));
    }
}
