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
 */
public record Settings(
        ServerSettings server,
        AuthSettings auth,
        QuotaSettings quotas,
        StoreSettings store,
        LoadSettings load,
        Map<String, ModelEntry> models,
        TtftSettings ttft,
        Map<String, Agent> agents) {

    /** The model of agents that name none, where no model is configured. */
    public static final String BUILT_IN_MODEL = "default";

    public Settings {
        models = Collections.unmodifiableMap(new LinkedHashMap<>(models));
        agents = Collections.unmodifiableMap(new LinkedHashMap<>(agents));
    }
}
