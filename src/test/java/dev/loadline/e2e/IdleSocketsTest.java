package dev.loadline.e2e;

import static dev.loadline.e2e.Measured.figure;

import static org.assertj.core.api.Assertions.assertThat;

import dev.loadline.e2e.Measured.Loops;
import dev.loadline.e2e.Measured.Memory;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.nio.file.Path;

/**
 * Goal: a socket that waits costs some kilobytes and next to no processor time, and heartbeats keep
 * all of them open. Method: 5,000 clients on one thread of this process; what is held is counted
 * after forced collections (the clients' channels are in it, too), processor time is that of the
 * event loops over a whole round of heartbeats.
 */
class IdleSocketsTest {
    private static final int SOCKETS = 5_000;
    private static final int WARM = 200;

    /** Half of what it is are Vert.x's queues of messages, which it makes for a thousand each. */
    private static final long HEAP_PER_SOCKET_MAX = 20 * 1024;

    /** What a loop's tables have grown to stays; a socket that is held would be ten times that. */
    private static final long LEFT_MAX = 1_600;

    private static final double ROUNDS_A_MINUTE = 3; // of heartbeats, one each 20 s

    @TempDir Path directory;

    @Test
    void five_thousand_idle_sockets_cost_little() {
        try (var upstream = Upstream.start();
                var server = MeasuredServer.start(directory, upstream)) {
            IdleSockets.open(server.port(), WARM).close();
            Measured.await("the first are gone", () -> server.streams().connections() == 0);
            Memory before = Memory.now();
            try (var sockets = IdleSockets.open(server.port(), SOCKETS)) {
                Memory held = Memory.now().minus(before);
                Loops loops = Loops.now();
                int pinged = sockets.pings();
                Measured.await("a round of heartbeats", () -> sockets.pings() - pinged >= SOCKETS);
                Loops used = Loops.now().minus(loops);

                long perSocket = held.heap() / SOCKETS;
                double cpuMs = used.cpuNanos() / 1e6 * ROUNDS_A_MINUTE * 1_000 / SOCKETS;
                figure(
                        "%,d idle sockets: heap %,d bytes a socket, direct %,d; %.0f ms of processor time a minute and 1,000 sockets; %,d bytes allocated a heartbeat"
                                .formatted(
                                        SOCKETS,
                                        perSocket,
                                        held.direct() / SOCKETS,
                                        cpuMs,
                                        used.bytes() / SOCKETS));
                assertThat(sockets.lost()).as("closed by the server").isZero();
                assertThat(server.streams().connections()).isEqualTo(SOCKETS);
                assertThat(perSocket).isLessThan(HEAP_PER_SOCKET_MAX);
            }
            Measured.await("all are gone", () -> server.streams().connections() == 0);
            Memory after = Memory.now().minus(before);
            figure(
                    "after they are gone: heap %,d bytes a socket"
                            .formatted(after.heap() / SOCKETS));
            assertThat(after.heap() / SOCKETS).as("left of a socket").isLessThan(LEFT_MAX);
        }
    }
}
