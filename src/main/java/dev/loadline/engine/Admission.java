package dev.loadline.engine;

import dev.loadline.core.Agent;
import dev.loadline.core.ConversationKey;
import dev.loadline.core.Deadline;
import dev.loadline.core.WorkClass;
import dev.loadline.mailbox.Letter;
import dev.loadline.mailbox.Mailbox;
import dev.loadline.mailbox.Reply;
import dev.loadline.mailbox.Slot;
import dev.loadline.turn.Submitted;

import io.vertx.core.Future;

import java.time.Duration;
import java.util.function.IntUnaryOperator;

/**
 * The node's door for new turns: one mailbox in front of all loops, whose slots are the turns that
 * run here. What was acknowledged passes it no more. Any loop.
 */
public final class Admission {
    static final Duration SUBMIT_WAIT = Duration.ofSeconds(10);

    private static final String NAME = "turn";

    private record Entry(Submission submission, Agent agent, int loopHere) {}

    private final Hands hands;
    private final Feeds feeds;
    private final IntUnaryOperator loops; // the one asked for if it takes turns, else another
    private final Mailbox<Entry, Submitted> mailbox;

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
        return mailbox.ask(letter(new Entry(submission, agent, loopHere)))
                .compose(Problems::answer);
    }

    /** A slot for a turn that was acknowledged before. */
    Slot begun() {
        return mailbox.begun();
    }

    /** For readings and draining. */
    public Mailbox<?, ?> mailbox() {
        return mailbox;
    }

    private Future<Submitted> route(Entry entry, Slot slot) {
        slot.keep(); // the engine gives it back: at once if the turn does not run, else when it
        // ends
        ConversationKey key = entry.submission().conversation();
        int loop = feeds.claim(key, loops.applyAsInt(entry.loopHere()));
        Command command = new Command.Submit(entry.submission(), entry.agent(), slot);
        return hands.bus()
                .<Command, Command.Done>ask(NodeLife.address(loop), letter(command))
                .onComplete(done -> feeds.release(key))
                .compose(
                        reply -> {
                            if (reply instanceof Reply.Refused<Command.Done>) slot.release();
                            return Problems.answer(reply);
                        })
                .map(done -> ((Command.Done.Accepted) done).submitted());
    }

    private <M> Letter<M> letter(M body) {
        return new Letter<>(
                body, WorkClass.INTERACTIVE, Deadline.after(hands.clock(), SUBMIT_WAIT));
    }
}
