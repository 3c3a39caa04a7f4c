package dev.loadline.transport;

import static org.assertj.core.api.Assertions.assertThat;

import dev.loadline.core.Problem;
import dev.loadline.core.ProblemException;
import dev.loadline.core.Usage;
import dev.loadline.turn.Finish;
import dev.loadline.turn.Timings;
import dev.loadline.turn.TurnEvent;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/**
 * Goal: however streams and sockets begin and end, at the end nobody holds any: not by quota, not
 * by share, not by the node's count. Method: a random history over real sockets by the seed; what
 * is opened ends by its own end, is closed, vanishes in any moment, stalls until it is cut, meets
 * an engine that fails, or is left to a server that drains.
 */
class NothingHeldTest {
    private static final int STEPS = 120;
    private static final String ANN = "Authorization: Bearer ann-key";
    private static final String BOB = "Authorization: Bearer bob-key";
    private static final String JSON = "{\"text\":\"hi\"}";

    private final StreamQuota quota = new StreamQuota(12);
    private final TestServer server =
            new TestServer(ServerPolicy.DEFAULT, 2, SharesTest.keys("ann", "bob"), quota);
    private final List<Wire> wires = new ArrayList<>();
    private final List<SocketWire> sockets = new ArrayList<>();
    private int turns;

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3})
    void whatever_happened_nothing_is_held(long seed) {
        var random = new Random(seed);
        try (server) {
            for (int step = 0; step < STEPS; step++) {
                open(random);
                if (random.nextInt(3) > 0) end(random);
            }
            assertThat(quota.open()).as("seed " + seed + ": something was open").isPositive();
            while (!wires.isEmpty() || !sockets.isEmpty()) end(random);
            server.time.pass(Duration.ofSeconds(130));
            TestServer.until(() -> server.counts.connections() == 0);
            String left =
                    "quota %d, streams %d, holders %d, stalled %d, sockets %d, watchers %d"
                            .formatted(
                                    quota.open(),
                                    server.counts.streams(),
                                    server.counts.holders(),
                                    server.counts.stalled(),
                                    server.metrics.sockets().open(),
                                    server.turns.watchers());
            assertThat(left)
                    .as("seed " + seed)
                    .isEqualTo("quota 0, streams 0, holders 0, stalled 0, sockets 0, watchers 0");
        }
    }

    private String turn(Random random) {
        return random.nextInt(4) == 0 ? "t" + turns++ : "t" + random.nextInt(turns + 1);
    }

    private void open(Random random) {
        String key = random.nextBoolean() ? ANN : BOB;
        server.turns.fault = random.nextInt(6) == 0 ? fault() : null;
        switch (random.nextInt(8)) {
            case 0 -> get(key, "/api/turns/" + turn(random) + "/events");
            case 1 -> get(key, "/api/turns/gone/events");
            case 2 -> get(key, "/api/turns/" + turn(random) + "/events?after=nonsense");
            case 3 -> post(key, "/api/conversations/c1/turns", JSON);
            case 4 -> post(key, ChatDoor.CHAT, ChatDoor.body(turn(random), ",\"stream\":true"));
            case 5 -> wires.add(narrow(key, turn(random)));
            case 6 -> shake(random, key);
            default -> ask(random, key);
        }
        if (random.nextInt(4) == 0) wires.stream().reduce((a, b) -> b).ifPresent(Wire::vanish);
        if (random.nextInt(3) == 0) answered(random);
        server.turns.fault = null;
    }

    private static RuntimeException fault() {
        return new ProblemException(Problem.of(Problem.Code.STORE_UNAVAILABLE, "it is down"));
    }

    private void get(String key, String path) {
        wires.add(server.wire().get(path, key));
    }

    private void post(String key, String path, String json) {
        wires.add(server.wire().post(path, json, key, "Accept: text/event-stream"));
    }

    /** A client that reads nothing of much. */
    private Wire narrow(String key, String turn) {
        Wire wire = Wire.to(server.port, 4096).get("/api/turns/" + turn + "/events", key);
        wire.head();
        if (!server.turns.feed(turn).over())
            server.turns.write(turn, feed -> feed.text("x".repeat(600_000)));
        return wire;
    }

    /** Hand-shakes that come to nothing, or are left in the midst. */
    private void shake(Random random, String key) {
        List<String> headers = new ArrayList<>(List.of(key));
        switch (random.nextInt(4)) {
            case 0 -> headers.set(0, "Authorization: Bearer nobody");
            case 1 -> headers.add("Origin: https://foreign.example");
            case 2 -> headers.add("Sec-WebSocket-Version: 12");
            default -> {
                wires.add(
                        server.wire()
                                .get(
                                        "/api/ws",
                                        key,
                                        "Upgrade: websocket",
                                        "Connection: Upgrade",
                                        "Sec-WebSocket-Version: 13",
                                        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ=="));
                wires.getLast().vanish();
                return;
            }
        }
        sockets.add(SocketWire.shake(server.port, 0, headers));
    }

    private void ask(Random random, String key) {
        SocketWire socket = SocketWire.open(server.port, key);
        sockets.add(socket);
        for (int i = random.nextInt(5); i >= 0; i--) {
            try {
                switch (random.nextInt(4)) {
                    case 0 -> socket.send("type", "attach", "ref", "r", "turn", turn(random));
                    case 1 -> socket.send("type", "watch", "ref", "r", "conversation", "c1");
                    case 2 ->
                            socket.send(
                                    "type",
                                    "submit",
                                    "ref",
                                    "r",
                                    "conversation",
                                    "c1",
                                    "text",
                                    "hi");
                    default -> socket.send("type", "attach", "ref", "r", "turn", "gone");
                }
            } catch (UncheckedIOException refused) {
                return; // the quota, by 4429
            }
        }
        if (random.nextInt(3) == 0) server.turns.enters("c1", turn(random));
        if (random.nextInt(3) == 0) socket.vanish();
    }

    /** The engine's answers and the clients' bytes pass each other. */
    private void answered(Random random) {
        String turn = "t" + random.nextInt(turns + 1);
        if (server.turns.feed(turn).over()) return;
        server.turns.write(
                turn,
                feed -> {
                    feed.text("and more");
                    if (!random.nextBoolean()) return;
                    feed.happened(
                            new TurnEvent.Completed(Finish.STOP, Usage.NONE, Timings.NONE, null));
                });
    }

    private void end(Random random) {
        if (!wires.isEmpty() && (sockets.isEmpty() || random.nextBoolean())) {
            Wire wire = wires.remove(random.nextInt(wires.size()));
            if (random.nextBoolean()) wire.vanish();
            wire.close();
        } else if (!sockets.isEmpty()) {
            SocketWire socket = sockets.remove(random.nextInt(sockets.size()));
            if (random.nextBoolean()) socket.vanish();
            socket.close();
        }
        if (random.nextInt(20) == 0) server.time.pass(Duration.ofSeconds(61));
    }
}
