package dev.loadline.store;

import dev.loadline.core.TurnId;
import dev.loadline.turn.Message;
import dev.loadline.turn.TurnHead;

import org.jspecify.annotations.Nullable;

/** What the transaction decided about a submission. */
public sealed interface SubmitDecision {
    /**
     * Stored as a turn. {@code position} 0: it is the conversation's running turn, attempt 1; from
     * 1: it waits. {@code interrupts}: the running turn, which from now on is to be cancelled.
     */
    record Accepted(TurnHead head, int position, @Nullable TurnId interrupts)
            implements SubmitDecision {}

    /** Stored as one more text of this turn. */
    record Joined(TurnId turn, Message message, Joining how) implements SubmitDecision {}

    /**
     * The same message again: by its key, or by its text within the resend window. {@code how}: the
     * message had joined the turn.
     */
    record Duplicate(TurnId turn, @Nullable Joining how) implements SubmitDecision {
        Duplicate(TurnId turn) {
            this(turn, null);
        }
    }

    /** The key stands for another text. */
    record KeyReused(TurnId turn) implements SubmitDecision {}

    /** Refused because a turn runs or waits. */
    record Busy(TurnId turn) implements SubmitDecision {}

    /** Refused because enough turns wait. */
    record WaitingFull(TurnId running) implements SubmitDecision {}

    /** Refused because the turn that it would join has as much as it can take. */
    record JoinedFull(TurnId turn, String limit) implements SubmitDecision {}

    /** It would have made a turn of its own, and may not; nothing was stored. */
    record MayNotBegin() implements SubmitDecision {}

    /** The conversation that it would open is there already, with this other agent. */
    record AgentDiffers(String agent) implements SubmitDecision {}

    record NoConversation() implements SubmitDecision {}

    /** Another node owns the conversation. */
    record Elsewhere(String node) implements SubmitDecision {}
}
