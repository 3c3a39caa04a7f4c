package dev.loadline.transport;

import dev.loadline.core.Clock;
import dev.loadline.engine.Attachment;
import dev.loadline.mailbox.HeavyWork;
import dev.loadline.turn.Cursor;
import dev.loadline.turn.Feed;
import dev.loadline.turn.Turn;
import dev.loadline.turn.TurnEvent;

import io.vertx.core.Context;

import org.jspecify.annotations.Nullable;

import java.util.ArrayDeque;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.Map;
import java.util.Queue;

/** The feeds that clients of one loop follow, and what is encoded for them. One loop. */
final class Fanouts {
    private final Context loop;
    private final StreamCounts counts;
    private final Map<Framing, Frames> frames = new EnumMap<>(Framing.class);
    private final HeavyWork heavy;
    private final SharedFrames shared;
    private final Map<Feed, Fanout> fanouts = new HashMap<>();

    Fanouts(Context loop, StreamCounts counts, Clock clock) {
        this.loop = loop;
        this.counts = counts;
        this.heavy = HeavyWork.on(loop.owner());
        this.shared = new SharedFrames(heavy, counts);
        for (Framing each : Framing.values()) frames.put(each, new Frames(each, counts, clock));
    }

    /** A place in what the attachment gives, which must not be over. */
    Following follow(Attachment attachment, Framing framing) {
        return switch (attachment) {
            case Attachment.Live(Feed feed, Cursor from) ->
                    new Following(this, framing, none(), feed, from);
            case Attachment.SnapshotThenLive(Turn turn, Feed feed, Cursor from) ->
                    new Following(this, framing, snapshot(turn, framing), feed, from);
            case Attachment.SnapshotThenLast(Turn turn, TurnEvent.Last last, String id) -> {
                Queue<Following.Leading> both = snapshot(turn, framing);
                String name = framing + " last " + id;
                both.add(
                        reader ->
                                shared.use(
                                        name,
                                        Weight.of(turn),
                                        () -> frames(framing).last(turn, last, id, name),
                                        reader));
                yield new Following(this, framing, both, null, null);
            }
            case Attachment.Over over -> throw new IllegalStateException("nothing follows");
        };
    }

    private static Queue<Following.Leading> none() {
        return new ArrayDeque<>(2);
    }

    private Queue<Following.Leading> snapshot(Turn turn, Framing framing) {
        String name = framing + " snapshot " + turn.cursor();
        Queue<Following.Leading> first = none();
        first.add(
                reader ->
                        shared.use(
                                name,
                                Weight.of(turn),
                                () -> frames(framing).snapshot(turn, name),
                                reader));
        return first;
    }

    Frames frames(Framing framing) {
        Frames known = frames.get(framing);
        if (known == null) throw new IllegalStateException("no frames for " + framing);
        return known;
    }

    /**
     * The last event of a feed that is over; to be released. Null while it is being made: then the
     * reader is told once it is there.
     */
    @Nullable Frame last(Framing framing, Feed feed, TurnEvent.Last last, Fanout.Reader reader) {
        String name = framing + " last " + feed.end();
        return shared.use(
                name, Weight.of(feed), () -> frames(framing).last(feed, last, name), reader);
    }

    /** What would hold this loop is done by. */
    HeavyWork heavy() {
        return heavy;
    }

    void release(Frame frame) {
        shared.release(frame);
    }

    Fanout join(Feed feed, Fanout.Reader reader) {
        Fanout fanout = fanouts.computeIfAbsent(feed, it -> new Fanout(it, loop, this, counts));
        fanout.add(reader);
        return fanout;
    }

    void leave(Fanout fanout, Fanout.Reader reader) {
        if (fanout.remove(reader)) fanouts.remove(fanout.feed());
    }

    StreamCounts counts() {
        return counts;
    }

    /** How many feeds are followed. */
    int size() {
        return fanouts.size();
    }

    /** After what else waits on this loop. */
    void later(Runnable task) {
        loop.runOnContext(run -> task.run());
    }
}
