package dev.loadline.transport;

import dev.loadline.core.Clock;
import dev.loadline.telemetry.ConnectionMeter;
import dev.loadline.telemetry.ConnectionMeter.Stall;

import io.netty.handler.codec.http2.Http2Error;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One client's event stream: a place in what is to be sent. While the connection can take no more
 * it holds nothing but that place, and a reference to the frame it is in the middle of. One loop.
 */
final class SseStream implements Fanout.Reader {
    private static final Logger LOG = LoggerFactory.getLogger(SseStream.class);
    private static final int PIECE = 32 * 1024; // of a frame, so that little waits in the socket

    /**
     * Bytes given to the connection that it has not passed on. Its own queue counts messages, not
     * bytes, and takes sixteen of any size before it says that it is full.
     */
    private static final int UNSENT_MAX = 64 * 1024;

    private static final Buffer OPENING = Buffer.buffer("retry: 1000\n\n");
    private static final Buffer HEARTBEAT = Buffer.buffer(":\n\n");

    /** Bytes written at a stretch: a reader that takes all at once must not hold up the loop. */
    private static final int STRETCH = 128 * 1024;

    private final HttpServerRequest request;
    private final HttpServerResponse response;
    private final Streams streams;
    private final Clock clock;
    private final StreamCounts counts;
    private final ConnectionMeter meter;
    private final Following following;
    private final @Nullable Wording wording;

    private @Nullable Frame sending;
    private int sent; // bytes of it
    private int unsent; // bytes
    private int written; // bytes, at this stretch
    private boolean advancing;
    private Stalls.@Nullable Stall stalled;
    private boolean ended;
    private long lastWriteNanos;
    private long lastTakenNanos;

    /**
     * @param wording in whose words the client is told; null: the events of the native API
     */
    SseStream(
            HttpServerRequest request,
            Streams streams,
            Clock clock,
            StreamCounts counts,
            ConnectionMeter meter,
            Following following,
            @Nullable Wording wording) {
        this.request = request;
        this.response = request.response();
        this.streams = streams;
        this.clock = clock;
        this.counts = counts;
        this.meter = meter;
        this.following = following;
        this.wording = wording;
    }

    /** Sends the headers and what is there. */
    void open() {
        lastTakenNanos = clock.nanos();
        response.exceptionHandler(lost -> leave());
        response.closeHandler(lost -> leave());
        // In a task of its own: what Vert.x is given inside this handler beyond what the channel
        // takes at once lies there for ever.
        response.drainHandler(room -> streams.later(this::advance));
        write(wording == null ? OPENING : wording.opening());
        following.start(this);
        advance();
    }

    /** Sends what the connection can take now. A bug ends this stream and no other. */
    @Override
    public void advance() {
        if (advancing) return;
        advancing = true;
        try {
            send();
        } catch (RuntimeException e) {
            LOG.error("a stream broke at cursor {}", following.cursor(), e);
            leave();
            Cut.answer(request, Http2Error.INTERNAL_ERROR);
        } finally {
            advancing = false;
        }
    }

    private void send() {
        written = 0;
        while (!ended && unsent < UNSENT_MAX && !response.writeQueueFull()) {
            if (written >= STRETCH) {
                streams.later(this::advance);
                return;
            }
            if (sending == null && !next()) {
                flows();
                if (following.left()) breakOff();
                return;
            }
            piece();
        }
        if (!ended) stalls();
    }

    private boolean next() {
        sending = following.next();
        sent = 0;
        return sending != null;
    }

    private void piece() {
        Frame frame = sending;
        if (frame == null) return;
        Buffer bytes = frame.bytes();
        int end = Math.min(bytes.length(), sent + PIECE);
        write(end - sent == bytes.length() ? bytes : bytes.slice(sent, end));
        sent = end;
        if (end < bytes.length()) return;
        sending = null;
        following.sent(frame);
        if (frame.last()) finish();
    }

    private void write(Buffer bytes) {
        int length = bytes.length();
        lastWriteNanos = clock.nanos();
        unsent += length;
        written += length;
        response.write(bytes)
                .onComplete(taken -> taken(length), lost -> {}); // the close handler tells
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
        long held = (long) unsent + (sending == null ? 0 : sending.bytes().length());
        stalled = counts.stalls(held, lastTakenNanos, this::makeRoom);
    }

    private void flows() {
        if (stalled == null) return;
        counts.flows(stalled);
        stalled = null;
    }

    /** Memory is short: the client is to resume when it reads again. */
    private void makeRoom() {
        if (stalled == null || !stalled.lasts(clock.nanos())) return;
        meter.cut(Stall.MEMORY);
        leave();
        Cut.answer(request, Http2Error.ENHANCE_YOUR_CALM);
    }

    /** Sends a comment after long silence, cuts a reader that takes nothing for too long. */
    void sweep(long nowNanos, long silenceNanos, long idleNanos) {
        if (ended) return;
        if (stalled != null) {
            if (nowNanos - lastTakenNanos < idleNanos) return;
            counts.slowReaderCut();
            meter.cut(Stall.IDLE);
            Cut.answer(request, Http2Error.ENHANCE_YOUR_CALM);
        } else if (sending == null && nowNanos - lastWriteNanos >= silenceNanos) {
            write(HEARTBEAT);
        }
    }

    /**
     * Ends the response without a last event, which says: resume elsewhere. A reader that does not
     * read could not be told, so it is cut.
     */
    void breakOff() {
        if (ended) return;
        if (stalled != null) {
            leave();
            Cut.answer(request, Http2Error.CANCEL);
        } else {
            Buffer farewell = wording == null ? null : wording.breakingOff();
            if (farewell != null) write(farewell);
            finish();
        }
    }

    private void finish() {
        leave();
        if (!response.closed()) response.end().onComplete(done -> {});
    }

    private void leave() {
        if (ended) return;
        ended = true;
        flows();
        Frame frame = sending;
        sending = null;
        if (frame != null) following.drop(frame);
        following.end();
        streams.left(this);
        if (wording != null) wording.left();
    }
}
