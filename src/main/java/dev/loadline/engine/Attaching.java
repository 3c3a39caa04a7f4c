package dev.loadline.engine;

import dev.loadline.core.Agent;
import dev.loadline.core.Clock;
import dev.loadline.core.Principal;
import dev.loadline.core.Problem;
import dev.loadline.core.Timers;
import dev.loadline.core.TurnId;
import dev.loadline.store.StoredTurn;
import dev.loadline.store.TurnStore;
import dev.loadline.turn.Cursor;
import dev.loadline.turn.Feed;
import dev.loadline.turn.Turn;
import dev.loadline.turn.TurnEnd;
import dev.loadline.turn.TurnEvent;

import io.vertx.core.Future;
import io.vertx.core.Promise;

import org.jspecify.annotations.Nullable;

import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.function.BooleanSupplier;

/**
 * Finds what a cursor still has to see of a turn: in the feed, or else in the store. API.md
 * "Cursors". Any loop.
 */
final class Attaching {
    private static final Duration TAKEOVER_PAUSE = Duration.ofMillis(100);
    private static final int TAKEOVER_LOOKS = 20;

    /** It has not ended, and nobody here moves it. */
    private static final class BetweenOwners extends RuntimeException {
        private static final long serialVersionUID = 1L;

        BetweenOwners() {
            super("between owners", null, false, false);
        }
    }

    private final Map<String, Agent> agents;
    private final Feeds feeds;
    private final TurnStore store;
    private final Clock clock;
    private final Timers timers;
    private final BooleanSupplier ours; // whether this node's lease holds

    Attaching(
            Map<String, Agent> agents,
            Feeds feeds,
            TurnStore store,
            Clock clock,
            Timers timers,
            BooleanSupplier ours) {
        this.agents = agents;
        this.feeds = feeds;
        this.store = store;
        this.clock = clock;
        this.timers = timers;
        this.ours = ours;
    }

    /** A turn that is being taken over is back in a moment, so a resume waits for that moment. */
    Future<Attachment> attach(Principal principal, TurnId id, @Nullable String after) {
        return attach(principal, id, after, TAKEOVER_LOOKS);
    }

    private Future<Attachment> attach(
            Principal principal, TurnId id, @Nullable String after, int looksLeft) {
        return attachNow(principal, id, after)
                .recover(
                        why -> {
                            if (!(why instanceof BetweenOwners)) return Future.failedFuture(why);
                            if (looksLeft == 0) return Problems.failed(Problems.storeUnavailable());
                            Promise<Void> later = Promise.promise();
                            timers.after(TAKEOVER_PAUSE, later::complete);
                            return later.future()
                                    .compose(now -> attach(principal, id, after, looksLeft - 1));
                        });
    }

    private Future<Attachment> attachNow(Principal principal, TurnId id, @Nullable String after) {
        Optional<Cursor> cursor = after == null ? Optional.empty() : Cursor.parse(after);
        Feeds.Held held = current(id);
        if (held == null) return fromStore(principal, id, after, cursor);
        Feed feed = held.feed();
        if (!feed.head().conversation().principal().equals(principal))
            return Problems.failed(Problem.notFound("turn"));
        if (after == null) {
            if (feed.earlier().isEmpty() && !feed.holdsVoid())
                return Future.succeededFuture(new Attachment.Live(feed, feed.start()));
            // What tries before said is durable and not in this feed: it comes as a snapshot. And
            // who holds text that came in place of other text would take the other for a gap.
            return snapshot(principal, feed, Optional.empty());
        }
        if (cursor.isEmpty() || !cursor.get().turn().equals(id)) return badCursor();
        return fromFeed(principal, feed, cursor.get());
    }

    /** Of a turn that another node may have by now, our feed says nothing any more. */
    private Feeds.@Nullable Held current(TurnId id) {
        Feeds.Held held = feeds.find(id);
        return held == null || held.feed().over() || ours.getAsBoolean() ? held : null;
    }

    private Future<Attachment> fromFeed(Principal principal, Feed feed, Cursor cursor) {
        if (cursor.attempt() > feed.attempt()) return badCursor();
        if (cursor.attempt() < feed.attempt())
            return snapshot(principal, feed, Optional.of(cursor));
        if (feed.over() && cursor.entry() >= feed.end().entry())
            return Future.succeededFuture(new Attachment.Over());
        if (!feed.holds(cursor)) return badCursor();
        return Future.succeededFuture(new Attachment.Live(feed, cursor));
    }

    private Future<Attachment> snapshot(Principal principal, Feed feed, Optional<Cursor> cursor) {
        TurnId id = feed.head().id();
        if (feed.over())
            return fromStore(principal, id, cursor.map(Cursor::toString).orElse(null), cursor);
        Cursor now = feed.end();
        return Future.succeededFuture(new Attachment.SnapshotThenLive(view(feed, now), feed, now));
    }

    private Turn view(Feed feed, Cursor upTo) {
        Agent agent = agents.get(feed.head().agent());
        return LiveView.of(feed, upTo, agent == null ? "" : agent.model(), clock.millis());
    }

    private Future<Attachment> fromStore(
            Principal principal, TurnId id, @Nullable String after, Optional<Cursor> cursor) {
        return store.turn(id)
                .recover(why -> Future.failedFuture(Problems.worded(why)))
                .compose(
                        found -> {
                            if (found.isEmpty()
                                    || !found.get()
                                            .head()
                                            .conversation()
                                            .principal()
                                            .equals(principal)) {
                                return Problems.failed(Problem.notFound("turn"));
                            }
                            if (after != null
                                    && (cursor.isEmpty() || !cursor.get().turn().equals(id)))
                                return badCursor();
                            return ofStored(found.get(), cursor);
                        });
    }

    private static Future<Attachment> ofStored(StoredTurn turn, Optional<Cursor> cursor) {
        TurnEnd end = turn.end();
        if (end == null) return Future.failedFuture(new BetweenOwners());
        Cursor last = Cursor.parse(turn.cursor()).orElseThrow();
        if (cursor.isPresent() && cursor.get().attempt() > last.attempt()) return badCursor();
        boolean over =
                cursor.isPresent()
                        && cursor.get().attempt() == last.attempt()
                        && cursor.get().entry() >= last.entry();
        if (over) return Future.succeededFuture(new Attachment.Over());
        Cursor before = new Cursor(last.turn(), last.attempt(), last.entry() - 1, 0);
        TurnEvent.Last event =
                switch (end) {
                    case TurnEnd.Completed(var finish) ->
                            new TurnEvent.Completed(
                                    finish,
                                    turn.memo().usage(),
                                    turn.memo().timings(),
                                    turn.next() == null ? null : turn.next().value());
                    case TurnEnd.Failed(var problem) -> new TurnEvent.Failed(problem);
                    case TurnEnd.Cancelled(var by) -> new TurnEvent.Cancelled(by);
                };
        Turn view = LiveView.withCursor(turn.view(), before);
        return Future.succeededFuture(
                new Attachment.SnapshotThenLast(view, event, last.toString()));
    }

    /**
     * What is known of a stored turn at this moment: of one that is at work here, its feed knows
     * more.
     */
    Turn live(StoredTurn stored) {
        Feeds.Held held = current(stored.head().id());
        if (held == null || stored.status().ended()) return stored.view();
        return view(held.feed(), held.feed().end());
    }

    private static <T> Future<T> badCursor() {
        return Problems.failed(Problem.invalid("after", "is not a cursor of this turn"));
    }
}
