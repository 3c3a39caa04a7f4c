package dev.loadline.app.settings;

import static dev.loadline.core.Require.require;

import dev.loadline.guard.GuardPolicy;

import java.util.Collection;
import java.util.HashMap;
import java.util.Map;

/** Reads {@code guard}: a section for all, and one for each dependency that differs. */
final class GuardReader {
    private static final String ALL = "default";
    private static final int CONCURRENCY_MAX = 1_000_000;

    /** What can be written. */
    private record Keys(double timeoutFactor, double retryBudget, int concurrency) {
        Keys {
            require(
                    timeoutFactor >= 1 && timeoutFactor <= 20,
                    "timeoutFactor must be 1..20, times the learned p99");
            require(
                    retryBudget >= 0 && retryBudget <= 1,
                    "retryBudget must be 0..1, retries per success");
            require(
                    concurrency >= 0 && concurrency <= CONCURRENCY_MAX,
                    "concurrency must be 0.." + CONCURRENCY_MAX + "; 0: as usual for its kind");
        }
    }

    private GuardReader() {}

    /**
     * @param dependencies all that have a guard, by their names in readings
     * @param activeTurns which nothing ever calls more often at once
     */
    static GuardSettings read(Section root, Collection<String> dependencies, int activeTurns) {
        Map<String, Section> sections = root.named("guard");
        var usual = GuardPolicy.Settings.DEFAULT;
        var built = new Keys(usual.timeoutFactor(), usual.retryBudget(), usual.concurrency());
        Section all = sections.remove(ALL);
        Keys otherwise = all == null ? built : keys(all, built);
        Map<String, GuardPolicy.Settings> byDependency = new HashMap<>();
        sections.forEach(
                (name, section) -> {
                    if (!dependencies.contains(name))
                        root.section("guard")
                                .refuse(
                                        name,
                                        "there is no such dependency, "
                                                + Hint.of(name, dependencies));
                    byDependency.put(name, settings(keys(section, otherwise), activeTurns));
                });
        return new GuardSettings(byDependency, settings(otherwise, activeTurns));
    }

    private static Keys keys(Section section, Keys otherwise) {
        return section.build(
                () ->
                        new Keys(
                                section.decimal("timeoutFactor", otherwise.timeoutFactor()),
                                section.decimal("retryBudget", otherwise.retryBudget()),
                                section.integer("concurrency", otherwise.concurrency())));
    }

    private static GuardPolicy.Settings settings(Keys keys, int activeTurns) {
        return new GuardPolicy.Settings(
                keys.timeoutFactor(),
                keys.retryBudget(),
                Math.min(keys.concurrency(), activeTurns),
                activeTurns);
    }
}
