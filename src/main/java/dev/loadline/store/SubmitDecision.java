package dev.loadline.store;

import dev.loadline.core.TurnId;
import dev.loadline.turn.TurnHead;

/** What the transaction decided about a submission. */
public sealed interface SubmitDecision {
    /**
     * Stored. {@code position} 0: it is the conversation's running turn, attempt 1; from 1: it
     * waits.
     */
    record Accepted(TurnHead head, int position) implements SubmitDecision {}

    /** The same message again: by its key, or by its text within the resend window. */
    record Duplicate(TurnId turn) implements SubmitDecision {}

    /** The key stands for another text. */
    record KeyReused(TurnId turn) implements SubmitDecision {}

    /** Refused because a turn runs or waits. */
    record Busy(TurnId turn) implements SubmitDecision {}

    /** Refused because enough turns wait. */
    record WaitingFull(TurnId running) implements SubmitDecision {}

    record NoConversation() implements SubmitDecision {}

    /** Another node owns the conversation. */
    record Elsewhere(String node) implements SubmitDecision {}
}
