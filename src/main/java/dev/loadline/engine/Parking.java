package dev.loadline.engine;

import dev.loadline.mailbox.Slot;
import dev.loadline.model.ModelWait;
import dev.loadline.turn.TurnEvent;
import dev.loadline.turn.TurnInput;

import org.jspecify.annotations.Nullable;

import java.util.Objects;

/**
 * Turns whose model has to be waited for. Such a turn is parked: its slot is another's meanwhile,
 * and when the model's line moves it stands in the line of acknowledged turns ({@link TurnSlots})
 * before its call goes on. How many can be parked is bounded by the lines before the models. The
 * turn's loop.
 */
final class Parking {
    /** The wire has one word for all waits at a model's gate, limit or breaker. */
    private static final String KIND = "rate_limit";

    private final Engine engine;
    private final Hands hands;
    private final Books books;
    private final TurnSlots slots;
    private final int loop;

    Parking(Engine engine, Hands hands, Books books, TurnSlots slots, int loop) {
        this.engine = engine;
        this.hands = hands;
        this.books = books;
        this.slots = slots;
        this.loop = loop;
    }

    /** Its model's call stands in line. */
    void waits(LiveTurn turn, ModelWait wait) {
        long ends = hands.clock().millis() + wait.time().toMillis();
        if (wait.reason().equals(LiveTurn.GATE)) turn.gateWaits++;
        turn.feed.happened(new TurnEvent.Parked(KIND, wait.dependency(), ends));
        engine.input(turn, new TurnInput.MustWait());
    }

    /** The line has moved. */
    void resumes(LiveTurn turn, Runnable go) {
        if (!turn.parked()) {
            go.run(); // it was not worth telling
            return;
        }
        turn.go = go;
        turn.stages.modelGivesItBack(engine.now());
        engine.input(turn, new TurnInput.MayGo());
    }

    /** Who goes away leaves what is parked to its next owner, who begins the step again. */
    void park(LiveTurn turn) {
        Slot freed = turn.slot;
        turn.slot = null;
        count(turn, true);
        if (freed != null) freed.release();
        if (engine.leaving()) leave(turn);
    }

    /** A turn that is nobody else's waits on; one that works ahead is judged once it is durable. */
    void leave(LiveTurn turn) {
        if (turn.parked() && turn.durable && !turn.ephemeral())
            engine.input(turn, new TurnInput.HandOver());
    }

    void takeSlot(LiveTurn turn) {
        hasSlot(turn, slots.ask(turn.head, loop));
    }

    /** False: it is not needed any more. */
    boolean slotCame(LiveTurn turn, TurnSlots.Offered offered) {
        if (!turn.parked()) return false;
        Slot slot = offered.take();
        if (slot != null) hasSlot(turn, slot); // else it was too late, and waits on
        return true;
    }

    private void hasSlot(LiveTurn turn, @Nullable Slot slot) {
        turn.slot = slot;
        turn.waitsForSlot = slot == null;
        if (slot != null) engine.input(turn, new TurnInput.HasSlot());
    }

    void goOn(LiveTurn turn) {
        count(turn, false);
        Runnable go = Objects.requireNonNull(turn.go, "nothing stands in line");
        turn.go = null;
        if (!engine.ours(turn)) {
            engine.input(turn, new TurnInput.Fenced());
            return;
        }
        turn.feed.happened(new TurnEvent.Resumed());
        turn.stages.modelHasIt(engine.now());
        go.run();
    }

    /** It is gone; true if it was active until now. */
    boolean gone(LiveTurn turn) {
        boolean active = !turn.countsAsParked;
        if (turn.countsAsParked) books.parked(-1);
        turn.countsAsParked = false;
        return active;
    }

    private void count(LiveTurn turn, boolean parked) {
        if (turn.countsAsParked == parked) return;
        turn.countsAsParked = parked;
        books.parked(parked ? 1 : -1);
        if (parked) hands.counts().stopped();
        else hands.counts().began();
    }
}
