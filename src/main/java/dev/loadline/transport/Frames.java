package dev.loadline.transport;

import com.fasterxml.jackson.core.JsonProcessingException;

import dev.loadline.core.Clock;
import dev.loadline.core.Json;
import dev.loadline.core.Utf16;
import dev.loadline.turn.Cursor;
import dev.loadline.turn.Feed;
import dev.loadline.turn.Spoken;
import dev.loadline.turn.Turn;
import dev.loadline.turn.TurnEvent;

import org.jspecify.annotations.Nullable;

import java.util.Map;

/** Writes events in one framing. One loop, but for what may be long. */
final class Frames {
    /** UTF-16 units of text in one delta. */
    static final int DELTA_MAX = 8192;

    private final JsonBytes out = new JsonBytes();
    private final Framing framing;
    private final StreamCounts counts;
    private final Clock clock;

    Frames(Framing framing, StreamCounts counts, Clock clock) {
        this.framing = framing;
        this.counts = counts;
        this.clock = clock;
    }

    /**
     * What the feed holds past the cursor, as far as it fits; null if that is nothing, or if the
     * last event is next, which is for {@link #last}.
     */
    @Nullable Frame past(Cursor from, Feed feed) {
        out.clear();
        int size = feed.size(); // first: see Feed
        int entry = from.entry();
        int offset = from.offset();
        while (entry < size && out.length() < framing.bytesMax()) {
            switch (feed.entry(entry)) {
                case Feed.Said said -> {
                    offset = delta(feed, entry, offset, said);
                    if (offset < said.length()) continue;
                    if (entry + 1 == size) return done(feed, entry, offset); // it may still grow
                    entry++;
                    offset = 0;
                }
                case Feed.Happened(TurnEvent.Last last) -> {
                    return done(feed, entry, 0);
                }
                case Feed.Happened(TurnEvent event) -> {
                    entry++;
                    begin(
                            out,
                            event.type(),
                            at(feed, entry, 0).toString(),
                            feed.head().id().value());
                    members(out, event);
                    framing.end(out);
                }
            }
        }
        return done(feed, entry, offset);
    }

    private @Nullable Frame done(Feed feed, int entry, int offset) {
        if (out.length() == 0) return null;
        counts.encoded();
        return new Frame(out.take(), at(feed, entry, offset), false, null);
    }

    /** Writes one delta of what is there past the offset, if anything; answers where it ends. */
    private int delta(Feed feed, int entry, int offset, Feed.Said said) {
        int length = said.length();
        if (offset >= length) return offset;
        String text = said.text(offset, Math.min(length, offset + DELTA_MAX + 1));
        text = text.substring(0, Utf16.cutBefore(text, Math.min(DELTA_MAX, text.length())));
        int end = offset + text.length();
        String type = said.reasoning() ? "reasoning.delta" : "text.delta";
        begin(out, type, at(feed, entry, end).toString(), feed.head().id().value());
        out.raw(",\"step\":").number(said.step());
        out.raw(",\"at\":").number((long) said.at() + offset);
        out.raw(",\"text\":").string(text);
        framing.end(out);
        return end;
    }

    private static Cursor at(Feed feed, int entry, int offset) {
        return new Cursor(feed.head().id(), feed.attempt(), entry, offset);
    }

    /** The last event if it stands at the cursor, with the text of the whole turn; else null. */
    static TurnEvent.@Nullable Last lastAt(Cursor from, Feed feed) {
        int size = feed.size();
        int entry = from.entry();
        if (entry < size && feed.entry(entry) instanceof Feed.Said said) {
            if (from.offset() < said.length()) return null; // it grew while we looked
            entry++;
        }
        if (entry != size - 1) return null;
        return switch (feed.entry(entry)) {
            case Feed.Happened(TurnEvent.Last last) -> last;
            case Feed.Happened other -> null;
            case Feed.Said said -> null;
        };
    }

    /** The last event of a feed that is over. Any thread. */
    Frame last(Feed feed, TurnEvent.Last last, String sharedAs) {
        Spoken spoken = Spoken.upTo(feed, feed.end());
        String id = feed.end().toString();
        return last(feed.head().id().value(), last, id, spoken.text(), spoken.answer(), sharedAs);
    }

    /** The last event of a turn that is read from the store. Any thread. */
    Frame last(Turn turn, TurnEvent.Last last, String id, String sharedAs) {
        String answer = turn.answer();
        return last(
                turn.turn(),
                last,
                id,
                turn.text(),
                answer == null ? turn.text() : answer,
                sharedAs);
    }

    private Frame last(
            String turn,
            TurnEvent.Last last,
            String id,
            String text,
            String answer,
            String sharedAs) {
        var out = new JsonBytes();
        begin(out, last.type(), id, turn);
        members(out, last);
        out.raw(",\"text\":").string(text);
        switch (last) {
            case TurnEvent.Completed completed -> out.raw(",\"answer\":").string(answer);
            case TurnEvent.Failed failed -> {}
            case TurnEvent.Cancelled cancelled -> {}
        }
        framing.end(out);
        return new Frame(out.take(), null, true, sharedAs);
    }

    /** Any thread. */
    Frame snapshot(Turn turn, String sharedAs) {
        var out = new JsonBytes();
        framing.begin(out, "snapshot", turn.cursor());
        byte[] json = bytes(turn);
        out.raw(json, 1, json.length - 1);
        framing.end(out);
        return new Frame(out.take(), null, false, sharedAs);
    }

    private void begin(JsonBytes out, String type, String id, String turn) {
        framing.begin(out, type, id);
        out.raw("\"turn\":").string(turn);
    }

    private void members(JsonBytes out, TurnEvent event) {
        byte[] json =
                bytes(
                        switch (event) {
                            case TurnEvent.ContextReady(var report) -> report;
                            case TurnEvent.Degraded(var what) -> what;
                            case TurnEvent.Accepted e -> e;
                            case TurnEvent.Input e -> e;
                            case TurnEvent.Queued e -> e;
                            case TurnEvent.Started e -> e;
                            case TurnEvent.ToolCalled e -> e;
                            case TurnEvent.Reset e -> e;
                            case TurnEvent.Parked e -> e.at(clock.millis());
                            case TurnEvent.Resumed e -> Map.of();
                            case TurnEvent.Last e -> e;
                        });
        if (json.length > 2) out.raw(",").raw(json, 1, json.length - 1);
    }

    /** One line: Jackson escapes line breaks in strings and writes none between members. */
    private static byte[] bytes(Object value) {
        try {
            return Json.MAPPER.writeValueAsBytes(value);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("our own record can't be written as JSON", e);
        }
    }
}
