package dev.loadline.engine;

import dev.loadline.context.ContextTask;
import dev.loadline.core.Agent;
import dev.loadline.core.Prompt;
import dev.loadline.core.Timers;
import dev.loadline.core.TurnId;
import dev.loadline.mailbox.Slot;
import dev.loadline.model.ModelCall;
import dev.loadline.store.EndedTurn;
import dev.loadline.store.StoredTurn;
import dev.loadline.telemetry.StageClock;
import dev.loadline.turn.Asked;
import dev.loadline.turn.Degradation;
import dev.loadline.turn.Feed;
import dev.loadline.turn.Step;
import dev.loadline.turn.TurnEffect;
import dev.loadline.turn.TurnEvent;
import dev.loadline.turn.TurnHead;
import dev.loadline.turn.TurnMemo;
import dev.loadline.turn.TurnState;

import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.List;

/**
 * A turn of this loop that has not ended: what the machine says of it, and what is under way for
 * it. This loop only.
 */
final class LiveTurn {
    /** Why a call waits at a rate limit's gate, in the wire's words. */
    static final String GATE = "rate_limited";

    final TurnHead head;
    final Agent agent;
    final Feed feed;
    final StageClock stages;

    /**
     * The id that the assistant's message will have, the same however often the outcome must be
     * written.
     */
    final String answerId;

    /** The finished steps, which are durable. */
    final List<Step> done;

    final Texts texts;

    /**
     * What was said before, where the caller keeps the conversation; else the store has it. A turn
     * with such a history is ephemeral: nothing of it is stored, and whose lease holds is nothing
     * to it.
     */
    final @Nullable List<Prompt.Said> kept;

    /** Another life had begun this attempt's first step: what it showed is void. */
    final boolean takenOver;

    private boolean earlierVoid;

    /** Of this attempt. */
    final int firstStep;

    /** How often it has waited at a rate limit's gate, as far as that is kept. */
    int gateWaits;

    /**
     * False while its submission is being committed: it works ahead, nobody sees it, and nothing of
     * it is written.
     */
    boolean durable = true;

    /** What is to be done as soon as it is durable: the last of it. */
    @Nullable TurnEffect withheld;

    TurnState state = new TurnState.Queued();
    TurnMemo memo;
    int position;

    /** Its place among the conversation's turns; moves while it waits and others go ahead. */
    long place;

    @Nullable Slot slot;

    /** It may run, or go on, and will once a slot is there for it. */
    boolean waitsForSlot;

    /** It is among the parked ones of {@link Books}. */
    boolean countsAsParked;

    /** Lets the model's call leave the line; while it is parked and due. */
    @Nullable Runnable go;

    ContextTask.Answer.@Nullable Assembled prompt;
    boolean contextTold;
    @Nullable ModelCall call;
    @Nullable Talk talk;
    Timers.@Nullable Timer deadline;

    /** How it ends, as it was last given to the store. */
    @Nullable EndedTurn outcome;

    /** What its leftovers become, if there are any. */
    @Nullable TurnId onward;

    @Nullable StoredTurn next;

    LiveTurn(
            TurnHead head,
            Agent agent,
            Feed feed,
            StageClock stages,
            String answerId,
            TurnMemo memo,
            List<Step> done,
            boolean takenOver,
            @Nullable List<Prompt.Said> kept) {
        this.head = head;
        this.agent = agent;
        this.feed = feed;
        this.stages = stages;
        this.answerId = answerId;
        this.memo = memo;
        this.done = new ArrayList<>(done);
        this.texts = new Texts(head.input());
        this.place = head.seq();
        this.takenOver = takenOver;
        this.kept = kept;
        this.firstStep = memo.step();
        for (Degradation known : memo.degradations())
            if (known.effect().equals("waited") && known.reason().equals(GATE)) gateWaits++;
    }

    boolean ephemeral() {
        return kept != null;
    }

    Asked asked() {
        Asked asked = memo.asked();
        return asked == null ? Asked.NOTHING : asked;
    }

    boolean queued() {
        return state instanceof TurnState.Queued;
    }

    /**
     * What earlier tries showed of the step is void. Told once, before anything else of the step,
     * and at the latest before the end, which may come while the turn still waits for a slot.
     */
    void voidEarlier() {
        if (!takenOver || earlierVoid) return;
        earlierVoid = true;
        feed.stepBegins(memo.step());
        feed.reset("takeover");
    }

    boolean parked() {
        return state instanceof TurnState.Parked;
    }

    /** What it ran without, or waited for, is kept and told, once of each step. */
    void degraded(Degradation what) {
        if (memo.degradations().contains(what)) return;
        memo = memo.with(what);
        feed.happened(new TurnEvent.Degraded(what));
    }

    /** What the finished steps said. */
    String earlierText() {
        var all = new StringBuilder();
        for (Step step : done) all.append(step.text());
        return all.toString();
    }

    /** True if the step under way need not be the last. */
    boolean mayGoOn() {
        return memo.step() < agent.limits().steps();
    }

    void releaseSlot() {
        if (slot != null) slot.release();
        slot = null;
    }
}
