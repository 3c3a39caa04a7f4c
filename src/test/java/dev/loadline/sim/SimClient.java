package dev.loadline.sim;

import dev.loadline.core.ConversationKey;
import dev.loadline.core.TurnId;
import dev.loadline.core.WhenBusy;
import dev.loadline.engine.Attachment;
import dev.loadline.turn.Cursor;
import dev.loadline.turn.Feed;
import dev.loadline.turn.Step;
import dev.loadline.turn.Turn;
import dev.loadline.turn.TurnEvent;

import org.jspecify.annotations.Nullable;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;

/**
 * A person with one message and little patience: sends it again when no answer comes, loses the
 * connection, comes back at some cursor or from the start, reads slowly. Holds what API.md tells a
 * client to hold, and shouts when it is wrong.
 */
final class SimClient {
    private final Simulation sim;
    private final SimWorld world;
    final ConversationKey conversation;
    final String text;
    final @Nullable String key;
    private final Pressing pressing;
    private final Map<Integer, StringBuilder> steps = new TreeMap<>();
    private final List<String> cursors = new ArrayList<>();
    @Nullable String turn;
    TurnEvent.@Nullable Last last;
    private @Nullable Stream stream;
    private boolean gone;

    SimClient(
            Simulation sim,
            ConversationKey conversation,
            String text,
            @Nullable String key,
            @Nullable WhenBusy whenBusy,
            Patience patience) {
        this.sim = sim;
        this.world = sim.world;
        this.conversation = conversation;
        this.text = text;
        this.key = key;
        this.pressing = new Pressing(sim, this, whenBusy, patience);
    }

    boolean done() {
        return gone || last != null;
    }

    String said() {
        var all = new StringBuilder();
        steps.values().forEach(all::append);
        return all.toString();
    }

    void go() {
        pressing.press();
    }

    /** Its message has become this turn. */
    void follow(String its) {
        turn = its;
        attach();
    }

    /** Wants to know no more, whatever becomes of its message. */
    void leave() {
        gone = true;
        if (stream != null) stream.close();
    }

    boolean gone() {
        return gone;
    }

    // --- reading

    private void attach() {
        if (done()) return;
        world.at(world.outside, world.between(1, 500), "attach", this::attachNow);
    }

    private void attachNow() {
        if (done() || stream != null) return;
        SimNode node = sim.someNode();
        String after = someCursor();
        var opening = new Stream(node);
        stream = opening;
        world.at(
                world.outside,
                Duration.ofSeconds(8),
                "no answer to attach",
                () -> opening.lostUnless(opening.live));
        var id = new TurnId(Objects.requireNonNull(turn));
        node.call(
                desk -> desk.attach(conversation.principal(), id, after),
                opening::open,
                why -> opening.lost());
    }

    /** The newest cursor, an older one, or none though it still holds text: each must do. */
    private @Nullable String someCursor() {
        if (cursors.isEmpty() || world.chance(sim.faults.forgetful())) return null;
        if (world.chance(0.7)) return cursors.getLast();
        world.saw("resume at an old cursor");
        return cursors.get(world.random.nextInt(cursors.size()));
    }

    /** One connection. */
    private final class Stream {
        private @Nullable Feed feed;
        private int entry;
        private int offset;
        private boolean over;
        private boolean live;
        private boolean scheduled;
        private final Runnable wakeUp = this::wake;
        private final SimNode node;

        Stream(SimNode node) {
            this.node = node;
        }

        void open(Attachment attachment) {
            live = true;
            if (over) return;
            switch (attachment) {
                case Attachment.Live(Feed there, Cursor from) -> read(there, from);
                case Attachment.SnapshotThenLive(Turn snapshot, Feed there, Cursor from) -> {
                    snapshot(snapshot);
                    read(there, from);
                }
                case Attachment.SnapshotThenLast(
                                Turn snapshot,
                                TurnEvent.Last event,
                                String id) -> {
                    snapshot(snapshot);
                    ended(event, sim.textOf(snapshot));
                }
                case Attachment.Over nothing -> {
                    // We had a cursor past the last event, so we must have had that event.
                    sim.violated("204 to a client that has not seen the last event");
                }
            }
        }

        private void read(Feed there, Cursor from) {
            feed = there;
            entry = from.entry();
            offset = from.offset();
            there.subscribe(wakeUp);
            wake();
        }

        private void wake() {
            if (scheduled || over) return;
            scheduled = true;
            Duration slow = world.chance(0.1) ? world.between(100, 3_000) : world.between(0, 5);
            world.at(node.place(), slow, "read", this::flush);
        }

        private void flush() {
            scheduled = false;
            if (over || feed == null) return;
            if (world.chance(sim.faults.disconnect() * 0.2)) {
                world.saw("disconnect");
                lost();
                return;
            }
            Feed there = feed;
            boolean more = true;
            while (more && !over && entry < there.size()) {
                switch (there.entry(entry)) {
                    case Feed.Happened(TurnEvent event) -> {
                        next();
                        event(event);
                    }
                    case Feed.Said said -> {
                        int to = said.length();
                        if (to > offset && !said.reasoning()) {
                            delta(said.step(), said.at() + offset, said.text(offset, to));
                        }
                        offset = to;
                        cursors.add(
                                new Cursor(there.head().id(), there.attempt(), entry, offset)
                                        .toString());
                        more = entry < there.size() - 1;
                        if (more) next();
                    }
                }
            }
            if (there.left()) lost();
        }

        private void next() {
            entry++;
            offset = 0;
            Feed there = Objects.requireNonNull(feed);
            cursors.add(new Cursor(there.head().id(), there.attempt(), entry, 0).toString());
        }

        private void event(TurnEvent event) {
            if (event instanceof TurnEvent.Reset(int step, String reason)) {
                if (sim.mutation == Mutation.RESET_NOT_SENT) return;
                world.saw("reset");
                steps.put(step, new StringBuilder());
                cursors.subList(0, cursors.size() - 1).clear(); // of text that is void
            } else if (event instanceof TurnEvent.Last lastEvent) {
                ended(lastEvent, sim.textOf(Objects.requireNonNull(feed)));
            }
        }

        private void ended(TurnEvent.Last event, String whole) {
            if (last != null) sim.violated("a second last event");
            last = event;
            sim.sawLast(SimClient.this, event, whole);
            close();
            if (event instanceof TurnEvent.Completed done && done.next() != null) goOn(done.next());
        }

        void lostUnless(boolean fine) {
            if (!fine && !over) lost();
        }

        void lost() {
            if (over) return;
            close();
            attach();
        }

        private void close() {
            over = true;
            if (feed != null) feed.unsubscribe(wakeUp);
            if (stream == this) stream = null;
        }
    }

    /** The turn could not take our text any more; the one that was made of it does. */
    private void goOn(String next) {
        if (sim.promises().holds(Objects.requireNonNull(turn), text)) return;
        world.saw("text became a turn");
        turn = next;
        last = null;
        steps.clear();
        cursors.clear();
        attach();
    }

    /** The node that served our stream has died. */
    void connectionsLost(SimNode dead) {
        if (stream != null && stream.node == dead) stream.lost();
    }

    private void snapshot(Turn snapshot) {
        world.saw("snapshot");
        steps.clear();
        List<Step> all = snapshot.steps() == null ? List.of() : snapshot.steps();
        for (Step step : all) steps.put(step.step(), new StringBuilder(step.text()));
        cursors.clear();
        cursors.add(snapshot.cursor());
    }

    private void delta(int step, int at, String more) {
        StringBuilder mine = steps.computeIfAbsent(step, s -> new StringBuilder());
        if (at > mine.length()) {
            sim.violated("a gap: " + mine.length() + " held, the next delta is at " + at);
            return;
        }
        int known = Math.min(mine.length() - at, more.length());
        if (!mine.substring(at, at + known).equals(more.substring(0, known))) {
            sim.violated(
                    "text differs from what was received without a reset: '"
                            + mine
                            + "' but at "
                            + at
                            + " '"
                            + more
                            + "'");
        }
        mine.append(more, known, more.length());
    }
}
