package dev.loadline.transport;

import dev.loadline.telemetry.ConnectionMeter.Refusal;

import org.jspecify.annotations.Nullable;

import java.net.InetAddress;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.LongAdder;

/** What the doors of a node hold open, and what they did. Any thread; shared by its loops. */
public final class StreamCounts {
    private final AtomicInteger connections = new AtomicInteger();
    private final Map<InetAddress, Integer> byAddress = new ConcurrentHashMap<>(); // where bounded
    private final AtomicInteger streams = new AtomicInteger();
    private final AtomicInteger stalled = new AtomicInteger();
    private final LongAdder connectionsRefused = new LongAdder();
    private final LongAdder slowReaders = new LongAdder();
    private final LongAdder flushes = new LongAdder();
    private final LongAdder framesEncoded = new LongAdder();
    private final LongAdder framesSent = new LongAdder();

    /** Open connections, TLS hand-shakes and WebSockets included. */
    public int connections() {
        return connections.get();
    }

    /** Open event streams. */
    public int streams() {
        return streams.get();
    }

    /** Streams whose client does not take what is there for it right now. */
    public int stalled() {
        return stalled.get();
    }

    /** Connections closed at once because there were too many, ever. */
    public long connectionsRefused() {
        return connectionsRefused.sum();
    }

    /** Streams cut because their reader took nothing for too long, ever. */
    public long slowReaders() {
        return slowReaders.sum();
    }

    /** Loop tasks that wake-ups of feeds have caused, ever. */
    public long flushes() {
        return flushes.sum();
    }

    /** Frames encoded, ever; each may be sent to many. */
    public long framesEncoded() {
        return framesEncoded.sum();
    }

    /** Frames sent, counted per receiver, ever. */
    public long framesSent() {
        return framesSent.sum();
    }

    /**
     * Counts one more connection; why there is no room for it, or null.
     *
     * @param from null: not counted by address
     * @param perAddress 0: no bound
     */
    @Nullable Refusal connected(@Nullable InetAddress from, int max, int perAddress) {
        if (connections.incrementAndGet() > max) {
            connections.decrementAndGet();
            connectionsRefused.increment();
            return Refusal.NODE;
        }
        if (from == null || perAddress == 0) return null;
        if (byAddress.merge(from, 1, Integer::sum) <= perAddress) return null;
        disconnected(from, perAddress);
        connectionsRefused.increment();
        return Refusal.ADDRESS;
    }

    /** With what it was counted. */
    void disconnected(@Nullable InetAddress from, int perAddress) {
        connections.decrementAndGet();
        if (from == null || perAddress == 0) return;
        byAddress.computeIfPresent(from, (it, count) -> count == 1 ? null : count - 1);
    }

    boolean streamOpens(int max) {
        if (streams.incrementAndGet() <= max) return true;
        streams.decrementAndGet();
        return false;
    }

    void streamEnded() {
        streams.decrementAndGet();
    }

    void stalls() {
        stalled.incrementAndGet();
    }

    void flows() {
        stalled.decrementAndGet();
    }

    void slowReaderCut() {
        slowReaders.increment();
    }

    void flushed() {
        flushes.increment();
    }

    void encoded() {
        framesEncoded.increment();
    }

    void sent() {
        framesSent.increment();
    }
}
