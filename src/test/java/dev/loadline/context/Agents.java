package dev.loadline.context;

import dev.loadline.core.Agent;

import java.time.Duration;
import java.util.List;

/** Agents for tests. */
final class Agents {
    private Agents() {}

    static Agent with(String instructions, int tokens) {
        return new Agent(
                "assistant",
                null,
                "rehearsal",
                List.of(),
                instructions,
                new Agent.Budget(tokens, Duration.ofMillis(200)),
                List.of(),
                Agent.Limits.DEFAULT,
                Agent.Busy.DEFAULT);
    }
}
