package dev.loadline.transport;

import static org.assertj.core.api.Assertions.assertThat;

import dev.loadline.core.Usage;
import dev.loadline.engine.Attachment;
import dev.loadline.turn.Finish;
import dev.loadline.turn.Status;
import dev.loadline.turn.Timings;
import dev.loadline.turn.TurnEvent;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/**
 * Goal: when memory is short those go who take nothing, the largest first, as many as it needs;
 * nobody who reads notices. Method: real sockets that do not read, of many sizes and at all doors;
 * the memory is a number.
 */
class MemoryShortTest {
    private static final TurnEvent.Last DONE =
            new TurnEvent.Completed(Finish.STOP, Usage.NONE, Timings.NONE, null);
    private static final int KIB = 1024;
    private static final int NARROW = 4096;

    private final TestServer server = new TestServer(ServerPolicy.DEFAULT, 2);
    private final List<Wire> sleepers = new ArrayList<>();

    @AfterEach
    void close() {
        sleepers.forEach(Wire::close);
        server.close();
        assertThat(server.counts.stalls().size()).isZero();
    }

    private double cut(String reason) {
        return server.registry
                .get("loadline.stalled.readers.cut")
                .tag("reason", reason)
                .counter()
                .count();
    }

    /** A turn that is over and is read from the store. */
    private void stored(String turn, int length) {
        server.turns.attachments.put(
                turn,
                new Attachment.SnapshotThenLast(
                        FakeTurns.view(turn, Status.COMPLETED, turn + ".1.0.0", "x".repeat(length)),
                        DONE,
                        turn + ".1.9.0"));
    }

    private Wire sleeper(String path) {
        Wire wire = Wire.to(server.port, NARROW).get(path);
        sleepers.add(wire);
        return wire;
    }

    private boolean open(String turn) {
        return server.turns.feed(turn).subscribers() > 0;
    }

    /** A second with this much memory in use. */
    private void second(double share) {
        server.memory = share;
        server.time.pass(Duration.ofSeconds(1));
    }

    @Test
    void of_many_that_sleep_the_largest_go_one_by_one_and_readers_finish() {
        int[] kib = {500, 1_000, 400, 1_200, 900, 700};
        for (int i = 0; i < kib.length; i++) {
            stored("s" + i, kib[i] * KIB);
            sleeper("/api/turns/s" + i + "/events");
        }
        TestServer.until(() -> server.counts.stalled() == kib.length);
        server.time.pass(Duration.ofSeconds(3));
        assertThat(cut("memory")).as("there is room").isZero();
        int[] order = {3, 1, 4};
        for (int i = 0; i < order.length; i++) {
            int left = kib.length - i - 1;
            second(0.80 + i / 1000.0);
            TestServer.until(() -> server.counts.stalled() == left);
            assertThat(sleepers.get(order[i]).closes()).as("the next largest").isTrue();
        }
        second(0.79);
        assertThat(cut("memory")).isEqualTo(3);
        assertThat(cut("idle")).isZero();
        for (int i : new int[] {0, 2, 5}) {
            Wire wakes = sleepers.get(i);
            assertThat(wakes.head().status()).isEqualTo(200);
            List<Wire.Event> events = wakes.events();
            assertThat(events.getLast().type()).isEqualTo("turn.completed");
        }
        TestServer.until(() -> server.counts.streams() == 0);
    }

    @Test
    void who_reads_slowly_is_no_sleeper_and_who_was_cut_resumes() {
        server.turns.write("t1", feed -> feed.text("y".repeat(900_000)));
        Wire slow = sleeper("/api/turns/t1/events");
        Wire asleep = sleeper("/api/turns/t1/events");
        TestServer.until(() -> server.counts.stalled() == 2);
        slow.head();
        String cursor = "";
        for (int i = 0; i < 6; i++) {
            long sent = server.counts.framesSent();
            for (int j = 0; j < 9; j++) cursor = slow.event().orElseThrow().id();
            TestServer.until(() -> server.counts.framesSent() > sent); // what it took made room
            second(i < 2 ? 0.5 : 0.9 + i / 1000.0);
        }
        assertThat(asleep.closes()).isTrue();
        assertThat(cut("memory")).isEqualTo(1);
        server.turns.write("t1", feed -> feed.happened(DONE));
        assertThat(slow.events().getLast().type()).isEqualTo("turn.completed");
        try (Wire again = server.wire()) {
            again.get("/api/turns/t1/events", "Last-Event-ID: " + cursor).head();
            assertThat(again.events().getLast().type()).isEqualTo("turn.completed");
        }
        assertThat(open("t1")).isFalse();
    }

    @Test
    void sockets_and_large_answers_that_nobody_takes_go_too() {
        stored("s1", 600 * KIB);
        server.turns.texts.put("big", "w".repeat(900 * KIB));
        sleeper("/api/turns/big");
        try (SocketWire socket = SocketWire.narrow(server.port, NARROW);
                SocketWire reads = SocketWire.open(server.port)) {
            socket.next("hello");
            reads.next("hello");
            socket.send("type", "attach", "ref", "a", "turn", "s1");
            TestServer.until(() -> server.counts.stalls().size() == 2);
            server.time.pass(Duration.ofSeconds(2));
            second(0.85);
            assertThat(sleepers.getFirst().closes()).as("it held most").isTrue();
            second(0.84);
            TestServer.until(() -> cut("memory") == 2);
            assertThat(socket.closed().code()).isEqualTo(1006);
            reads.send("type", "ping", "at", 1).next("pong");
        }
        TestServer.until(() -> server.counts.stalls().size() == 0);
    }
}
