package dev.loadline.transport;

import dev.loadline.turn.Cursor;
import dev.loadline.turn.Feed;
import dev.loadline.turn.TurnEvent;

import io.vertx.core.Context;
import io.vertx.core.Vertx;
import io.vertx.core.internal.ContextInternal;

import org.jspecify.annotations.Nullable;

import java.util.EnumMap;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * The readers of one loop that follow one feed, whatever their framing. However many there are and
 * however fast the feed grows, it has one wake-up here and at most one task a hundred readers on
 * the loop's queue, and what such of them are to be sent from the same cursor is encoded once per
 * framing.
 *
 * <p>Thread: {@link #wake} by the feed's writer, wherever it is; the rest on the loop.
 */
final class Fanout {
    /** A client that follows a feed. */
    interface Reader {
        /** Sends what its connection can take now; may leave the fan-out meanwhile. */
        void advance();
    }

    /** What is encoded in one framing. */
    private static final class Encoded {
        private final Map<Cursor, Frame> during = new HashMap<>(); // a flush
        private @Nullable Frame kept; // the last event, which all who read here will want
    }

    private static final int READERS_AT_ONCE = 100;

    private final Feed feed;
    private final Context loop;
    private final Fanouts all;
    private final StreamCounts counts;
    private final Runnable wakeUp = this::wake;
    private final AtomicBoolean scheduled = new AtomicBoolean();
    private final Set<Reader> readers = new LinkedHashSet<>();
    private @Nullable List<Reader> inOrder; // what readers held when it was last asked
    private final Map<Framing, Encoded> encoded = new EnumMap<>(Framing.class);
    private boolean flushing;

    Fanout(Feed feed, Context loop, Fanouts all, StreamCounts counts) {
        this.feed = feed;
        this.loop = loop;
        this.all = all;
        this.counts = counts;
    }

    void add(Reader reader) {
        if (readers.isEmpty()) feed.subscribe(wakeUp);
        readers.add(reader);
        inOrder = null;
    }

    /** True if nobody reads any more. */
    boolean remove(Reader reader) {
        readers.remove(reader);
        inOrder = null;
        if (!readers.isEmpty()) return false;
        feed.unsubscribe(wakeUp);
        for (Encoded each : encoded.values()) {
            if (each.kept != null) all.release(each.kept);
            each.kept = null;
        }
        return true;
    }

    Feed feed() {
        return feed;
    }

    /**
     * The flush comes after what the writer reads right now. On another loop it would begin with
     * the first token of a batch and run for nearly each; so it goes there behind the writer's
     * batch.
     */
    private void wake() {
        if (scheduled.get() || !scheduled.compareAndSet(false, true)) return;
        Context writer = Vertx.currentContext();
        if (writer == null || here()) loop.runOnContext(run -> flush());
        else writer.runOnContext(read -> loop.runOnContext(run -> flush()));
    }

    private boolean here() {
        return ((ContextInternal) loop).inThread();
    }

    private void flush() {
        scheduled.set(false); // before the feed is read, or what comes now would wake nobody
        List<Reader> now = inOrder;
        if (now == null) inOrder = now = List.copyOf(readers);
        flush(now, 0);
    }

    /**
     * Some readers at a time: each is a write to its connection. One that was told of more by a
     * later flush, or has left, has nothing to send when its place in this one comes.
     */
    private void flush(List<Reader> told, int from) {
        counts.flushed();
        int end = Math.min(told.size(), from + READERS_AT_ONCE);
        flushing = true;
        try {
            for (Reader reader : told.subList(from, end)) reader.advance(); // may take itself out
        } finally {
            flushing = false;
            for (Encoded each : encoded.values()) each.during.clear();
        }
        if (end < told.size()) loop.runOnContext(run -> flush(told, end));
    }

    /**
     * What follows the cursor right now; null if nothing does, or if it is still being made: then
     * the reader is told.
     */
    @Nullable Frame past(Cursor cursor, Framing framing, Reader reader) {
        Encoded here = encoded.computeIfAbsent(framing, first -> new Encoded());
        Frame known = here.during.get(cursor);
        if (known != null) return known;
        Frame next = all.frames(framing).past(cursor, feed);
        if (next == null) return last(cursor, framing, here, reader);
        if (flushing) here.during.put(cursor, next);
        return next;
    }

    private @Nullable Frame last(Cursor cursor, Framing framing, Encoded here, Reader reader) {
        TurnEvent.Last last = Frames.lastAt(cursor, feed);
        if (last == null) return null;
        if (here.kept == null) here.kept = all.last(framing, feed, last, reader);
        return here.kept == null ? null : all.last(framing, feed, last, reader);
    }
}
