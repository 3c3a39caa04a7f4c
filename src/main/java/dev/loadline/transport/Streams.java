package dev.loadline.transport;

import dev.loadline.core.Clock;
import dev.loadline.core.Principal;
import dev.loadline.core.Problem;
import dev.loadline.engine.Attachment;
import dev.loadline.engine.Quotas;
import dev.loadline.turn.Cursor;
import dev.loadline.turn.Feed;
import dev.loadline.turn.Turn;
import dev.loadline.turn.TurnEvent;

import io.vertx.core.Context;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerResponse;

import org.jspecify.annotations.Nullable;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Queue;
import java.util.Set;
import java.util.function.Function;
import java.util.function.Supplier;

/** The event streams of one loop. */
final class Streams {
    private final Context loop;
    private final Clock clock;
    private final ServerPolicy policy;
    private final StreamCounts counts;
    private final Quotas quotas;
    private final Frames frames;
    private final SharedFrames shared = new SharedFrames();
    private final Map<Feed, Fanout> fanouts = new HashMap<>();
    private final Map<SseStream, Principal> open = new LinkedHashMap<>();
    private final Set<Fanout.Reader> beside = new LinkedHashSet<>();
    private boolean closing;

    Streams(Context loop, Clock clock, ServerPolicy policy, StreamCounts counts, Quotas quotas) {
        this.loop = loop;
        this.clock = clock;
        this.policy = policy;
        this.counts = counts;
        this.quotas = quotas;
        this.frames = new Frames(counts);
    }

    /** Why there is no room for one more stream, or null: then one is reserved. */
    @Nullable Problem reserve(Principal principal) {
        if (closing) return Problem.of(Problem.Code.DRAINING, "resume on another node");
        Problem refused = quotas.streamOpens(principal);
        if (refused != null) return refused;
        if (counts.streamOpens(policy.streamsMax())) return null;
        quotas.streamEnds(principal);
        return Problem.of(Problem.Code.OVERLOADED, "too many open streams");
    }

    /** Gives back what was reserved and not started. */
    void unreserve(Principal principal) {
        counts.streamEnded();
        quotas.streamEnds(principal);
    }

    /** Starts a reserved stream, or answers 204 where nothing follows. */
    void start(Exchange exchange, Attachment attachment) {
        if (exchange.response().closed()) {
            unreserve(exchange.caller().principal());
            return;
        }
        switch (attachment) {
            case Attachment.Live(Feed feed, Cursor from) ->
                    start(exchange, none(), feed, from, Wording::events);
            case Attachment.SnapshotThenLive(Turn turn, Feed feed, Cursor from) ->
                    start(exchange, snapshot(turn), feed, from, Wording::events);
            case Attachment.SnapshotThenLast(Turn turn, TurnEvent.Last last, String id) -> {
                Queue<Supplier<Frame>> both = snapshot(turn);
                String name = "last " + id;
                both.add(() -> shared.use(name, () -> frames.last(turn, last, id, name)));
                start(exchange, both, null, null, Wording::events);
            }
            case Attachment.Over over -> {
                unreserve(exchange.caller().principal());
                exchange.empty(204);
            }
        }
    }

    private static Queue<Supplier<Frame>> none() {
        return new ArrayDeque<>();
    }

    private Queue<Supplier<Frame>> snapshot(Turn turn) {
        String name = "snapshot " + turn.cursor();
        Queue<Supplier<Frame>> first = none();
        first.add(() -> shared.use(name, () -> frames.snapshot(turn, name)));
        return first;
    }

    /** Starts a reserved stream in its own words. */
    void start(Exchange exchange, Queue<Supplier<Frame>> leading, Wording wording) {
        start(exchange, leading, null, null, none -> wording);
    }

    /** Starts a reserved stream that tells of a feed in its own words. */
    void start(
            Exchange exchange,
            Queue<Supplier<Frame>> leading,
            Feed feed,
            Cursor from,
            Wording wording) {
        start(exchange, leading, feed, from, shared -> wording);
    }

    private void start(
            Exchange exchange,
            Queue<Supplier<Frame>> leading,
            @Nullable Feed feed,
            @Nullable Cursor from,
            Function<@Nullable Fanout, Wording> words) {
        HttpServerResponse response = exchange.response();
        response.setStatusCode(200).setChunked(true);
        response.putHeader(HttpHeaders.CONTENT_TYPE, "text/event-stream; charset=utf-8");
        response.putHeader(HttpHeaders.CACHE_CONTROL, "no-cache, no-transform");
        response.putHeader("X-Accel-Buffering", "no");
        Fanout fanout = feed == null ? null : fanouts.computeIfAbsent(feed, this::fanout);
        var stream =
                new SseStream(
                        exchange.request(),
                        this,
                        clock,
                        counts,
                        leading,
                        fanout,
                        from,
                        words.apply(fanout));
        open.put(stream, exchange.caller().principal());
        if (fanout != null) fanout.add(stream);
        stream.open();
    }

    private Fanout fanout(Feed feed) {
        return new Fanout(feed, loop, frames, shared, counts);
    }

    /** Reads a feed beside the streams, until {@link #unfollow}. */
    Fanout follow(Feed feed, Fanout.Reader reader) {
        Fanout fanout = fanouts.computeIfAbsent(feed, this::fanout);
        fanout.add(reader);
        beside.add(reader);
        return fanout;
    }

    void unfollow(Fanout fanout, Fanout.Reader reader) {
        beside.remove(reader);
        if (fanout.remove(reader)) fanouts.remove(fanout.feed());
    }

    StreamCounts counts() {
        return counts;
    }

    /** After what else waits on this loop. */
    void later(Runnable task) {
        loop.runOnContext(run -> task.run());
    }

    void release(Frame frame) {
        shared.release(frame);
    }

    void left(SseStream stream, @Nullable Fanout fanout) {
        Principal principal = open.remove(stream);
        if (principal == null) return;
        if (fanout != null) unfollow(fanout, stream);
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
        for (Fanout.Reader reader : new ArrayList<>(beside)) reader.breakOff();
    }
}
