package dev.loadline.transport;

import dev.loadline.core.Clock;

import io.netty.buffer.ByteBuf;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.ServerWebSocket;
import io.vertx.core.http.WebSocketFrameType;
import io.vertx.core.http.impl.ws.WebSocketFrameImpl;
import io.vertx.core.internal.buffer.BufferInternal;

import org.jspecify.annotations.Nullable;

import java.util.ArrayDeque;
import java.util.Queue;

/**
 * What is written to one WebSocket: answers first, then the turns that have something to say, one
 * message each in rotation. While the connection can take no more, nothing is encoded for it: a
 * turn is a place in its feed, so a slow client gets fewer and larger deltas. One loop.
 */
final class SocketWriter {
    /** Of a message; a longer one is sent in fragments, so that little waits in the socket. */
    private static final int PIECE = 32 * 1024;

    /** Bytes given to the connection that it has not passed on; see {@link SseStream}. */
    private static final int UNSENT_MAX = 64 * 1024;

    /** Bytes written at a stretch: a client that takes all at once must not hold up the loop. */
    private static final int STRETCH = 128 * 1024;

    /** A turn that may have something to say. */
    interface Source {
        /** The next message, to be given back by {@link #sent}; or null. */
        @Nullable Frame next();

        void sent(Frame frame);
    }

    private record Answer(Buffer bytes, Runnable sent) {}

    private final ServerWebSocket socket;
    private final Fanouts fanouts;
    private final Clock clock;
    private final Runnable broke;
    private final Runnable makeRoom;
    private final Queue<Answer> answers = new ArrayDeque<>(4);
    private final Queue<Source> speakers = new ArrayDeque<>(2);
    private int answersBytes;

    private @Nullable Buffer sending;
    private Runnable whenSent = () -> {};
    private int sent; // bytes of it
    private int unsent; // bytes
    private int written; // bytes, at this stretch
    private boolean advancing;
    private Stalls.@Nullable Stall stalled;
    private boolean ended;
    private long lastTakenNanos;

    /**
     * @param broke told of a bug; to end the socket
     * @param makeRoom told that memory is short and much is held here; to end the socket
     */
    SocketWriter(
            ServerWebSocket socket,
            Fanouts fanouts,
            Clock clock,
            Runnable broke,
            Runnable makeRoom) {
        this.socket = socket;
        this.fanouts = fanouts;
        this.clock = clock;
        this.broke = broke;
        this.makeRoom = makeRoom;
        this.lastTakenNanos = clock.nanos();
        // In a task of its own: what Vert.x is given inside this handler beyond what the channel
        // takes at once lies there for ever.
        socket.drainHandler(room -> fanouts.later(this::advance));
    }

    /** Goes before what turns have to say; the caller bounds how many wait. */
    void say(SocketSays what, Runnable whenWritten) {
        if (!ended) say(what.bytes(), whenWritten);
    }

    /** Likewise. */
    void say(Buffer bytes, Runnable whenWritten) {
        if (ended) return;
        answersBytes += bytes.length();
        answers.add(new Answer(bytes, whenWritten));
        advance();
    }

    void say(SocketSays what) {
        say(what, () -> {});
    }

    /** It may have something to say; it stays in the rotation until it has not. */
    void speaks(Source source) {
        if (ended) return;
        speakers.add(source);
        advance();
    }

    /** Bytes of answers that wait. */
    int waitingBytes() {
        return answersBytes;
    }

    /** True while the client takes nothing of what is there for it. */
    boolean stalled() {
        return stalled != null;
    }

    /** When the client last took something, or when it began to take nothing; monotonic clock. */
    long lastTakenNanos() {
        return lastTakenNanos;
    }

    private void advance() {
        if (advancing) return;
        advancing = true;
        try {
            write();
        } catch (RuntimeException e) {
            org.slf4j.LoggerFactory.getLogger(SocketWriter.class).error("a socket broke", e);
            broke.run();
        } finally {
            advancing = false;
        }
    }

    private void write() {
        written = 0;
        while (!ended && unsent < UNSENT_MAX && !full()) {
            if (written >= STRETCH) {
                fanouts.later(this::advance);
                return;
            }
            if (sending == null && !next()) {
                flows();
                return;
            }
            piece();
        }
        if (!ended) stalls();
    }

    private boolean full() {
        return socket.isClosed() || socket.writeQueueFull();
    }

    private boolean next() {
        sent = 0;
        Answer answer = answers.poll();
        if (answer != null) {
            answersBytes -= answer.bytes().length();
            sending = answer.bytes();
            whenSent = answer.sent();
            return true;
        }
        for (Source source = speakers.poll(); source != null; source = speakers.poll()) {
            Frame frame = source.next();
            if (frame == null) continue;
            Source speaker = source;
            sending = frame.bytes();
            whenSent =
                    () -> {
                        if (!frame.last()) speakers.add(speaker);
                        speaker.sent(frame);
                    };
            return true;
        }
        return false;
    }

    private void piece() {
        Buffer bytes = sending;
        if (bytes == null) return;
        int from = sent;
        int end = Math.min(bytes.length(), from + PIECE);
        boolean last = end == bytes.length();
        Buffer part = from == 0 && last ? bytes : bytes.slice(from, end);
        var type = from == 0 ? WebSocketFrameType.TEXT : WebSocketFrameType.CONTINUATION;
        ByteBuf raw = ((BufferInternal) part).getByteBuf();
        int length = end - from;
        sent = end;
        unsent += length;
        written += length;
        socket.writeFrame(new WebSocketFrameImpl(type, raw, last))
                .onComplete(taken -> taken(length), lost -> {}); // the close handler tells
        if (!last) return;
        sending = null;
        Runnable done = whenSent;
        whenSent = () -> {};
        done.run();
    }

    private void taken(int length) {
        lastTakenNanos = clock.nanos();
        unsent -= length;
        if (stalled == null) return;
        stalled.took(lastTakenNanos);
        if (unsent <= UNSENT_MAX / 2) advance();
    }

    private void stalls() {
        if (stalled != null) return;
        lastTakenNanos = clock.nanos();
        long held = (long) unsent + answersBytes + (sending == null ? 0 : sending.length());
        stalled = fanouts.counts().stalls(held, lastTakenNanos, this::relieve);
    }

    private void flows() {
        if (stalled == null) return;
        fanouts.counts().flows(stalled);
        stalled = null;
    }

    private void relieve() {
        if (stalled != null && stalled.lasts(clock.nanos())) makeRoom.run();
    }

    /** The patience with a client that takes nothing begins anew. */
    void beginsAnew() {
        lastTakenNanos = clock.nanos();
    }

    /** Nothing more is written; what was in the middle of being sent is given back. */
    void end() {
        if (ended) return;
        ended = true;
        flows();
        Runnable done = sending == null ? () -> {} : whenSent;
        sending = null;
        answers.clear();
        speakers.clear();
        done.run();
        speakers.clear();
    }
}
