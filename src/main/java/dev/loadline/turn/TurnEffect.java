package dev.loadline.turn;

/** What the engine is to do next. */
public sealed interface TurnEffect {
    /** Make the prompt of this step; answer with {@code PromptReady} or {@code PromptFailed}. */
    record Assemble(int step) implements TurnEffect {}

    /** Call the model with that prompt; answer with {@code ModelSaid} or {@code ModelFailed}. */
    record CallModel(int step) implements TurnEffect {}

    /** Give the slot back: the model's call stands in line. */
    record Park() implements TurnEffect {}

    /** Get a slot again; answer with {@code HasSlot}, at once or later. */
    record TakeSlot() implements TurnEffect {}

    /** Let the model's call leave the line. */
    record GoOn() implements TurnEffect {}

    /** End the model call under way, also upstream. */
    record StopModel() implements TurnEffect {}

    /** Write this finished step down, a checkpoint; answer with {@code Kept} or {@code Fenced}. */
    record Keep(int step) implements TurnEffect {}

    /**
     * Write the outcome down, again and again until it is in; answer with {@code Saved}, {@code
     * Unseen} or {@code Fenced}.
     */
    record Save(TurnEnd end) implements TurnEffect {}

    /** Tell everybody: the turn's last event. */
    record Announce(TurnEnd end) implements TurnEffect {}

    /** Forget the turn without a last event. */
    record Leave() implements TurnEffect {}
}
