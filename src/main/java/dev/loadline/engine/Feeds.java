package dev.loadline.engine;

import dev.loadline.core.ConversationKey;
import dev.loadline.core.TurnId;
import dev.loadline.turn.Feed;

import org.jspecify.annotations.Nullable;

import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;

/**
 * Where this node's live turns are: the feeds that are held, and on which loop a conversation is at
 * work. A feed may be read by any thread, so whoever has its id reads it straight; work goes to the
 * loop by the bus. Any thread.
 */
final class Feeds {
    /** A feed, and the loop that writes it. */
    record Held(Feed feed, int loop) {}

    /**
     * @param live true while a stored turn of it lives there
     */
    private record Place(int loop, int claims, boolean live) {
        Place with(int more, boolean lives) {
            return new Place(loop, claims + more, lives);
        }
    }

    /** Told apart by identity: the same listener may watch twice. */
    private static final class Watcher {
        private final Consumer<TurnId> entered;
        private final Runnable deleted;

        Watcher(Consumer<TurnId> entered, Runnable deleted) {
            this.entered = entered;
            this.deleted = deleted;
        }
    }

    private final AtomicInteger queued = new AtomicInteger();
    private final AtomicInteger parked = new AtomicInteger();
    private final ConcurrentMap<TurnId, Held> held = new ConcurrentHashMap<>();
    private final ConcurrentMap<ConversationKey, Place> places = new ConcurrentHashMap<>();
    private final ConcurrentMap<ConversationKey, CopyOnWriteArrayList<Watcher>> watchers =
            new ConcurrentHashMap<>();

    void hold(Feed feed, int loop) {
        held.put(feed.head().id(), new Held(feed, loop));
        var told = watchers.get(feed.head().conversation());
        if (told != null) for (Watcher each : told) each.entered.accept(feed.head().id());
    }

    /** Tells of every turn of the conversation that is held from now on, until it is closed. */
    Turns.Watch watch(ConversationKey key, Consumer<TurnId> entered, Runnable deleted) {
        var watcher = new Watcher(entered, deleted);
        watchers.compute(
                key,
                (k, there) -> {
                    var all = there == null ? new CopyOnWriteArrayList<Watcher>() : there;
                    all.add(watcher);
                    return all;
                });
        return () ->
                watchers.computeIfPresent(
                        key,
                        (k, there) -> {
                            there.remove(watcher);
                            return there.isEmpty() ? null : there;
                        });
    }

    /** How many conversations are watched. */
    int watched() {
        return watchers.size();
    }

    void drop(Feed feed) {
        held.computeIfPresent(feed.head().id(), (id, there) -> there.feed() == feed ? null : there);
    }

    /** A deleted conversation's turns can't be found any more; who reads one reads on. */
    void forget(ConversationKey deleted) {
        held.values().removeIf(there -> there.feed().head().conversation().equals(deleted));
        var told = watchers.get(deleted);
        if (told != null) for (Watcher each : told) each.deleted.run();
    }

    @Nullable Held find(TurnId id) {
        return held.get(id);
    }

    /** Turns that wait behind others, as their loops count them. */
    int queued() {
        return queued.get();
    }

    void queued(int more) {
        queued.addAndGet(more);
    }

    /** Turns that have begun and hold no slot, as their loops count them. */
    int parked() {
        return parked.get();
    }

    void parked(int more) {
        parked.addAndGet(more);
    }

    /**
     * The loop where this conversation is at work, else the one preferred; it stays there until
     * {@link #release}.
     */
    int claim(ConversationKey key, int preferred) {
        Place place =
                places.compute(
                        key,
                        (k, there) ->
                                there == null
                                        ? new Place(preferred, 1, false)
                                        : there.with(1, there.live()));
        return place.loop();
    }

    /** Turns of the conversation live on this loop from now on. */
    void enter(ConversationKey key, int loop) {
        places.compute(
                key, (k, there) -> there == null ? new Place(loop, 1, true) : there.with(1, true));
    }

    /** The last of them is gone. */
    void leave(ConversationKey key) {
        places.computeIfPresent(
                key, (k, there) -> there.claims() == 1 ? null : there.with(-1, false));
    }

    /** Whether a stored turn of the conversation runs or waits on this node. */
    boolean live(ConversationKey key) {
        Place place = places.get(key);
        return place != null && place.live();
    }

    /** Gives back one claim. */
    void release(ConversationKey key) {
        places.computeIfPresent(
                key, (k, there) -> there.claims() == 1 ? null : there.with(-1, there.live()));
    }

    int claimed() {
        return places.size();
    }
}
