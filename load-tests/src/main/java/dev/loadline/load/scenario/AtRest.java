package dev.loadline.load.scenario;

import dev.loadline.load.bench.Bench;
import dev.loadline.load.bench.Gate;
import dev.loadline.load.bench.Result;
import dev.loadline.load.process.ServerUnderTest;

import java.time.Duration;
import java.util.concurrent.locks.LockSupport;

/**
 * What a server holds while nobody is there: read once before people come, and held against what is
 * left when they are gone. For one thread.
 */
final class AtRest {
    /** So much more heap than before is not counted as left behind: tables that have grown. */
    private static final double SLACK_MIB = 4;

    /** So little more is not waited for. */
    private static final double NOTHING_MIB = 1;

    private static final double MIB = 1 << 20;

    /** Events of a turn are kept for half a minute after its end. */
    private static final Duration TO_FORGET = Duration.ofSeconds(90);

    private static final Duration EVERY = Duration.ofSeconds(5);

    private final ServerUnderTest server;
    private final Holdings before;
    private final long heapBefore;

    private AtRest(ServerUnderTest server, Holdings before, long heapBefore) {
        this.server = server;
        this.before = before;
        this.heapBefore = heapBefore;
    }

    /** As it is now, once nothing is under way. */
    static AtRest before(ServerUnderTest server) {
        awaitNobody(server);
        return new AtRest(server, Holdings.of(server), heap(server));
    }

    /** Bytes in use after a forced collection; 0 for a server whose process can't be read. */
    static long heap(ServerUnderTest server) {
        return server.process().map(it -> it.heapAfterCollection()).orElse(0L);
    }

    long heapBefore() {
        return heapBefore;
    }

    /** Waits until what may be kept for a while is gone, and judges what is left then. */
    void judge(Bench bench, Result result) {
        awaitNobody(server);
        Holdings left = Holdings.of(server);
        result.gate(Gate.exactly("WebSockets left when all are gone", left.sockets(), 0));
        result.gate(Gate.exactly("streams left when all are gone", left.streams(), 0));
        result.gate(Gate.exactly("turns that still run", left.turns(), 0));
        if (before.connections() > 0)
            result.gate(
                    Gate.atMost(
                            "connections left when all are gone, beside that of who asks",
                            left.connections() - before.connections(),
                            0));
        if (server.process().isEmpty()) return;
        long end = System.nanoTime() + TO_FORGET.toNanos();
        double goal = bench.quickOr(SLACK_MIB, NOTHING_MIB);
        double more = more();
        while (more > goal && System.nanoTime() < end) {
            bench.say("heap: %.1f MiB more than before".formatted(more));
            LockSupport.parkNanos(EVERY.toNanos());
            more = more();
        }
        result.gate(
                Gate.atMost(
                        "heap after a forced collection, within %d s of the last one, over before: MiB"
                                .formatted(TO_FORGET.toSeconds()),
                        more,
                        SLACK_MIB));
        result.figure("heap before anybody came", "%.1f MiB".formatted(heapBefore / MIB));
    }

    private double more() {
        return (heap(server) - heapBefore) / MIB;
    }

    private static void awaitNobody(ServerUnderTest server) {
        long end = System.nanoTime() + Duration.ofSeconds(30).toNanos();
        while (System.nanoTime() < end) {
            Holdings held = Holdings.of(server);
            if (held.sockets() + held.streams() + held.turns() == 0) return;
            LockSupport.parkNanos(Duration.ofMillis(200).toNanos());
        }
    }
}
