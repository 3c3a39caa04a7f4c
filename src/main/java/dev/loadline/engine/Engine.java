package dev.loadline.engine;

import dev.loadline.core.Problem;
import dev.loadline.core.Problem.Code;
import dev.loadline.core.TurnId;
import dev.loadline.mailbox.Slot;
import dev.loadline.store.Fence;
import dev.loadline.store.StoredTurn;
import dev.loadline.telemetry.StageClock.Mark;
import dev.loadline.turn.By;
import dev.loadline.turn.Decision;
import dev.loadline.turn.Feed;
import dev.loadline.turn.Finish;
import dev.loadline.turn.Message;
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
import java.util.Objects;

/**
 * Moves the live turns of one event loop: asks the machine what is next, carries it out, feeds what
 * comes back in. All live turns of a conversation are on one loop, in its {@link Books}. This loop
 * only.
 */
final class Engine {
    private static final Logger LOG = LoggerFactory.getLogger(Engine.class);
    private static final Duration FEED_HELD = Duration.ofSeconds(30);

    private final Hands hands;
    private final Lease lease;
    private final Books books;
    private final TurnSlots slots;
    private final int loop;
    private final Prompting prompting;
    private final Saving saving;
    private final Arrivals arrivals;
    private final Parking parking;
    private @Nullable Promise<Void> leaving;

    Engine(Hands hands, Lease lease, Feeds feeds, Admission admission, int loop) {
        this.hands = hands;
        this.slots = admission.slots();
        this.loop = loop;
        this.lease = lease;
        this.books = new Books(feeds, loop);
        this.prompting = new Prompting(this, hands);
        this.saving = new Saving(this, hands);
        this.arrivals = new Arrivals(this, hands, books);
        this.parking = new Parking(this, hands, books, slots, loop);
    }

    long now() {
        return hands.clock().nanos();
    }

    boolean ours() {
        return lease.holds();
    }

    /** Whether this node may act for the turn right now. */
    boolean ours(LiveTurn turn) {
        return turn.ephemeral() || lease.holds();
    }

    Fence fence() {
        return lease.fence();
    }

    boolean leaving() {
        return leaving != null;
    }

    Arrivals arrivals() {
        return arrivals;
    }

    Parking parking() {
        return parking;
    }

    /** True if it lives here, or did a moment ago. */
    boolean knows(TurnId id) {
        return books.knows(id);
    }

    @Nullable LiveTurn find(TurnId id) {
        return books.find(id);
    }

    // --- what comes in

    /** A text that is durable as one of this turn's, which may have ended or gone elsewhere. */
    void joined(TurnId id, Message text) {
        LiveTurn turn = books.find(id);
        if (turn != null) joined(turn, text);
    }

    private void joined(LiveTurn turn, Message text) {
        if (!turn.texts.join(text)) return;
        input(turn, new TurnInput.Joined());
        tellTexts(turn);
    }

    /** Tells of the texts that joined, once it is sure which step will be the first to see them. */
    void tellTexts(LiveTurn turn) {
        int step =
                switch (turn.state) {
                    case TurnState.Queued waits -> turn.memo.step();
                    case TurnState.Assembling now -> now.step();
                    case TurnState.Thinking now -> turn.mayGoOn() ? now.step() + 1 : 0;
                    case TurnState.Parked now -> turn.mayGoOn() ? now.step() + 1 : 0;
                    case TurnState.Keeping done -> done.step() + 1;
                    case TurnState.Saving over -> 0;
                    case TurnState.Ended over -> 0;
                    case TurnState.Left gone -> 0;
                };
        if (step > 0) turn.texts.tell(step).forEach(turn.feed::happened);
    }

    /**
     * @param slot null: it waits for one of its own, if none is free
     */
    void begin(LiveTurn turn, @Nullable Slot slot) {
        turn.slot = slot == null ? slots.ask(turn.head, loop) : slot;
        beginOrWait(turn);
    }

    private void beginOrWait(LiveTurn turn) {
        turn.waitsForSlot = turn.slot == null;
        if (!turn.waitsForSlot) begin(turn);
    }

    /**
     * Works ahead while the submission is committed; {@link #durable} or {@link #withdraw} ends it.
     */
    void beginEarly(LiveTurn turn, Slot slot) {
        turn.durable = false;
        turn.slot = slot;
        begin(turn);
    }

    /** From now on it is a turn like any other. */
    void durable(LiveTurn turn) {
        turn.durable = true;
        if (turn.state instanceof TurnState.Left) return; // whoever owns it next begins it
        books.enter(turn);
        books.begins();
        TurnEffect withheld = turn.withheld;
        turn.withheld = null;
        if (!ours()) input(turn, new TurnInput.Fenced());
        else if (leaving()) input(turn, new TurnInput.HandOver());
        if (withheld != null && !(turn.state instanceof TurnState.Left)) carryOut(turn, withheld);
    }

    /** It was not stored, or otherwise than it seemed. Its slot is given back. */
    void withdraw(LiveTurn turn) {
        input(turn, new TurnInput.Fenced());
    }

    /** What is written of a turn, and a slot that is brought to it, need it to be one. */
    private static boolean waitsForTheStore(TurnEffect effect) {
        return effect instanceof TurnEffect.Save
                || effect instanceof TurnEffect.Keep
                || effect instanceof TurnEffect.TakeSlot;
    }

    private void forgetEarly(LiveTurn turn) {
        if (turn.deadline != null) turn.deadline.cancel();
        if (parking.gone(turn)) hands.counts().stopped();
        turn.releaseSlot();
    }

    /** False: it is not needed any more. */
    boolean slotCame(TurnId id, TurnSlots.Offered offered) {
        LiveTurn turn = books.find(id);
        if (turn == null || !turn.waitsForSlot) return false;
        if (!turn.queued()) return parking.slotCame(turn, offered);
        if (leaving != null) return false;
        turn.slot = offered.take();
        if (turn.slot != null) beginOrWait(turn); // else it was too late, and waits on
        return true;
    }

    private void begin(LiveTurn turn) {
        hands.counts().began();
        if (turn.durable) books.begins();
        turn.stages.reached(Mark.BEGUN, now());
        turn.feed.happened(new TurnEvent.Started(hands.node(), turn.feed.attempt()));
        int step = turn.memo.step();
        turn.feed.stepBegins(step);
        turn.voidEarlier();
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
        books.all().forEach(parking::leave);
        checkEmpty();
        return leaving.future();
    }

    /** Running steps end here as they are; their next owner goes on from the last checkpoint. */
    void cutShort() {
        if (leaving == null) leaving = Promise.promise();
        for (LiveTurn turn : books.all()) {
            input(
                    turn,
                    turn.ephemeral()
                            ? new TurnInput.GivenUp(Problems.draining()) // nobody else has it
                            : new TurnInput.HandOver());
        }
    }

    /** Our lease is over: silence. */
    void fenced() {
        for (LiveTurn turn : books.all())
            if (!turn.ephemeral()) input(turn, new TurnInput.Fenced());
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
        if (!turn.durable && waitsForTheStore(effect)) {
            turn.withheld = effect;
            return;
        }
        switch (effect) {
            case TurnEffect.Assemble(int step) -> prompting.assemble(turn, step);
            case TurnEffect.CallModel(int step) -> prompting.callModel(turn, step);
            case TurnEffect.Park park -> parking.park(turn);
            case TurnEffect.TakeSlot take -> parking.takeSlot(turn);
            case TurnEffect.GoOn on -> parking.goOn(turn);
            case TurnEffect.StopModel stop -> stopModel(turn);
            case TurnEffect.Keep(int step) -> saving.keep(turn, step);
            case TurnEffect.Save(TurnEnd end) -> {
                turn.voidEarlier();
                saving.save(turn, end);
            }
            case TurnEffect.Announce(TurnEnd end) -> announce(turn, end);
            case TurnEffect.Leave leave -> leaveTurn(turn);
        }
    }

    /** A bug in one turn ends that turn, not the loop. */
    void broke(LiveTurn turn, Throwable bug) {
        String incident = hands.ids().incident();
        LOG.error("incident {} in turn {} while {}", incident, turn.head.id(), turn.state, bug);
        if (turn.state instanceof TurnState.Assembling
                || turn.state instanceof TurnState.Thinking
                || turn.parked()
                || turn.state instanceof TurnState.Keeping) {
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

    private void announce(LiveTurn turn, TurnEnd end) {
        turn.feed.happened(
                switch (end) {
                    case TurnEnd.Completed(var finish) -> completed(turn, finish);
                    case TurnEnd.Failed(var problem) -> new TurnEvent.Failed(problem);
                    case TurnEnd.Cancelled(var by) -> new TurnEvent.Cancelled(by);
                });
        hands.counts().ended(turn.head, end.status(), turn.stages);
        Feed held = turn.feed; // and not the turn, with its prompt
        if (!turn.ephemeral()) hands.timers().after(FEED_HELD, () -> books.drop(held));
        Slot freed = gone(turn);
        letNextGo(turn.next, freed);
    }

    private static TurnEvent.Completed completed(LiveTurn turn, Finish finish) {
        TurnMemo memo = Objects.requireNonNull(turn.outcome, "not stored").memo();
        TurnId next = turn.next == null ? null : turn.next.head().id();
        String onward = next != null && next.equals(turn.onward) ? next.value() : null;
        return new TurnEvent.Completed(finish, memo.usage(), memo.timings(), onward);
    }

    private void leaveTurn(LiveTurn turn) {
        if (!turn.durable) {
            forgetEarly(turn);
            return;
        }
        turn.feed.leave();
        books.drop(turn.feed);
        Slot freed = gone(turn);
        if (freed != null) freed.release();
    }

    /** Takes a turn out of the books; answers the slot it held. */
    private @Nullable Slot gone(LiveTurn turn) {
        if (turn.deadline != null) turn.deadline.cancel();
        if (turn.waitsForSlot) slots.forget(turn.head.id());
        boolean hadBegun = turn.stages.has(Mark.BEGUN);
        if (parking.gone(turn) && hadBegun) hands.counts().stopped();
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
        boolean over = known == null && books.knows(next.head().id()); // it was quicker than this
        boolean under = known != null && (!known.queued() || known.waitsForSlot);
        if (over || under) {
            if (freed != null) freed.release();
            return;
        }
        LiveTurn turn = known == null ? arrivals.revive(next) : known;
        turn.place = next.head().seq();
        for (TurnEvent.Input text : next.joined()) joined(turn, text.message());
        if (leaving != null) {
            turn.slot = freed;
            input(turn, new TurnInput.HandOver());
        } else {
            TurnHead head = turn.head;
            turn.slot = freed == null ? slots.ask(head, loop) : slots.handOn(freed, head, loop);
            beginOrWait(turn);
        }
        books.tellPositions(next.head().conversation());
    }

    private void checkEmpty() {
        if (leaving != null && books.nothingRuns()) leaving.tryComplete();
    }
}
