package dev.loadline.transport;

import dev.loadline.core.Clock;
import dev.loadline.core.Principal;
import dev.loadline.core.Problem;
import dev.loadline.engine.Attachment;
import dev.loadline.mailbox.HeavyWork;
import dev.loadline.telemetry.ConnectionMeter;
import dev.loadline.turn.Cursor;
import dev.loadline.turn.Feed;

import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerResponse;

import org.jspecify.annotations.Nullable;

import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Queue;
import java.util.Set;

/** The event streams of one loop. */
final class Streams {
    private final Fanouts fanouts;
    private final Clock clock;
    private final ServerPolicy policy;
    private final StreamCounts counts;
    private final Room room;
    private final ConnectionMeter meter;
    private final Map<SseStream, Principal> open = new LinkedHashMap<>();
    private final Set<ChatWait> beside = new LinkedHashSet<>();
    private final Set<Runnable> others = new LinkedHashSet<>();
    private boolean closing;

    Streams(Fanouts fanouts, TransportParts parts) {
        this.fanouts = fanouts;
        this.clock = parts.clock();
        this.policy = parts.policy();
        this.meter = parts.metrics().connections();
        this.counts = fanouts.counts();
        this.room = new Room(parts);
    }

    /** Why there is no room for one more stream, or null: then one is reserved. */
    @Nullable Problem reserve(Principal principal) {
        if (closing) return Problem.of(Problem.Code.DRAINING, "resume on another node");
        return room.takesAnswer(principal);
    }

    /** Gives back what was reserved and not started. */
    void unreserve(Principal principal) {
        room.givesAnswer(principal);
    }

    /** Starts a reserved stream, or answers 204 where nothing follows. */
    void start(Exchange exchange, Attachment attachment) {
        if (exchange.response().closed()) {
            unreserve(exchange.caller().principal());
            return;
        }
        if (attachment instanceof Attachment.Over) {
            unreserve(exchange.caller().principal());
            exchange.empty(204);
            return;
        }
        start(exchange, fanouts.follow(attachment, Framing.SSE), null);
    }

    /** Starts a reserved stream in its own words, from what is already there. */
    void start(Exchange exchange, Queue<Following.Leading> leading, Wording wording) {
        start(exchange, follow(leading, null, null, wording), wording);
    }

    /** Starts a reserved stream that tells of a feed in its own words. */
    void start(
            Exchange exchange,
            Queue<Following.Leading> leading,
            Feed feed,
            Cursor from,
            Wording wording) {
        start(exchange, follow(leading, feed, from, wording), wording);
    }

    private Following follow(
            Queue<Following.Leading> leading,
            @Nullable Feed feed,
            @Nullable Cursor from,
            Wording wording) {
        return new Following(fanouts, Framing.SSE, leading, feed, from, wording);
    }

    private void start(Exchange exchange, Following following, @Nullable Wording wording) {
        HttpServerResponse response = exchange.response();
        response.setStatusCode(200).setChunked(true);
        response.putHeader(HttpHeaders.CONTENT_TYPE, "text/event-stream; charset=utf-8");
        response.putHeader(HttpHeaders.CACHE_CONTROL, "no-cache, no-transform");
        response.putHeader("X-Accel-Buffering", "no");
        var stream =
                new SseStream(exchange.request(), this, clock, counts, meter, following, wording);
        open.put(stream, exchange.caller().principal());
        stream.open();
    }

    /** Waits beside the streams for a feed to be over, until {@link #unfollow}. */
    Fanout follow(Feed feed, ChatWait waiting) {
        beside.add(waiting);
        return fanouts.join(feed, waiting);
    }

    void unfollow(Fanout fanout, ChatWait waiting) {
        beside.remove(waiting);
        fanouts.leave(fanout, waiting);
    }

    /** Ends with the streams, if it is not {@link #gone} before. */
    void beside(Runnable ending) {
        others.add(ending);
    }

    void gone(Runnable ending) {
        others.remove(ending);
    }

    HeavyWork heavy() {
        return fanouts.heavy();
    }

    StreamCounts counts() {
        return counts;
    }

    /** After what else waits on this loop. */
    void later(Runnable task) {
        fanouts.later(task);
    }

    void left(SseStream stream) {
        Principal principal = open.remove(stream);
        if (principal == null) return;
        unreserve(principal); // nothing of it is left
    }

    /** Once a second: heartbeats, and readers that take nothing. */
    void sweep(Duration period) {
        long now = clock.nanos();
        long silence = policy.heartbeat().minus(period).toNanos();
        for (SseStream stream : new ArrayList<>(open.keySet())) {
            stream.sweep(now, silence, policy.idle().toNanos());
        }
    }

    /** Ends all without a last event, so that their clients resume on another node. */
    void endAll() {
        closing = true;
        for (SseStream stream : new ArrayList<>(open.keySet())) stream.breakOff();
        for (ChatWait waiting : new ArrayList<>(beside)) waiting.breakOff();
        for (Runnable ending : new ArrayList<>(others)) ending.run();
    }
}
