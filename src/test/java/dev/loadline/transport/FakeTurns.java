package dev.loadline.transport;

import dev.loadline.core.ConversationKey;
import dev.loadline.core.Origin;
import dev.loadline.core.Principal;
import dev.loadline.core.Problem;
import dev.loadline.core.ProblemException;
import dev.loadline.core.TurnId;
import dev.loadline.core.Usage;
import dev.loadline.core.WorkClass;
import dev.loadline.engine.Attachment;
import dev.loadline.engine.Conversed;
import dev.loadline.engine.Conversing;
import dev.loadline.engine.Submission;
import dev.loadline.engine.Turns;
import dev.loadline.turn.By;
import dev.loadline.turn.Chain;
import dev.loadline.turn.Conversation;
import dev.loadline.turn.Cursor;
import dev.loadline.turn.Feed;
import dev.loadline.turn.Message;
import dev.loadline.turn.Page;
import dev.loadline.turn.Status;
import dev.loadline.turn.Submitted;
import dev.loadline.turn.Timings;
import dev.loadline.turn.Turn;
import dev.loadline.turn.TurnHead;

import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/** An engine whose turns say what a test makes them say, with real feeds. */
final class FakeTurns implements Turns {
    static final String TIME = "2026-11-24T06:00:00.000Z";

    final List<Submission> submissions = new CopyOnWriteArrayList<>();
    final List<Conversing> conversings = new CopyOnWriteArrayList<>();
    final List<String> calls = new CopyOnWriteArrayList<>();
    final Map<String, String> texts = new ConcurrentHashMap<>();
    final Map<String, Attachment> attachments = new ConcurrentHashMap<>();
    private final Map<String, List<Consumer<TurnId>>> watchers = new ConcurrentHashMap<>();
    private final Map<String, Feed> feeds = new ConcurrentHashMap<>();
    private final Context writer;
    volatile RuntimeException fault;

    /** Whose a turn is, if not everybody's; "gone" is nobody's. */
    final Map<String, String> owners = new ConcurrentHashMap<>(Map.of("gone", ""));

    /** True: cancels are answered by {@link #answerAll}. */
    volatile boolean slow;

    private final List<Runnable> waiting = new CopyOnWriteArrayList<>();

    /** What a conversation is said to be; null: one at rest. */
    volatile Conversation busy;

    /** Runs on the loop of the door that asks for a turn. */
    volatile Runnable onTurn = () -> {};

    FakeTurns(Vertx vertx) {
        this.writer = vertx.getOrCreateContext();
    }

    static Message message(String turn, String text) {
        return Message.ofUser("m1", turn, text, TIME, null, Origin.CHAT);
    }

    static Feed newFeed(String turn) {
        var key = new ConversationKey(new Principal("local", "dev"), "c1");
        var head =
                new TurnHead(
                        new TurnId(turn),
                        key,
                        1,
                        "assistant",
                        Origin.CHAT,
                        WorkClass.INTERACTIVE,
                        List.of(message(turn, "hello")),
                        0,
                        0,
                        null,
                        Chain.rootOf(turn));
        return new Feed(head, 1);
    }

    static Turn view(String turn, Status status, String cursor, String text) {
        return new Turn(
                turn,
                "c1",
                "assistant",
                status,
                Origin.CHAT,
                cursor,
                null,
                1,
                "n1",
                List.of(message(turn, "hello")),
                List.of(),
                text,
                null,
                null,
                null,
                null,
                Usage.NONE,
                Timings.NONE,
                null,
                List.of(),
                List.of(),
                Chain.rootOf(turn),
                TIME,
                null,
                null);
    }

    Feed feed(String turn) {
        return feeds.computeIfAbsent(turn, FakeTurns::newFeed);
    }

    /** Writes to a feed as its only writer does, and waits until it is done. */
    void write(String turn, Consumer<Feed> words) {
        CompletableFuture<Void> done = new CompletableFuture<>();
        writer.runOnContext(
                run -> {
                    words.accept(feed(turn));
                    done.complete(null);
                });
        done.orTimeout(10, TimeUnit.SECONDS).join();
    }

    private <T> Future<T> answer(String call, T value) {
        calls.add(call);
        if (fault != null) return Future.failedFuture(fault);
        return Future.succeededFuture(value);
    }

    private static Conversation talk(String id) {
        return new Conversation(id, "assistant", TIME, TIME, 0, null, List.of(), null);
    }

    @Override
    public List<AgentView> agents() {
        if (fault != null) throw fault;
        return List.of(new AgentView("assistant", null, List.of(), "rehearsal", true));
    }

    @Override
    public Future<Opened> open(Principal principal, String agent, String id) {
        if (!agent.equals("assistant")) {
            Problem unknown = Problem.invalid("agent", "is not known").withStatus(422);
            return Future.failedFuture(new ProblemException(unknown));
        }
        boolean known = id != null && calls.contains("open " + id);
        return answer("open " + id, new Opened(talk(id == null ? "c1" : id), !known));
    }

    @Override
    public Future<Conversation> conversation(ConversationKey key) {
        Conversation there = busy;
        return answer("conversation " + key.id(), there == null ? talk(key.id()) : there);
    }

    @Override
    public Future<Page<Conversation>> conversations(Principal who, int limit, String before) {
        String call = "conversations " + limit + " " + before;
        return answer(call, new Page<>(List.of(talk("c1")), "c1", null));
    }

    @Override
    public Future<Page<Message>> messages(
            ConversationKey key, int limit, String before, String after) {
        String call = "messages " + key.id() + " " + limit + " " + before + " " + after;
        return answer(call, new Page<>(List.of(message("t1", "hello")), null, null));
    }

    @Override
    public Future<Page<Turn>> turns(ConversationKey key, int limit, String before) {
        Turn turn = view("t1", Status.RUNNING, "t1.1.0.0", "").withoutSteps();
        String call = "turns " + key.id() + " " + limit + " " + before;
        return answer(call, new Page<>(new ArrayList<>(List.of(turn)), null, null));
    }

    @Override
    public Future<Void> delete(ConversationKey key) {
        return answer("delete " + key.id(), null);
    }

    @Override
    public Future<Submission.Reply> submit(Submission submission) {
        if (submission.opensWith() != null && !submission.opensWith().equals("assistant")) {
            Problem unknown = Problem.invalid("agent", "is not known").withStatus(422);
            return Future.failedFuture(new ProblemException(unknown));
        }
        submissions.add(submission);
        boolean again = submissions.size() > 1;
        var submitted =
                new Submitted("t1", submission.conversation().id(), again, null, null, null);
        return answer("submit", new Submission.Reply(submitted));
    }

    /** The turn is named by its text. */
    @Override
    public Future<Conversed> converse(Conversing conversing) {
        conversings.add(conversing);
        String turn = conversing.text();
        return answer("converse", new Conversed(feed(turn), () -> calls.add("hang up " + turn)));
    }

    @Override
    public Future<Turn> turn(Principal principal, TurnId id) {
        onTurn.run();
        if (foreign(principal, id)) return Future.failedFuture(unknown());
        String text = texts.getOrDefault(id.value(), "");
        return answer("turn " + id, view(id.value(), Status.RUNNING, id + ".1.0.0", text));
    }

    @Override
    public Future<Turn> cancel(Principal principal, TurnId id, By by) {
        String call = "cancel " + id + " " + by.wire();
        if (foreign(principal, id)) return Future.failedFuture(unknown());
        if (slow) {
            Promise<Turn> later = Promise.promise();
            waiting.add(() -> later.complete(view(id.value(), Status.RUNNING, id + ".1.0.0", "")));
            return later.future();
        }
        return answer(call, view(id.value(), Status.RUNNING, id + ".1.0.0", ""));
    }

    @Override
    public Future<Attachment> attach(Principal principal, TurnId id, String after) {
        if (foreign(principal, id)) return Future.failedFuture(unknown());
        Attachment prepared = attachments.get(id.value());
        if (prepared != null) return answer("attach " + id + " " + after, prepared);
        Feed feed = feed(id.value());
        Cursor from = after == null ? feed.start() : Cursor.parse(after).orElse(null);
        if (from == null || !feed.holds(from)) {
            Problem problem = Problem.invalid("after", "is no cursor of this turn");
            return Future.failedFuture(new ProblemException(problem));
        }
        if (feed.over() && from.equals(feed.end())) {
            return answer("attach", new Attachment.Over());
        }
        return answer("attach " + id + " " + after, new Attachment.Live(feed, from));
    }

    @Override
    public Watch watch(ConversationKey key, Consumer<TurnId> entered, Runnable deleted) {
        calls.add("watch " + key.id());
        watchers.computeIfAbsent(key.id(), id -> new CopyOnWriteArrayList<>()).add(entered);
        return () -> watchers.get(key.id()).remove(entered);
    }

    /** A turn of the conversation comes to the node. */
    void enters(String conversation, String turn) {
        for (Consumer<TurnId> each : watchers.getOrDefault(conversation, List.of()))
            each.accept(new TurnId(turn));
    }

    int watchers() {
        return watchers.values().stream().mapToInt(List::size).sum();
    }

    private boolean foreign(Principal principal, TurnId id) {
        String owner = owners.get(id.value());
        return owner != null && !owner.equals(principal.toString());
    }

    private static ProblemException unknown() {
        return new ProblemException(Problem.notFound("turn"));
    }

    /** Cancels that are not answered. */
    int waiting() {
        return waiting.size();
    }

    void answerAll() {
        List<Runnable> all = List.copyOf(waiting);
        waiting.clear();
        writer.runOnContext(run -> all.forEach(Runnable::run));
    }
}
