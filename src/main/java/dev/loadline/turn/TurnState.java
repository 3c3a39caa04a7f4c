package dev.loadline.turn;

/** Where the machine stands with a turn. */
public sealed interface TurnState {
    /** Behind the conversation's other turns. */
    record Queued() implements TurnState {}

    /** The prompt of this step is being made. */
    record Assembling(int step) implements TurnState {}

    /** The model answers in this step. */
    record Thinking(int step) implements TurnState {}

    /** How it ends is decided, but not durable yet: nobody has been told. */
    record Saving(TurnEnd end) implements TurnState {}

    /** Over, and everybody may know. */
    record Ended(TurnEnd end) implements TurnState {}

    /** Not ours any more: handed over, or another owner has it. */
    record Left() implements TurnState {}
}
