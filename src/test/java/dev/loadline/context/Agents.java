package dev.loadline.context;

import dev.loadline.core.Agent;

import java.net.URI;
import java.time.Duration;
import java.util.List;

/** Agents for tests. */
final class Agents {
    private Agents() {}

    static Agent with(String instructions, int tokens) {
        return with(instructions, tokens, List.of());
    }

    static Agent with(String instructions, int tokens, List<Agent.HttpSource> sources) {
        return new Agent(
                "assistant",
                null,
                "rehearsal",
                List.of(),
                instructions,
                new Agent.Budget(tokens, Duration.ofMillis(200)),
                sources,
                Agent.Limits.DEFAULT,
                Agent.Busy.DEFAULT);
    }

    static Agent.HttpSource source(String name, int max, int priority, boolean critical) {
        return source(name, "http://127.0.0.1:9/", max, priority, critical);
    }

    static Agent.HttpSource source(
            String name, String url, int max, int priority, boolean critical) {
        return new Agent.HttpSource(
                name, URI.create(url), Duration.ofMillis(40), max, priority, critical);
    }
}
