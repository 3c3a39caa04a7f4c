package dev.loadline.engine;

import dev.loadline.core.Agent;
import dev.loadline.core.Prompt;
import dev.loadline.core.Timers;
import dev.loadline.mailbox.Slot;
import dev.loadline.model.ModelCall;
import dev.loadline.store.StoredTurn;
import dev.loadline.telemetry.StageClock;
import dev.loadline.turn.Feed;
import dev.loadline.turn.TurnHead;
import dev.loadline.turn.TurnMemo;
import dev.loadline.turn.TurnState;

import org.jspecify.annotations.Nullable;

/**
 * A turn of this loop that has not ended: what the machine says of it, and what is under way for
 * it. This loop only.
 */
final class LiveTurn {
    final TurnHead head;
    final Agent agent;
    final Feed feed;
    final StageClock stages;

    /**
     * The id that the assistant's message will have, the same however often the outcome must be
     * written.
     */
    final String answerId;

    /** What earlier steps said. */
    final String earlierText;

    /** Another life had begun this attempt's step: what it showed is void. */
    final boolean takenOver;

    TurnState state = new TurnState.Queued();
    TurnMemo memo;
    int position;
    @Nullable Slot slot;
    @Nullable Prompt prompt;
    @Nullable ModelCall call;
    @Nullable Talk talk;
    Timers.@Nullable Timer deadline;
    @Nullable StoredTurn next;

    LiveTurn(
            TurnHead head,
            Agent agent,
            Feed feed,
            StageClock stages,
            String answerId,
            TurnMemo memo,
            String earlierText,
            boolean takenOver) {
        this.head = head;
        this.agent = agent;
        this.feed = feed;
        this.stages = stages;
        this.answerId = answerId;
        this.memo = memo;
        this.earlierText = earlierText;
        this.takenOver = takenOver;
    }

    boolean queued() {
        return state instanceof TurnState.Queued;
    }

    void releaseSlot() {
        if (slot != null) slot.release();
        slot = null;
    }
}
