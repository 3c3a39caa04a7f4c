package dev.loadline.sim;

import dev.loadline.core.Agent;

import org.jspecify.annotations.Nullable;

import java.util.List;
import java.util.SplittableRandom;

/** Whom the people of the simulated world talk to. */
final class SimAgent {
    private SimAgent() {}

    /** Nobody answers in its model's place. */
    static Agent of(@Nullable SplittableRandom manners) {
        return of(manners, false);
    }

    /**
     * @param manners draws how many steps a turn may have; null: as many as ever
     * @param mayFallBack another model answers if its own does not
     */
    static Agent of(@Nullable SplittableRandom manners, boolean mayFallBack) {
        Agent.Limits all = Agent.Limits.DEFAULT;
        int steps = manners == null ? all.steps() : 1 + manners.nextInt(4);
        var limits =
                new Agent.Limits(
                        steps,
                        all.toolCalls(),
                        all.sameCall(),
                        all.tokens(),
                        all.cost(),
                        all.deadline(),
                        all.depth(),
                        all.descendants(),
                        all.effects());
        return new Agent(
                "assistant",
                null,
                "sim",
                mayFallBack ? List.of("spare") : List.of(),
                "Be brief.",
                Agent.Budget.DEFAULT,
                List.of(),
                limits,
                Agent.Busy.DEFAULT);
    }
}
