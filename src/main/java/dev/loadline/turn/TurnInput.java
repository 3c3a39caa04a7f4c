package dev.loadline.turn;

import dev.loadline.core.Problem;

/**
 * What can happen to a turn, from the machine's point of view. Text is not among it: it goes
 * straight to the feed.
 */
public sealed interface TurnInput {
    /** It is its turn, or (again) ours: go on with this step. */
    record Begin(int step) implements TurnInput {}

    record PromptReady() implements TurnInput {}

    record PromptFailed(Problem why) implements TurnInput {}

    /** A text has joined the turn, durably. */
    record Joined() implements TurnInput {}

    /** The model is done and asked for nothing. {@code mayGoOn}: the turn has steps left. */
    record ModelSaid(Finish finish, boolean mayGoOn) implements TurnInput {}

    /** The model's call stands in line, before anything of it is sent. */
    record MustWait() implements TurnInput {}

    /** The line has moved: the call may go. */
    record MayGo() implements TurnInput {}

    /** A turn that was parked has a slot again. */
    record HasSlot() implements TurnInput {}

    /** The finished step is durable. */
    record Kept() implements TurnInput {}

    /** The outcome was not stored: texts had joined, and this step has not seen them. */
    record Unseen(int step) implements TurnInput {}

    record ModelFailed(Problem why) implements TurnInput {}

    /** A limit of the turn is reached while the model still talks. */
    record LimitReached(Finish limit) implements TurnInput {}

    record Stop(By by) implements TurnInput {}

    record DeadlinePassed() implements TurnInput {}

    /**
     * It can't be brought to a good end: it was taken over too often, or what was shown is void.
     */
    record GivenUp(Problem why) implements TurnInput {}

    /** The outcome is durable. */
    record Saved() implements TurnInput {}

    /** Another owner has the conversation, or our lease is over: fall silent. */
    record Fenced() implements TurnInput {}

    /** The conversation was deleted, durably. */
    record Deleted() implements TurnInput {}

    /** We go away; somebody else will go on. */
    record HandOver() implements TurnInput {}
}
