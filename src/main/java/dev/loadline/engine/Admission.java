package dev.loadline.engine;

import dev.loadline.core.Agent;
import dev.loadline.core.ConversationKey;
import dev.loadline.core.Deadline;
import dev.loadline.core.Principal;
import dev.loadline.core.Problem;
import dev.loadline.core.TurnId;
import dev.loadline.core.WorkClass;
import dev.loadline.mailbox.Letter;
import dev.loadline.mailbox.Mailbox;
import dev.loadline.mailbox.MailboxPolicy;
import dev.loadline.mailbox.Reply;
import dev.loadline.mailbox.Sender;
import dev.loadline.mailbox.Service;
import dev.loadline.mailbox.Slot;
import dev.loadline.turn.Feed;
import dev.loadline.turn.Submitted;

import io.vertx.core.Future;
import io.vertx.core.internal.ContextInternal;
import io.vertx.core.internal.PromiseInternal;

import org.jspecify.annotations.Nullable;

import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.function.BiConsumer;
import java.util.function.BiFunction;
import java.util.function.Consumer;
import java.util.function.IntUnaryOperator;
import java.util.function.Supplier;

/**
 * The node's door for new turns: one mailbox in front of all loops, whose slots are the turns that
 * run here. Whoever it refuses has cost nothing: the conversation is read, the text measured and
 * anything stored only within a slot. What was acknowledged passes it no more, see {@link
 * TurnSlots}. Any loop; answers come on the asker's context.
 *
 * <p>A message for a conversation that is at work here goes by: it joins, repeats or waits behind a
 * turn whose slot it will have, so a full node can take it, and the impatient attach instead of
 * being told to come again. It has a mailbox of its own, so that no crowd of these is at the store
 * at once; how many turns may wait is the conversation's own bound.
 */
public final class Admission {
    static final Duration SUBMIT_WAIT = Duration.ofSeconds(10);

    /** How the mailboxes are called. */
    public static final List<String> MAILBOXES = List.of("turn", "turn.live");

    private static final int LIVE_WAITING_MAX = 1024;
    private static final int LIVE_AT_ONCE = 64;

    /**
     * @param place whose loop it goes to, if that is at work
     * @param agent who will answer; found out once it is let in
     */
    private record Entry(
            @Nullable ConversationKey place,
            Sender sender,
            int loopHere,
            Supplier<Future<Agent>> agent,
            BiFunction<Agent, @Nullable Slot, Command> command) {}

    /** What became of an entry, and the loop that knows. */
    private record Entered(Command.Done done, int loop) {}

    private final Hands hands;
    private final Feeds feeds;
    private final IntUnaryOperator loops; // the one asked for if it takes turns, else another
    private final Mailbox<Entry, Entered> mailbox;
    private final Mailbox<Entry, Entered> live;
    private final TurnSlots slots;

    Admission(Hands hands, Feeds feeds, IntUnaryOperator loops) {
        this.hands = hands;
        this.feeds = feeds;
        this.loops = loops;
        this.mailbox = open(MAILBOXES.getFirst(), hands.admission(), this::begin);
        this.live =
                open(
                        MAILBOXES.getLast(),
                        MailboxPolicy.untilDeadline(LIVE_WAITING_MAX, LIVE_AT_ONCE),
                        (entry, slot) -> enter(entry, null));
        this.slots = new TurnSlots(hands.admission().concurrency(), mailbox, this::bring);
    }

    private Mailbox<Entry, Entered> open(
            String name, MailboxPolicy policy, Service<Entry, Entered> service) {
        return Mailbox.create(
                name,
                policy,
                hands.clock(),
                hands.timers(),
                service,
                hands.mailboxes().apply(name));
    }

    /**
     * @param agent asked once the submission is let in; what it fails with is the answer
     * @param unlessFull what a submission that needs a slot and gets none is told; null: why
     */
    Future<Submitted> submit(
            Submission submission,
            Supplier<Future<Agent>> agent,
            int loopHere,
            @Nullable Problem unlessFull) {
        ConversationKey key = submission.conversation();
        var entry =
                new Entry(
                        key,
                        Sender.of(key),
                        loopHere,
                        agent,
                        (who, slot) -> new Command.Submit(submission, who, slot));
        var letter = letter(entry, entry.sender());
        Future<Reply<Entered>> entered =
                feeds.live(key)
                        ? live.ask(letter)
                        : mailbox.ask(letter).compose(reply -> orLive(reply, letter, key));
        return here(
                entered.compose(reply -> answer(reply, unlessFull))
                        .map(there -> ((Command.Done.Accepted) there.done()).submitted()));
    }

    /** While it waited, a message before it may have set its conversation to work. */
    private Future<Reply<Entered>> orLive(
            Reply<Entered> reply, Letter<Entry> letter, ConversationKey key) {
        return reply instanceof Reply.Refused<Entered> && feeds.live(key)
                ? live.ask(letter)
                : Future.succeededFuture(reply);
    }

    private static Future<Entered> answer(Reply<Entered> reply, @Nullable Problem unlessFull) {
        return unlessFull != null && reply instanceof Reply.Refused<Entered>
                ? Problems.failed(unlessFull)
                : Problems.answer(reply);
    }

    /**
     * @param agent asked once it is let in; what it fails with is the answer
     * @param hangUp what ends the turn on the loop where it runs
     */
    Future<Conversed> converse(
            Conversing conversing,
            Supplier<Future<Agent>> agent,
            int loopHere,
            BiConsumer<Integer, TurnId> hangUp) {
        Principal principal = conversing.principal();
        var sender = new Sender(principal.tenant(), principal.user(), hands.ids().conversation());
        var entry =
                new Entry(
                        null,
                        sender,
                        loopHere,
                        agent,
                        (who, slot) -> new Command.Converse(conversing, who, needed(slot)));
        return here(
                mailbox.ask(letter(entry, sender))
                        .compose(Problems::answer)
                        .map(
                                entered -> {
                                    Feed feed = ((Command.Done.Begun) entered.done()).feed();
                                    return new Conversed(
                                            feed, () -> hangUp(feed, entered.loop(), hangUp));
                                }));
    }

    private static Slot needed(@Nullable Slot slot) {
        return Objects.requireNonNull(slot, "what is kept nowhere has no turn to wait behind");
    }

    private static void hangUp(Feed feed, int loop, BiConsumer<Integer, TurnId> hangUp) {
        if (!feed.over()) hangUp.accept(loop, feed.head().id());
    }

    /** A mailbox answers on the thread that freed the slot: back to the one that asked. */
    private static <T> Future<T> here(Future<T> answer) {
        ContextInternal asker = ContextInternal.current();
        if (asker == null || answer.isComplete()) return answer;
        PromiseInternal<T> promise = asker.promise();
        answer.onComplete(promise);
        return promise.future();
    }

    TurnSlots slots() {
        return slots;
    }

    /** How pressed the node is; {@link Mailbox#press}. */
    public void press(double level) {
        mailbox.press(level);
    }

    /** Before new turns; for readings. */
    public Mailbox<?, ?> mailbox() {
        return mailbox;
    }

    /** Before messages for conversations that are at work; for readings. */
    public Mailbox<?, ?> live() {
        return live;
    }

    private Future<Entered> begin(Entry entry, Slot slot) {
        slot.keep(); // the engine gives it back: at once if the turn does not run, else when it
        // ends
        return enter(entry, slots.of(slot, entry.sender()));
    }

    private Future<Entered> enter(Entry entry, @Nullable Slot slot) {
        Future<Agent> agent;
        try {
            agent = entry.agent().get();
        } catch (RuntimeException bug) {
            agent = Future.failedFuture(bug);
        }
        return agent.onFailure(
                        refused -> {
                            if (slot != null) slot.release();
                        })
                .compose(who -> toItsLoop(entry, entry.command().apply(who, slot), slot));
    }

    private Future<Entered> toItsLoop(Entry entry, Command command, @Nullable Slot slot) {
        int wanted = loops.applyAsInt(entry.loopHere());
        ConversationKey key = entry.place();
        int loop = key == null ? wanted : feeds.claim(key, wanted);
        return hands.bus()
                .<Command, Command.Done>ask(NodeLife.address(loop), letter(command, Sender.NODE))
                .onComplete(
                        done -> {
                            if (key != null) feeds.release(key);
                        })
                .compose(
                        reply -> {
                            boolean refused = reply instanceof Reply.Refused<Command.Done>;
                            if (refused && slot != null) slot.release();
                            return Problems.answer(reply);
                        })
                .map(done -> new Entered(done, loop));
    }

    private void bring(int loop, TurnId turn, TurnSlots.Offered slot, Consumer<Boolean> returned) {
        var deadline = Deadline.after(hands.clock(), NodeLife.CONTROL_WAIT);
        var letter =
                new Letter<Command>(
                        new Command.Begin(turn, slot), WorkClass.CONTROL, deadline, Sender.NODE);
        hands.bus()
                .<Command, Command.Done>ask(NodeLife.address(loop), letter)
                .onComplete(
                        done ->
                                returned.accept(
                                        done.succeeded()
                                                && done.result()
                                                        instanceof Reply.Expired<Command.Done>));
    }

    private <M> Letter<M> letter(M body, Sender sender) {
        return new Letter<>(
                body, WorkClass.INTERACTIVE, Deadline.after(hands.clock(), SUBMIT_WAIT), sender);
    }
}
