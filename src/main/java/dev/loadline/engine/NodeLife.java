package dev.loadline.engine;

import dev.loadline.core.ConversationKey;
import dev.loadline.core.Deadline;
import dev.loadline.core.Timers;
import dev.loadline.core.TurnId;
import dev.loadline.core.WorkClass;
import dev.loadline.mailbox.Bus;
import dev.loadline.mailbox.Letter;
import dev.loadline.mailbox.Mailbox;
import dev.loadline.mailbox.MailboxPolicy;
import dev.loadline.mailbox.Reply;
import dev.loadline.store.StoredTurn;
import dev.loadline.turn.By;

import io.vertx.core.Future;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;

/**
 * One life of this node, from joining to leaving: its lease, the engines of its loops, what it
 * takes over. MECHANISMS §3.
 *
 * <p>Thread: {@link #keep} on an event loop, where its timers then run; the rest on any.
 */
public final class NodeLife {
    private static final Logger LOG = LoggerFactory.getLogger(NodeLife.class);
    private static final Duration POLL_EVERY = Duration.ofSeconds(1);
    static final Duration CONTROL_WAIT = Duration.ofSeconds(5);
    private static final int TAKEN_AT_ONCE = 50; // conversations a second
    private static final int RETAINED_AT_ONCE = 500; // turns, once a minute
    private static final int COMMANDS_MAX = 4096;

    private final Hands hands;
    private final Lease lease;
    private final boolean exclusive;
    private final Feeds feeds = new Feeds();
    private final Admission admission;
    private final List<Integer> loops = new CopyOnWriteArrayList<>();
    private final List<Mailbox<?, ?>> mailboxes = new CopyOnWriteArrayList<>();
    private final List<Timers.Timer> timers = new ArrayList<>();
    private final Complaint renewal = new Complaint(LOG, "renewing the node's lease");
    private final Complaint search = new Complaint(LOG, "looking for cancels and orphans");
    private boolean renewing;
    private boolean polling;
    private volatile boolean leaving; // told on another thread than the poll's

    private NodeLife(Hands hands, Lease lease, boolean exclusive) {
        this.hands = hands;
        this.lease = lease;
        this.exclusive = exclusive;
        this.admission = new Admission(hands, feeds, this::openLoopNear);
        mailboxes.addAll(List.of(admission.mailbox(), admission.live()));
    }

    /**
     * Joins the store as a new life of this node.
     *
     * @param exclusive true if a lock proves that no other node is at the database
     */
    public static Future<NodeLife> begin(Hands hands, boolean exclusive) {
        long asked = hands.clock().nanos();
        return hands.store()
                .join(hands.node(), Lease.LENGTH)
                .map(
                        fence ->
                                new NodeLife(
                                        hands,
                                        new Lease(hands.clock(), fence, exclusive, asked),
                                        exclusive));
    }

    Feeds feeds() {
        return feeds;
    }

    public Admission admission() {
        return admission;
    }

    /** What principals may use of this node. */
    public Quotas quotas() {
        return hands.quotas();
    }

    Hands hands() {
        return hands;
    }

    /** Whether this node may act for its conversations right now. */
    boolean isOurs() {
        return lease.holds();
    }

    /** A loop that takes turns. */
    public interface OpenLoop {
        /** Leaves what still runs as it is in the store, and takes nothing more. On that loop. */
        Future<Void> close();
    }

    /** Serves {@code turn.<loop>} on the caller's loop. */
    public OpenLoop openLoop(int loop) {
        if (loops.contains(loop))
            return Future::succeededFuture; // two verticles on one loop: one of them serves it
        var engine = new Engine(hands, lease, feeds, admission, loop);
        var policy = MailboxPolicy.untilDeadline(COMMANDS_MAX, COMMANDS_MAX);
        Mailbox<Command, Command.Done> mailbox =
                Mailbox.create(
                        address(loop),
                        policy,
                        hands.clock(),
                        hands.timers(),
                        new TurnService(engine, hands),
                        hands.mailboxes().apply(address(loop)));
        Bus.Served served = hands.bus().serve(address(loop), mailbox);
        loops.add(loop);
        mailboxes.add(mailbox);
        return () -> {
            engine.cutShort();
            return served.end();
        };
    }

    private int openLoopNear(int wanted) {
        return loops.contains(wanted) ? wanted : loops.get(Math.floorMod(wanted, loops.size()));
    }

    /**
     * Deletes the steps of turns that ended before this time (wall clock, ms): one batch of them.
     */
    public Future<Integer> retain(long endedBeforeMs) {
        return hands.store().retain(endedBeforeMs, RETAINED_AT_ONCE);
    }

    /** All mailboxes of the engine; the first is the one before new turns. */
    public List<Mailbox<?, ?>> mailboxes() {
        return List.copyOf(mailboxes);
    }

    /** How many turns wait: behind others of their conversation, or for a slot. */
    public int queuedTurns() {
        return feeds.queued();
    }

    /** How many turns have begun and hold no slot: they wait for a model's gate. */
    public int parkedTurns() {
        return feeds.parked();
    }

    /** How many conversations are at work on this node. */
    public int liveConversations() {
        return feeds.claimed();
    }

    /** Of a loop's commands; its mailbox is called so, too. */
    public static String address(int loop) {
        return "turn." + loop;
    }

    /**
     * Takes over what lives before this one (or other nodes, now dead) left: one batch; then
     * carries out the cancels that are written down. Answers how many turns.
     */
    public Future<Integer> takeOver() {
        int most = Math.min(TAKEN_AT_ONCE, admission.slots().room());
        if (most == 0) return cancels().map(0);
        return hands.store()
                .takeOver(lease.fence(), exclusive, most)
                .compose(
                        taken -> {
                            Map<ConversationKey, List<StoredTurn>> lines = new LinkedHashMap<>();
                            for (StoredTurn turn : taken) {
                                lines.computeIfAbsent(
                                                turn.head().conversation(), k -> new ArrayList<>())
                                        .add(turn);
                            }
                            List<Future<Reply<Command.Done>>> adopted = new ArrayList<>();
                            lines.forEach((key, turns) -> adopted.add(adopt(key, turns)));
                            return Future.join(adopted)
                                    .compose(done -> cancels())
                                    .map(taken.size());
                        });
    }

    private Future<Reply<Command.Done>> adopt(ConversationKey key, List<StoredTurn> turns) {
        int loop = feeds.claim(key, openLoopNear(key.hashCode()));
        return command(loop, new Command.Adopt(turns)).onComplete(done -> feeds.release(key));
    }

    /**
     * Renews the lease and looks for cancels and orphans from now on until {@link #stop}; for
     * orphans only until {@link #handOver}.
     */
    public void keep() {
        timers.add(hands.timers().every(Lease.RENEW_EVERY, this::renew));
        timers.add(hands.timers().every(POLL_EVERY, this::poll));
    }

    private void renew() {
        if (renewing) return;
        renewing = true;
        (lease.holds() ? prolong() : beginAnew())
                .onComplete(
                        done -> {
                            renewing = false;
                            renewal.heard(done);
                        });
    }

    private Future<Void> prolong() {
        long asked = hands.clock().nanos();
        return hands.store()
                .renew(lease.fence(), Lease.LENGTH)
                .map(
                        ours -> {
                            if (ours) {
                                // Once it has run out, turns were left: then it is no longer
                                // prolonged.
                                if (lease.holds()) lease.renewed(asked);
                            } else {
                                LOG.error(
                                        "another process lives as node {}; this one falls silent for good",
                                        hands.node());
                                lease.lost();
                                silence();
                            }
                            return null;
                        });
    }

    /**
     * The lease ran out, so all turns were left: what nobody has taken meanwhile is ours again only
     * as a new life.
     */
    private Future<Void> beginAnew() {
        silence();
        if (lease.isLost()) return Future.succeededFuture();
        long asked = hands.clock().nanos();
        return hands.store()
                .join(hands.node(), Lease.LENGTH)
                .map(
                        fence -> {
                            LOG.warn(
                                    "the lease of node {} had run out; it goes on as life {}",
                                    hands.node(),
                                    fence.epoch());
                            lease.reborn(fence, asked);
                            return null;
                        });
    }

    private void silence() {
        for (int loop : loops) command(loop, new Command.Silence()).onComplete(NodeLife::logBroken);
    }

    private void poll() {
        if (polling || !lease.holds()) return;
        polling = true;
        // Who goes away takes nothing more over, but what still runs here can be cancelled.
        (leaving ? cancels().map(0) : takeOver())
                .onComplete(
                        done -> {
                            polling = false;
                            search.heard(done);
                            if (done.succeeded() && done.result() > 0)
                                LOG.info("took over {} turns", done.result());
                        });
    }

    private Future<Void> cancels() {
        return hands.store()
                .cancelsAsked(lease.fence())
                .map(
                        asked -> {
                            asked.forEach(this::cancel);
                            return null;
                        });
    }

    /** The one reader of a turn that is not stored is gone. */
    void disconnected(int loop, TurnId turn) {
        command(loop, new Command.Cancel(turn, By.DISCONNECT)).onComplete(NodeLife::logBroken);
    }

    private void cancel(TurnId id, By by) {
        Feeds.Held held = feeds.find(id);
        if (held != null)
            command(held.loop(), new Command.Cancel(id, by)).onComplete(NodeLife::logBroken);
    }

    Future<Reply<Command.Done>> command(int loop, Command command) {
        return command(loop, command, CONTROL_WAIT);
    }

    private Future<Reply<Command.Done>> command(int loop, Command command, Duration wait) {
        return hands.bus()
                .ask(
                        address(loop),
                        new Letter<>(
                                command, WorkClass.CONTROL, Deadline.after(hands.clock(), wait)));
    }

    private static void logBroken(io.vertx.core.AsyncResult<Reply<Command.Done>> done) {
        if (done.succeeded()
                && done.result() instanceof Reply.Broken<Command.Done>(Throwable why)) {
            LOG.error("a command broke", why);
        }
    }

    /**
     * Nothing begins any more; completes when no turn runs here, or when the grace is over. What
     * then still runs stays as it is in the store, for whoever comes next.
     */
    public Future<Void> handOver(Duration grace) {
        leaving = true;
        List<Future<Reply<Command.Done>>> loopsEmpty = new ArrayList<>();
        for (int loop : loops) loopsEmpty.add(command(loop, new Command.HandOver(), grace));
        return Future.join(loopsEmpty).mapEmpty();
    }

    /** Stops the polling and ends the lease: who takes over need not wait for it to expire. */
    public Future<Void> stop() {
        timers.forEach(Timers.Timer::cancel);
        timers.clear();
        return hands.store().leave(lease.fence());
    }
}
