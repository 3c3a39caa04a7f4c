package dev.loadline.engine;

import dev.loadline.turn.Cursor;
import dev.loadline.turn.Feed;
import dev.loadline.turn.Turn;
import dev.loadline.turn.TurnEvent;

/** What a subscriber gets of a turn. */
public sealed interface Attachment {
    /** Read the feed from here on. */
    record Live(Feed feed, Cursor from) implements Attachment {}

    /** Send this snapshot (its id is {@code turn.cursor()}), then read the feed from there on. */
    record SnapshotThenLive(Turn turn, Feed feed, Cursor from) implements Attachment {}

    /** Send this snapshot, then the turn's last event, whose id is {@code lastId}, and end. */
    record SnapshotThenLast(Turn turn, TurnEvent.Last last, String lastId) implements Attachment {}

    /** At or past the last event: nothing follows (204). */
    record Over() implements Attachment {}
}
