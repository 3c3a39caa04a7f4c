package dev.loadline.engine;

import dev.loadline.core.Agent;
import dev.loadline.core.ConversationKey;
import dev.loadline.core.Deadline;
import dev.loadline.core.Problem;
import dev.loadline.core.Problem.Code;
import dev.loadline.core.Prompt;
import dev.loadline.core.TurnId;
import dev.loadline.core.WorkClass;
import dev.loadline.mailbox.Letter;
import dev.loadline.mailbox.Slot;
import dev.loadline.store.StoredTurn;
import dev.loadline.telemetry.StageClock;
import dev.loadline.telemetry.StageClock.Mark;
import dev.loadline.turn.Feed;
import dev.loadline.turn.Status;
import dev.loadline.turn.Step;
import dev.loadline.turn.TurnEvent;
import dev.loadline.turn.TurnHead;
import dev.loadline.turn.TurnInput;
import dev.loadline.turn.TurnMemo;

import io.vertx.core.Future;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.time.Duration;
import java.util.List;

/** How turns come to live on a loop: accepted here, or taken from another life. That loop only. */
final class Arrivals {
    private static final Logger LOG = LoggerFactory.getLogger(Arrivals.class);
    private static final Duration ADOPT_WAIT = Duration.ofSeconds(5);
    private static final int ATTEMPTS_MAX = 3; // without getting any further

    private final Engine engine;
    private final Hands hands;
    private final Books books;

    Arrivals(Engine engine, Hands hands, Books books) {
        this.engine = engine;
        this.hands = hands;
        this.books = books;
    }

    /**
     * A turn that will run at once, as soon as its submission is committed, works ahead: the wait
     * for the disk is not added to that for the model.
     */
    LiveTurn ahead(TurnHead head, Submission submission, Slot slot) {
        StageClock stages = stages(submission);
        stages.reached(Mark.ACCEPTED, engine.now());
        var memo = TurnMemo.fresh(submission.asked());
        LiveTurn turn = make(head, new Feed(head, 1), stages, memo, List.of(), false, null);
        engine.beginEarly(turn, slot);
        return turn;
    }

    private static StageClock stages(Submission submission) {
        var stages = new StageClock(submission.receivedNanos());
        stages.reached(Mark.AUTHENTICATED, submission.authenticatedNanos());
        return stages;
    }

    /** A stored turn becomes a live one, and begins if it is the conversation's first. */
    void accepted(TurnHead head, int position, Submission submission, @Nullable Slot slot) {
        StageClock stages = stages(submission);
        stages.reached(Mark.ACCEPTED, engine.now());
        var memo = TurnMemo.fresh(submission.asked());
        LiveTurn turn = enter(head, new Feed(head, 1), stages, memo, List.of(), false, null);
        if (position == 0 && !engine.leaving()) {
            engine.begin(turn, slot);
            return;
        }
        if (slot != null) slot.release();
        if (engine.leaving()) engine.input(turn, new TurnInput.HandOver());
        else books.tellPositions(head.conversation());
    }

    /** A turn of a conversation that its caller keeps. It waits for nothing but its slot. */
    Future<Feed> converse(Conversing asked, Agent agent, Slot slot) {
        if (engine.leaving()) {
            slot.release();
            return Problems.failed(Problems.draining());
        }
        long nowMs = hands.clock().millis();
        TurnHead head = asked.head(agent, hands.ids().turn(), hands.ids().message(), nowMs);
        var stages = new StageClock(asked.receivedNanos());
        stages.reached(Mark.AUTHENTICATED, asked.authenticatedNanos());
        stages.reached(Mark.ACCEPTED, engine.now());
        var memo = TurnMemo.fresh(asked.asked());
        var feed = new Feed(head, 1);
        LiveTurn turn = enter(head, feed, stages, memo, List.of(), false, asked.history());
        engine.begin(turn, slot);
        return Future.succeededFuture(feed);
    }

    /** A turn that goes ahead of what waits, as soon as the running one has been cancelled. */
    void interrupts(
            TurnHead head,
            int position,
            TurnId running,
            Submission submission,
            @Nullable Slot slot) {
        books.makeWay(head.conversation(), head.seq(), running);
        accepted(head, position, submission, slot);
    }

    /**
     * Brings a stored turn to the loop where its conversation is at work, which may be this one.
     */
    void adoptOnItsLoop(StoredTurn stored) {
        ConversationKey key = stored.head().conversation();
        Command adopt = new Command.Adopt(List.of(stored));
        var letter =
                new Letter<>(adopt, WorkClass.CONTROL, Deadline.after(hands.clock(), ADOPT_WAIT));
        hands.bus()
                .<Command, Command.Done>ask(NodeLife.address(books.claim(key)), letter)
                .onComplete(done -> books.release(key));
    }

    /** Turns of another life, per conversation in order; the first of each is the running one. */
    void adopt(StoredTurn stored) {
        if (books.knows(stored.head().id())) return;
        LiveTurn turn = revive(stored);
        if (stored.status() == Status.QUEUED) {
            books.tellPositions(stored.head().conversation());
        } else if (stored.takeovers() >= ATTEMPTS_MAX) {
            engine.input(
                    turn,
                    new TurnInput.GivenUp(
                            Problem.of(
                                    Code.ATTEMPTS_EXHAUSTED,
                                    "the turn was begun "
                                            + ATTEMPTS_MAX
                                            + " times and never got further")));
        } else {
            engine.begin(turn, null);
        }
    }

    /** The turn as it was left; it has not begun here. */
    LiveTurn revive(StoredTurn stored) {
        if (!hands.agents().containsKey(stored.head().agent())) {
            LOG.warn(
                    "turn {} names the agent {}, which is not configured",
                    stored.head().id(),
                    stored.head().agent());
        }
        boolean queued = stored.status() == Status.QUEUED;
        int attempt = queued ? stored.attempt() + 1 : stored.attempt();
        List<Step> steps = stored.steps() == null ? List.of() : stored.steps();
        var feed = new Feed(stored.head(), attempt, steps);
        LiveTurn turn =
                enter(
                        stored.head(),
                        feed,
                        new StageClock(engine.now()),
                        stored.memo(),
                        steps,
                        !queued,
                        null);
        // Of steps that this feed does not hold.
        stored.memo().degradations().forEach(known -> feed.happened(new TurnEvent.Degraded(known)));
        for (TurnEvent.Input text : stored.joined()) {
            turn.texts.told(text);
            feed.happened(text);
        }
        return turn;
    }

    private LiveTurn enter(
            TurnHead head,
            Feed feed,
            StageClock stages,
            TurnMemo memo,
            List<Step> done,
            boolean takenOver,
            @Nullable List<Prompt.Said> kept) {
        LiveTurn turn = make(head, feed, stages, memo, done, takenOver, kept);
        books.enter(turn);
        return turn;
    }

    private LiveTurn make(
            TurnHead head,
            Feed feed,
            StageClock stages,
            TurnMemo memo,
            List<Step> done,
            boolean takenOver,
            @Nullable List<Prompt.Said> kept) {
        var agent = hands.agents().getOrDefault(head.agent(), Agents.missing(head.agent()));
        var turn =
                new LiveTurn(
                        head,
                        agent,
                        feed,
                        stages,
                        hands.ids().message(),
                        memo,
                        done,
                        takenOver && feed.attempt() > 1,
                        kept);
        feed.happened(
                new TurnEvent.Accepted(
                        head.conversation().id(),
                        head.agent(),
                        head.origin(),
                        head.input().getFirst()));
        long left = Math.max(1, head.deadlineMs() - hands.clock().millis());
        turn.deadline =
                hands.timers()
                        .after(
                                Duration.ofMillis(left),
                                () -> engine.input(turn, new TurnInput.DeadlinePassed()));
        return turn;
    }
}
