package dev.loadline.transport;

import dev.loadline.turn.Cursor;
import dev.loadline.turn.Feed;

import org.jspecify.annotations.Nullable;

import java.util.Queue;

/**
 * One client's place in one turn's events: what leads, then a cursor in the feed. Holds nothing of
 * what is to be sent. One loop.
 */
final class Following {
    /** Makes what is sent before the feed is read. */
    interface Leading {
        /** Null while it is being made: then the reader is told once it is there. */
        @Nullable Frame make(Fanout.Reader reader);
    }

    private final Fanouts fanouts;
    private final Framing framing;
    private final @Nullable Wording wording;
    private final Queue<Leading> leading;
    private final @Nullable Feed feed;
    private @Nullable Cursor cursor;
    private @Nullable Fanout fanout;
    private Fanout.@Nullable Reader reader;

    /** Events in this framing, shared by all who stand at the same cursor. */
    Following(
            Fanouts fanouts,
            Framing framing,
            Queue<Leading> leading,
            @Nullable Feed feed,
            @Nullable Cursor cursor) {
        this(fanouts, framing, leading, feed, cursor, null);
    }

    /**
     * @param leading made and sent first, one after the other
     * @param feed then read from {@code cursor} on; absent if the leading ones are all
     * @param wording in whose words; null: as events
     */
    Following(
            Fanouts fanouts,
            Framing framing,
            Queue<Leading> leading,
            @Nullable Feed feed,
            @Nullable Cursor cursor,
            @Nullable Wording wording) {
        this.fanouts = fanouts;
        this.framing = framing;
        this.leading = leading;
        this.feed = feed;
        this.cursor = cursor;
        this.wording = wording;
    }

    /** From now on {@code reader} is told of what is new; until {@link #end}. */
    void start(Fanout.Reader follower) {
        reader = follower;
        if (feed != null) fanout = fanouts.join(feed, follower);
    }

    /** What is to be sent next, to be given back by {@link #sent} or {@link #drop}; or null. */
    @Nullable Frame next() {
        if (reader == null) throw new IllegalStateException("nobody follows yet");
        Leading first = leading.peek();
        if (first != null) {
            Frame made = first.make(reader);
            if (made != null) leading.remove();
            return made;
        }
        if (fanout == null || cursor == null) return null;
        return wording == null ? fanout.past(cursor, framing, reader) : wording.past(cursor);
    }

    void sent(Frame frame) {
        fanouts.release(frame);
        fanouts.counts().sent();
        if (frame.end() != null) cursor = frame.end();
    }

    void drop(Frame frame) {
        fanouts.release(frame);
    }

    /** True if the feed ends without a last event: the turn goes on elsewhere. */
    boolean left() {
        return feed != null && feed.left();
    }

    /** Where the client stands in the feed; null if it reads none. */
    @Nullable Cursor cursor() {
        return cursor;
    }

    void end() {
        leading.clear();
        if (fanout != null && reader != null) fanouts.leave(fanout, reader);
        fanout = null;
    }
}
