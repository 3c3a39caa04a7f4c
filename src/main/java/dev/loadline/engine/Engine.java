package dev.loadline.engine;

import dev.loadline.core.ConversationKey;
import dev.loadline.core.Deadline;
import dev.loadline.core.Outcome;
import dev.loadline.core.Problem;
import dev.loadline.core.Problem.Code;
import dev.loadline.core.TurnId;
import dev.loadline.core.WorkClass;
import dev.loadline.mailbox.Letter;
import dev.loadline.mailbox.Slot;
import dev.loadline.model.LanguageModel;
import dev.loadline.model.ModelAnswer;
import dev.loadline.store.Fence;
import dev.loadline.store.StoredTurn;
import dev.loadline.telemetry.StageClock;
import dev.loadline.telemetry.StageClock.Mark;
import dev.loadline.turn.By;
import dev.loadline.turn.Decision;
import dev.loadline.turn.Feed;
import dev.loadline.turn.Status;
import dev.loadline.turn.TurnEffect;
import dev.loadline.turn.TurnEnd;
import dev.loadline.turn.TurnEvent;
import dev.loadline.turn.TurnHead;
import dev.loadline.turn.TurnInput;
import dev.loadline.turn.TurnMachine;
import dev.loadline.turn.TurnMemo;
import dev.loadline.turn.TurnState;

import io.vertx.core.Future;
import io.vertx.core.Promise;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.time.Duration;
import java.util.List;

/**
 * Moves the live turns of one event loop: asks the machine what is next, carries it out, feeds what
 * comes back in. All live turns of a conversation are on one loop, in its {@link Books}. This loop
 * only.
 */
final class Engine {
    private static final Logger LOG = LoggerFactory.getLogger(Engine.class);
    private static final Duration ADOPT_WAIT = Duration.ofSeconds(5);
    private static final Duration FEED_HELD = Duration.ofSeconds(30);
    private static final int ATTEMPTS_MAX = 3; // without getting any further

    private final Hands hands;
    private final Lease lease;
    private final Books books;
    private final Admission admission;
    private final Prompting prompting;
    private final Saving saving;
    private @Nullable Promise<Void> leaving;

    Engine(Hands hands, Lease lease, Feeds feeds, Admission admission, int loop) {
        this.hands = hands;
        this.admission = admission;
        this.lease = lease;
        this.books = new Books(feeds, loop);
        this.prompting = new Prompting(this, hands);
        this.saving = new Saving(this, hands);
    }

    long now() {
        return hands.clock().nanos();
    }

    boolean ours() {
        return lease.holds();
    }

    Fence fence() {
        return lease.fence();
    }

    boolean leaving() {
        return leaving != null;
    }

    @Nullable LiveTurn find(TurnId id) {
        return books.find(id);
    }

    // --- what comes in

    /** A stored turn becomes a live one, and begins if it is the conversation's first. */
    void accepted(TurnHead head, int position, Submission submission, Slot slot) {
        var stages = new StageClock(submission.receivedNanos());
        stages.reached(Mark.AUTHENTICATED, submission.authenticatedNanos());
        stages.reached(Mark.ACCEPTED, now());
        LiveTurn turn = enter(head, new Feed(head, 1), stages, TurnMemo.fresh(), "", false);
        if (leaving != null) {
            slot.release();
            input(turn, new TurnInput.HandOver());
        } else if (position == 0) {
            turn.slot = slot;
            begin(turn);
        } else {
            slot.release();
            books.tellPositions(head.conversation());
        }
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
            turn.feed.reset("takeover"); // what earlier tries showed is not kept
            input(
                    turn,
                    new TurnInput.GivenUp(
                            Problem.of(
                                    Code.ATTEMPTS_EXHAUSTED,
                                    "the turn was begun "
                                            + ATTEMPTS_MAX
                                            + " times and never got further")));
        } else {
            turn.slot = admission.begun();
            begin(turn);
        }
    }

    private LiveTurn revive(StoredTurn stored) {
        if (!hands.agents().containsKey(stored.head().agent())) {
            LOG.warn(
                    "turn {} names the agent {}, which is not configured",
                    stored.head().id(),
                    stored.head().agent());
        }
        boolean queued = stored.status() == Status.QUEUED;
        int attempt = queued ? stored.attempt() + 1 : stored.attempt();
        List<dev.loadline.turn.Step> steps = stored.steps() == null ? List.of() : stored.steps();
        var feed = new Feed(stored.head(), attempt, steps);
        return enter(
                stored.head(), feed, new StageClock(now()), stored.memo(), stored.text(), !queued);
    }

    private LiveTurn enter(
            TurnHead head,
            Feed feed,
            StageClock stages,
            TurnMemo memo,
            String earlierText,
            boolean takenOver) {
        var agent = hands.agents().getOrDefault(head.agent(), Agents.missing(head.agent()));
        var turn =
                new LiveTurn(
                        head,
                        agent,
                        feed,
                        stages,
                        hands.ids().message(),
                        memo,
                        earlierText,
                        takenOver && feed.attempt() > 1);
        books.enter(turn);
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
                                () -> input(turn, new TurnInput.DeadlinePassed()));
        return turn;
    }

    private void begin(LiveTurn turn) {
        hands.counts().began();
        books.begins();
        turn.stages.reached(Mark.BEGUN, now());
        turn.feed.happened(new TurnEvent.Started(hands.node(), turn.feed.attempt()));
        int step = turn.memo.step();
        turn.feed.stepBegins(step);
        if (turn.takenOver) turn.feed.reset("takeover");
        input(turn, new TurnInput.Begin(step));
    }

    boolean cancel(TurnId id, By by) {
        LiveTurn turn = books.find(id);
        if (turn == null) return false;
        input(turn, new TurnInput.Stop(by));
        return true;
    }

    void forget(List<TurnId> deleted) {
        for (TurnId id : deleted) {
            LiveTurn turn = books.find(id);
            if (turn == null) continue;
            if (!(turn.state instanceof TurnState.Saving)) saving.chargeDeleted(turn);
            input(turn, new TurnInput.Deleted());
        }
    }

    /** From now on nothing begins; completes when no turn runs here any more. What waits, waits. */
    Future<Void> leave() {
        if (leaving == null) leaving = Promise.promise();
        checkEmpty();
        return leaving.future();
    }

    /** Running steps end here as they are; their next owner goes on from the last checkpoint. */
    void cutShort() {
        for (LiveTurn turn : books.all()) input(turn, new TurnInput.HandOver());
    }

    /** Our lease is over: silence. */
    void fenced() {
        for (LiveTurn turn : books.all()) input(turn, new TurnInput.Fenced());
    }

    // --- decide, carry out

    void input(LiveTurn turn, TurnInput input) {
        Decision decision = TurnMachine.decide(turn.state, input);
        turn.state = decision.state();
        for (TurnEffect effect : decision.effects()) {
            try {
                carryOut(turn, effect);
            } catch (RuntimeException bug) {
                broke(turn, bug);
            }
        }
    }

    private void carryOut(LiveTurn turn, TurnEffect effect) {
        switch (effect) {
            case TurnEffect.Assemble(int step) -> prompting.assemble(turn, step);
            case TurnEffect.CallModel(int step) -> prompting.callModel(turn, step);
            case TurnEffect.StopModel stop -> stopModel(turn);
            case TurnEffect.Save(TurnEnd end) -> saving.save(turn, end);
            case TurnEffect.Announce(TurnEnd end) -> announce(turn, end);
            case TurnEffect.Leave leave -> leaveTurn(turn);
        }
    }

    /** A bug in one turn ends that turn, not the loop. */
    void broke(LiveTurn turn, Throwable bug) {
        String incident = hands.ids().incident();
        LOG.error("incident {} in turn {} while {}", incident, turn.head.id(), turn.state, bug);
        if (turn.state instanceof TurnState.Assembling
                || turn.state instanceof TurnState.Thinking) {
            stopModel(turn);
            input(
                    turn,
                    new TurnInput.GivenUp(
                            Problem.of(
                                    Code.INTERNAL,
                                    "a bug in the server; the log has it as " + incident)));
        } else if (turn.state instanceof TurnState.Saving) {
            input(turn, new TurnInput.Fenced()); // its readers are sent away; the next life ends it
        }
    }

    private static void stopModel(LiveTurn turn) {
        if (turn.talk != null) turn.talk.stopped();
        if (turn.call != null) turn.call.cancel();
        turn.call = null;
    }

    void modelEnded(LiveTurn turn, LanguageModel model, Outcome<ModelAnswer> outcome, long nanos) {
        turn.call = null;
        hands.counts().modelCall(model.name(), outcome, nanos);
    }

    private void announce(LiveTurn turn, TurnEnd end) {
        turn.feed.happened(
                switch (end) {
                    case TurnEnd.Completed(var finish) ->
                            new TurnEvent.Completed(
                                    finish, turn.memo.usage(), turn.memo.timings(), null);
                    case TurnEnd.Failed(var problem) -> new TurnEvent.Failed(problem);
                    case TurnEnd.Cancelled(var by) -> new TurnEvent.Cancelled(by);
                });
        hands.counts().ended(turn.head, end.status(), turn.stages);
        Feed held = turn.feed; // and not the turn, with its prompt
        hands.timers().after(FEED_HELD, () -> books.drop(held));
        Slot freed = gone(turn);
        letNextGo(turn.next, freed);
    }

    private void leaveTurn(LiveTurn turn) {
        turn.feed.leave();
        books.drop(turn.feed);
        Slot freed = gone(turn);
        if (freed != null) freed.release();
    }

    /** Takes a turn out of the books; answers the slot it held. */
    private @Nullable Slot gone(LiveTurn turn) {
        if (turn.deadline != null) turn.deadline.cancel();
        boolean hadBegun = turn.stages.has(Mark.BEGUN);
        if (hadBegun) hands.counts().stopped();
        books.strike(turn, hadBegun);
        Slot freed = turn.slot;
        turn.slot = null;
        checkEmpty();
        return freed;
    }

    /**
     * The store has made {@code next} the running turn; it takes over the slot of the one before.
     */
    private void letNextGo(@Nullable StoredTurn next, @Nullable Slot freed) {
        if (next == null) {
            if (freed != null) freed.release();
            return;
        }
        LiveTurn known = books.find(next.head().id());
        LiveTurn turn = known == null ? revive(next) : known;
        turn.slot = freed == null ? admission.begun() : freed;
        if (leaving != null) input(turn, new TurnInput.HandOver());
        else begin(turn);
        books.tellPositions(next.head().conversation());
    }

    private void checkEmpty() {
        if (leaving != null && books.nothingRuns()) leaving.tryComplete();
    }
}
