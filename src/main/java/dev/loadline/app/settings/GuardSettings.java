package dev.loadline.app.settings;

import dev.loadline.guard.GuardPolicy;

import java.util.Map;

/**
 * How dependencies are guarded, over the built-in defaults.
 *
 * @param byDependency complete for each that is named, by its name in readings ({@code model:main})
 * @param otherwise for all others
 */
public record GuardSettings(
        Map<String, GuardPolicy.Settings> byDependency, GuardPolicy.Settings otherwise) {
    public GuardSettings {
        byDependency = Map.copyOf(byDependency);
    }

    public GuardPolicy.Settings of(String dependency) {
        return byDependency.getOrDefault(dependency, otherwise);
    }
}
