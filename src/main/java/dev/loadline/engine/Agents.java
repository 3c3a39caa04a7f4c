package dev.loadline.engine;

import dev.loadline.core.Agent;

import java.util.List;

/** Stands in for an agent that the configuration no longer has, while its last turns end. */
final class Agents {
    private Agents() {}

    static Agent missing(String name) {
        return new Agent(
                name,
                null,
                "",
                List.of(),
                "",
                Agent.Budget.DEFAULT,
                List.of(),
                Agent.Limits.DEFAULT,
                Agent.Busy.DEFAULT);
    }
}
