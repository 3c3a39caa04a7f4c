package dev.loadline.engine;

import dev.loadline.core.Agent;
import dev.loadline.core.TurnId;
import dev.loadline.mailbox.Slot;
import dev.loadline.store.StoredTurn;
import dev.loadline.turn.By;
import dev.loadline.turn.Feed;
import dev.loadline.turn.Submitted;

import org.jspecify.annotations.Nullable;

import java.util.List;

/** What an address {@code turn.<loop>} is asked. */
sealed interface Command {
    /**
     * Store this and run it. The engine keeps the slot as long as the turn runs; without one, a
     * turn that may run waits for its own.
     */
    record Submit(Submission submission, Agent agent, @Nullable Slot slot) implements Command {}

    /** Run this; nothing of it is stored. The engine keeps the slot as long as the turn runs. */
    record Converse(Conversing conversing, Agent agent, Slot slot) implements Command {}

    /** The slot that this turn waits for is there. */
    record Begin(TurnId turn, TurnSlots.Offered offered) implements Command {}

    /** Somebody wants the turn to end. */
    record Cancel(TurnId turn, By by) implements Command {}

    /** These were deleted with their conversation, durably. */
    record Forget(List<TurnId> turns) implements Command {}

    /** All unfinished turns of one conversation, in order, taken over from another life. */
    record Adopt(List<StoredTurn> turns) implements Command {}

    /** Running steps end or are left as they are; nothing new begins. */
    record HandOver() implements Command {}

    /** The lease is over: all turns of this loop are somebody else's. */
    record Silence() implements Command {}

    /** What is answered. */
    sealed interface Done {
        record Accepted(Submitted submitted) implements Done {}

        /** The feed of a turn that is not stored. */
        record Begun(Feed feed) implements Done {}

        /**
         * The wish is carried out as far as it can be at once; false: this loop has no such turn.
         */
        record Heard(boolean known) implements Done {}
    }
}
