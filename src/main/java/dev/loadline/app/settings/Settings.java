package dev.loadline.app.settings;

import dev.loadline.core.Agent;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Everything that can be set, as read and checked; every part has a default.
 *
 * @param models by name, in the order of the file; may be empty, then one is chosen at start under
 *     the name {@link #BUILT_IN_MODEL}
 * @param agents by name, the main file's first; at least one
 * @param drill operators may make dependencies fail on purpose
 */
public record Settings(
        ServerSettings server,
        AuthSettings auth,
        QuotaSettings quotas,
        StoreSettings store,
        LoadSettings load,
        GuardSettings guard,
        Map<String, ModelEntry> models,
        TtftSettings ttft,
        Map<String, Agent> agents,
        boolean drill) {

    /** The model of agents that name none, where no model is configured. */
    public static final String BUILT_IN_MODEL = "default";

    public Settings {
        models = Collections.unmodifiableMap(new LinkedHashMap<>(models));
        agents = Collections.unmodifiableMap(new LinkedHashMap<>(agents));
    }

    /** As {@code serve --drill} serves it. */
    public Settings forDrills() {
        return new Settings(server, auth, quotas, store, load, guard, models, ttft, agents, true);
    }
}
