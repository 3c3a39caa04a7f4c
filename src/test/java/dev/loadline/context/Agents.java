package dev.loadline.context;

import dev.loadline.core.Agent;

import java.time.Duration;

/** Agents for tests. */
final class Agents {
    private Agents() {}

    static Agent with(String instructions, int tokens) {
        return new Agent(
                "assistant",
                null,
                "rehearsal",
                instructions,
                new Agent.Budget(tokens, Duration.ofMillis(200)),
                Agent.Limits.DEFAULT,
                Agent.Busy.DEFAULT);
    }
}
