package dev.loadline.store;

import dev.loadline.core.TurnId;
import dev.loadline.turn.Step;
import dev.loadline.turn.TurnEnd;
import dev.loadline.turn.TurnMemo;

import org.jspecify.annotations.Nullable;

/**
 * A turn's outcome, to be stored in one transaction with the start of the turn that waits next.
 *
 * @param lastStep the step that ended it, if one was begun; also one that was cut short
 * @param text all that the turn said; if it is not empty it becomes the assistant's message
 * @param messageId of that message
 * @param cursor past the turn's last event
 * @param onward what becomes of texts that joined it and were not seen, if it completes; null: it
 *     may go on, so then it is not ended
 * @param tokensCharged counted among what its principal used on the day of its end; 0: not counted
 */
public record EndedTurn(
        TurnId turn,
        TurnEnd end,
        TurnMemo memo,
        @Nullable Step lastStep,
        String text,
        String messageId,
        String cursor,
        long endedMs,
        @Nullable Onward onward,
        long tokensCharged) {

    /** The turn that such texts become: one id for however often the outcome must be written. */
    public record Onward(TurnId turn, long deadlineMs) {}
}
