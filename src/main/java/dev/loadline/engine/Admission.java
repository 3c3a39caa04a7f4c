package dev.loadline.engine;

import dev.loadline.core.Agent;
import dev.loadline.core.ConversationKey;
import dev.loadline.core.Deadline;
import dev.loadline.core.Principal;
import dev.loadline.core.TurnId;
import dev.loadline.core.WorkClass;
import dev.loadline.mailbox.Letter;
import dev.loadline.mailbox.Mailbox;
import dev.loadline.mailbox.Reply;
import dev.loadline.mailbox.Sender;
import dev.loadline.mailbox.Slot;
import dev.loadline.turn.Feed;
import dev.loadline.turn.Submitted;
import dev.loadline.turn.TurnHead;

import io.vertx.core.Future;

import org.jspecify.annotations.Nullable;

import java.time.Duration;
import java.util.function.BiConsumer;
import java.util.function.Function;
import java.util.function.IntUnaryOperator;

/**
 * The node's door for new turns: one mailbox in front of all loops, whose slots are the turns that
 * run here. What was acknowledged passes it no more. Any loop.
 */
public final class Admission {
    static final Duration SUBMIT_WAIT = Duration.ofSeconds(10);

    private static final String NAME = "turn";

    /**
     * @param place whose loop it goes to, if that is at work
     */
    private record Entry(
            @Nullable ConversationKey place, int loopHere, Function<Slot, Command> command) {}

    /** What became of an entry, and the loop that knows. */
    private record Entered(Command.Done done, int loop) {}

    private final Hands hands;
    private final Feeds feeds;
    private final IntUnaryOperator loops; // the one asked for if it takes turns, else another
    private final Mailbox<Entry, Entered> mailbox;

    Admission(Hands hands, Feeds feeds, IntUnaryOperator loops) {
        this.hands = hands;
        this.feeds = feeds;
        this.loops = loops;
        this.mailbox =
                Mailbox.create(
                        NAME,
                        hands.admission(),
                        hands.clock(),
                        hands.timers(),
                        this::route,
                        hands.mailboxes().apply(NAME));
    }

    Future<Submitted> submit(Submission submission, Agent agent, int loopHere) {
        var entry =
                new Entry(
                        submission.conversation(),
                        loopHere,
                        slot -> new Command.Submit(submission, agent, slot));
        return mailbox.ask(letter(entry, Sender.of(submission.conversation())))
                .compose(Problems::answer)
                .map(entered -> ((Command.Done.Accepted) entered.done()).submitted());
    }

    /**
     * @param hangUp what ends the turn on the loop where it runs
     */
    Future<Conversed> converse(
            Conversing conversing, Agent agent, int loopHere, BiConsumer<Integer, TurnId> hangUp) {
        var entry =
                new Entry(null, loopHere, slot -> new Command.Converse(conversing, agent, slot));
        Principal principal = conversing.principal();
        var sender = new Sender(principal.tenant(), principal.user(), hands.ids().conversation());
        return mailbox.ask(letter(entry, sender))
                .compose(Problems::answer)
                .map(
                        entered -> {
                            Feed feed = ((Command.Done.Begun) entered.done()).feed();
                            return new Conversed(feed, () -> hangUp(feed, entered.loop(), hangUp));
                        });
    }

    private static void hangUp(Feed feed, int loop, BiConsumer<Integer, TurnId> hangUp) {
        if (!feed.over()) hangUp.accept(loop, feed.head().id());
    }

    /** A slot for a turn that was acknowledged before. */
    Slot begun(TurnHead head) {
        return mailbox.begun(head.workClass(), Sender.of(head.conversation()));
    }

    /** How pressed the node is; {@link Mailbox#press}. */
    public void press(double level) {
        mailbox.press(level);
    }

    /** For readings and draining. */
    public Mailbox<?, ?> mailbox() {
        return mailbox;
    }

    private Future<Entered> route(Entry entry, Slot slot) {
        slot.keep(); // the engine gives it back: at once if the turn does not run, else when it
        // ends
        int wanted = loops.applyAsInt(entry.loopHere());
        ConversationKey key = entry.place();
        int loop = key == null ? wanted : feeds.claim(key, wanted);
        return hands.bus()
                .<Command, Command.Done>ask(
                        NodeLife.address(loop), letter(entry.command().apply(slot), Sender.NODE))
                .onComplete(
                        done -> {
                            if (key != null) feeds.release(key);
                        })
                .compose(
                        reply -> {
                            if (reply instanceof Reply.Refused<Command.Done>) slot.release();
                            return Problems.answer(reply);
                        })
                .map(done -> new Entered(done, loop));
    }

    private <M> Letter<M> letter(M body, Sender sender) {
        return new Letter<>(
                body, WorkClass.INTERACTIVE, Deadline.after(hands.clock(), SUBMIT_WAIT), sender);
    }
}
