package dev.loadline.transport;

import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.LongAdder;

/** What the doors of a node hold open, and what they did. Any thread; shared by its loops. */
public final class StreamCounts {
    private final AtomicInteger connections = new AtomicInteger();
    private final AtomicInteger streams = new AtomicInteger();
    private final AtomicInteger stalled = new AtomicInteger();
    private final LongAdder connectionsRefused = new LongAdder();
    private final LongAdder slowReaders = new LongAdder();
    private final LongAdder flushes = new LongAdder();
    private final LongAdder framesEncoded = new LongAdder();
    private final LongAdder framesSent = new LongAdder();

    /** Open connections. */
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

    boolean connected(int max) {
        if (connections.incrementAndGet() <= max) return true;
        connections.decrementAndGet();
        connectionsRefused.increment();
        return false;
    }

    void disconnected() {
        connections.decrementAndGet();
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
