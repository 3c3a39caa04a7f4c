package dev.loadline.turn;

import org.jspecify.annotations.Nullable;

/** Where the machine stands with a turn. */
public sealed interface TurnState {
    /** Behind the conversation's other turns. */
    record Queued() implements TurnState {}

    /**
     * The prompt of this step is being made. {@code joined}: a text came after it was begun, so it
     * is made again.
     */
    record Assembling(int step, boolean joined) implements TurnState {}

    /** The model answers in this step. {@code joined}: a text waits for the next one. */
    record Thinking(int step, boolean joined) implements TurnState {}

    /**
     * The model's call of this step stands in line, and the turn holds no slot. {@code due}: the
     * line has moved, so it goes on once it has a slot again.
     */
    record Parked(int step, boolean joined, boolean due) implements TurnState {}

    /** The step is done, and being written down; another follows. */
    record Keeping(int step) implements TurnState {}

    /**
     * How it ends is decided, but not durable yet: nobody has been told. {@code late}: what would
     * end it if the store finds that it has to go on.
     */
    record Saving(TurnEnd end, @Nullable TurnEnd late) implements TurnState {
        Saving(TurnEnd end) {
            this(end, null);
        }
    }

    /** Over, and everybody may know. */
    record Ended(TurnEnd end) implements TurnState {}

    /** Not ours any more: handed over, or another owner has it. */
    record Left() implements TurnState {}
}
