package dev.loadline.engine;

import dev.loadline.core.ConversationKey;
import dev.loadline.core.TurnId;
import dev.loadline.turn.Feed;

import org.jspecify.annotations.Nullable;

import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Which turns live on one loop, in the lines of their conversations; keeps {@link Feeds} told. That
 * loop only.
 */
final class Books {
    private final Feeds feeds;
    private final int loop;
    private final Map<TurnId, LiveTurn> turns = new HashMap<>();
    private final Map<ConversationKey, Line> lines = new HashMap<>();

    Books(Feeds feeds, int loop) {
        this.feeds = feeds;
        this.loop = loop;
    }

    void enter(LiveTurn turn) {
        turns.put(turn.head.id(), turn);
        feeds.queued(1);
        if (!turn.ephemeral()) feeds.hold(turn.feed, loop);
        line(turn.head.conversation()).join(turn);
    }

    private Line line(ConversationKey key) {
        return lines.computeIfAbsent(
                key,
                k -> {
                    feeds.enter(k, loop);
                    return new Line();
                });
    }

    /** It waits behind nobody any more. */
    void begins() {
        feeds.queued(-1);
    }

    /** Parked turns: one more, or one fewer. */
    void parked(int more) {
        feeds.parked(more);
    }

    /** Out it goes; its feed stays held. */
    void strike(LiveTurn turn, boolean hadBegun) {
        turns.remove(turn.head.id());
        if (!hadBegun) feeds.queued(-1);
        ConversationKey key = turn.head.conversation();
        if (line(key).part(turn)) {
            lines.remove(key);
            feeds.leave(key);
        }
    }

    void drop(Feed feed) {
        feeds.drop(feed);
    }

    /** One goes ahead of what waits: {@link Line#makeWay}. */
    void makeWay(ConversationKey key, long place, TurnId running) {
        Line line = lines.get(key);
        if (line != null) line.makeWay(place, running);
    }

    /** Those of the conversation that wait hear their new positions. */
    void tellPositions(ConversationKey key) {
        Line line = lines.get(key);
        if (line != null) line.tellPositions();
    }

    /** True if it lives here, or on another loop of this node, or did a moment ago. */
    boolean knows(TurnId id) {
        return turns.containsKey(id) || feeds.find(id) != null;
    }

    /**
     * The loop where the conversation is at work, this one if it is nowhere; until {@link
     * #release}.
     */
    int claim(ConversationKey key) {
        return feeds.claim(key, loop);
    }

    void release(ConversationKey key) {
        feeds.release(key);
    }

    @Nullable LiveTurn find(TurnId id) {
        return turns.get(id);
    }

    /** As they are now; the books may change while one goes through them. */
    List<LiveTurn> all() {
        return List.copyOf(turns.values());
    }

    boolean nothingRuns() {
        return turns.values().stream().allMatch(LiveTurn::queued);
    }
}
