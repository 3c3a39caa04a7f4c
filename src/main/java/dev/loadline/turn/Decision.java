package dev.loadline.turn;

import java.util.List;

/** The next state, and what to do, in order. */
public record Decision(TurnState state, List<TurnEffect> effects) {
    static Decision go(TurnState state, TurnEffect... effects) {
        return new Decision(state, List.of(effects));
    }
}
