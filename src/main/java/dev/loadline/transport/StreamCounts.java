package dev.loadline.transport;

import dev.loadline.core.Principal;
import dev.loadline.telemetry.ConnectionMeter.Full;
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
    private final Stalls stalls = new Stalls();
    private final Shares streamsOf = new Shares();
    private final Shares socketsOf = new Shares();
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

    /**
     * Counts one more stream; whose bound is in its way, or null.
     *
     * @param share what one principal may hold of them
     */
    @Nullable Full streamOpens(Principal who, int max, int share) {
        if (!streamsOf.takes(who, share)) return Full.PRINCIPAL;
        if (streams.incrementAndGet() <= max) return null;
        streamEnded(who);
        return Full.NODE;
    }

    void streamEnded(Principal who) {
        streams.decrementAndGet();
        streamsOf.gives(who);
    }

    boolean socketOpens(Principal who, int share) {
        return socketsOf.takes(who, share);
    }

    void socketEnded(Principal who) {
        socketsOf.gives(who);
    }

    /** Who takes nothing right now, and what that holds. */
    Stalls stalls() {
        return stalls;
    }

    /** How many principals hold streams or sockets. */
    int holders() {
        return streamsOf.size() + socketsOf.size();
    }

    Stalls.Stall stalls(long held, long nowNanos, Runnable cut) {
        stalled.incrementAndGet();
        return stalls.begin(held, nowNanos, cut);
    }

    void flows(Stalls.Stall stall) {
        stalled.decrementAndGet();
        stalls.end(stall);
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
