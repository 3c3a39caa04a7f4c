package dev.loadline.sim;

import dev.loadline.context.ContextTask;
import dev.loadline.core.Agent;
import dev.loadline.core.ContextReport;
import dev.loadline.core.ConversationKey;
import dev.loadline.core.Ids;
import dev.loadline.core.ManualTime;
import dev.loadline.core.Principal;
import dev.loadline.core.Prompt;
import dev.loadline.core.Timers;
import dev.loadline.core.TurnId;
import dev.loadline.core.WhenBusy;
import dev.loadline.core.WorkClass;
import dev.loadline.engine.Attachment;
import dev.loadline.engine.Desk;
import dev.loadline.engine.Hands;
import dev.loadline.engine.NodeLife;
import dev.loadline.engine.Quotas;
import dev.loadline.engine.Submission;
import dev.loadline.engine.TurnCounts;
import dev.loadline.mailbox.Bus;
import dev.loadline.mailbox.Letter;
import dev.loadline.mailbox.Mailbox;
import dev.loadline.mailbox.MailboxPolicy;
import dev.loadline.mailbox.Refusal;
import dev.loadline.mailbox.Reply;
import dev.loadline.store.SqlTurnStore;
import dev.loadline.telemetry.MailboxCounters;
import dev.loadline.turn.Feed;
import dev.loadline.turn.Turn;
import dev.loadline.turn.TurnEvent;

import io.vertx.core.Future;

import org.jspecify.annotations.Nullable;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;

/**
 * A node of real engine, mailboxes and statements on time that a test moves; everything that is not
 * the model answers at once. It can be killed and come back.
 */
final class LoneNode implements AutoCloseable {
    static final Principal ANN = new Principal("acme", "ann");
    private static final String AGENT = "assistant";

    final ManualTime time = new ManualTime();
    final PuppetModel model = new PuppetModel("main");
    final List<ContextReport.Source> sources = new ArrayList<>();
    private final SimDisk disk =
            new SimDisk(
                    SimDisk.migrations(
                            "/db/migration/V1__turns.sql",
                            "/db/migration/V2__busy.sql",
                            "/db/migration/V3__quotas.sql"),
                    time);
    private final Ids ids = new Ids(new Random(1));
    private final int slots;
    private Life life;

    LoneNode(int slots) {
        this.slots = slots;
        this.life = new Life();
    }

    /** From birth to death: what was armed in it does not fire after it. */
    private final class Life implements Bus, Timers {
        private final Map<String, Mailbox<?, ?>> served = new HashMap<>();
        private final NodeLife node;
        private final NodeLife.OpenLoop loop;
        private final Desk desk;
        private boolean dead;

        Life() {
            var hands =
                    new Hands(
                            "n1",
                            time,
                            this,
                            ids,
                            new SqlTurnStore(new OracleDb(disk)),
                            this,
                            Map.of(AGENT, SimAgent.of(null)),
                            agent -> model,
                            new MailboxPolicy(
                                    8, slots, Map.of(WorkClass.INTERACTIVE, Duration.ofHours(1))),
                            name -> MailboxCounters.NONE,
                            TurnCounts.none(),
                            Quotas.none());
            node = NodeLife.begin(hands, true).result();
            loop = node.openLoop(0);
            desk = new Desk(node, () -> 0, () -> false);
            node.takeOver();
        }

        @Override
        public <M, R> Served serve(String address, Mailbox<M, R> mailbox) {
            served.put(address, mailbox);
            return Future::succeededFuture;
        }

        @Override
        @SuppressWarnings("unchecked") // one type an address
        public <M, R> Future<Reply<R>> ask(String address, Letter<M> letter) {
            if (letter.body() instanceof ContextTask task)
                return Future.succeededFuture(new Reply.Answer<>((R) answer(task)));
            var there = (Mailbox<M, R>) served.get(address);
            return there == null
                    ? Future.succeededFuture(
                            new Reply.Refused<>(Refusal.DRAINING, Duration.ofSeconds(1)))
                    : there.ask(letter);
        }

        @Override
        public Timer after(Duration delay, Runnable task) {
            return time.after(delay, () -> alive(task));
        }

        @Override
        public Timer every(Duration period, Runnable task) {
            return time.every(period, () -> alive(task));
        }

        private void alive(Runnable task) {
            if (!dead) task.run();
        }
    }

    private ContextTask.Answer answer(ContextTask task) {
        return switch (task) {
            case ContextTask.Assemble ask -> {
                List<Prompt.Said> all = new ArrayList<>(ask.history());
                all.addAll(ask.input());
                yield new ContextTask.Answer.Assembled(
                        new Prompt("", all, 100),
                        new ContextReport(ask.step(), 100, 8000, 0, List.copyOf(sources)));
            }
            case ContextTask.Count(String text, String reasoning) ->
                    new ContextTask.Answer.Counted(text.length(), reasoning.length());
            case ContextTask.Measure measure -> new ContextTask.Answer.Measured(1, true);
        };
    }

    /** {@code kill -9}, and a new life on the same disk. */
    void dieAndComeBack() {
        life.dead = true;
        life = new Life();
    }

    /** Ends in order; what can be handed over is. True once no turn runs here any more. */
    Future<Void> leave() {
        return life.node.handOver(Duration.ofMinutes(1));
    }

    /** The grace is over. */
    void cutShort() {
        life.loop.close();
    }

    Agent agent() {
        return SimAgent.of(null);
    }

    Desk desk() {
        return life.desk;
    }

    /** The id of a turn that was let in; null: it waits at the door. */
    @Nullable String submit(String conversation, String text, @Nullable WhenBusy mode) {
        var submission =
                new Submission(
                        new ConversationKey(ANN, conversation),
                        text,
                        null,
                        mode,
                        null,
                        null,
                        time.nanos(),
                        time.nanos());
        Future<Submission.Reply> reply = desk().submit(submission.opening(AGENT));
        if (reply.failed()) throw new AssertionError(reply.cause());
        return reply.isComplete() ? reply.result().submitted().turn() : null;
    }

    /** A new conversation's turn, which is at its model now. */
    String begin(String conversation) {
        int calls = model.calls.size();
        String turn = submit(conversation, "Hi from " + conversation, null);
        if (turn == null || model.calls.size() != calls + 1)
            throw new AssertionError("it did not get to the model: " + turn);
        return turn;
    }

    Turn turn(String id) {
        return desk().turn(ANN, new TurnId(id)).result();
    }

    /** The names of its events so far. */
    List<String> events(String id) {
        return events(feed(id));
    }

    Feed feed(String id) {
        return switch (desk().attach(ANN, new TurnId(id), null).result()) {
            case Attachment.Live(Feed feed, var from) -> feed;
            case Attachment.SnapshotThenLive(var turn, Feed feed, var from) -> feed;
            case Attachment other -> throw new AssertionError(other);
        };
    }

    static List<String> events(Feed feed) {
        List<String> names = new ArrayList<>();
        for (int i = 0; i < feed.size(); i++)
            names.add(
                    switch (feed.entry(i)) {
                        case Feed.Happened(TurnEvent event) -> event.type();
                        case Feed.Said said -> said.text(0, said.length());
                    });
        return names;
    }

    /** Slots taken. */
    int active() {
        return life.node.admission().mailbox().reading().inWork();
    }

    int parked() {
        return life.node.parkedTurns();
    }

    int live() {
        return life.node.liveConversations();
    }

    @Override
    public void close() {
        disk.close();
    }
}
