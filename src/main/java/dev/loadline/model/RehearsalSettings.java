package dev.loadline.model;

import static dev.loadline.core.Require.require;

import java.time.Duration;

/**
 * The built-in model.
 *
 * @param pace time from word to word; zero: as fast as the loop takes them
 */
public record RehearsalSettings(String name, Duration pace) implements ModelSettings {
    public static final Duration PACE = Duration.ofMillis(20);
    private static final Duration PACE_MAX = Duration.ofSeconds(10);

    public RehearsalSettings {
        require(!name.isBlank(), "name must not be empty");
        require(
                !pace.isNegative() && pace.compareTo(PACE_MAX) <= 0,
                "pace must be between 0 and 10s");
    }

    public RehearsalSettings(String name) {
        this(name, PACE);
    }

    @Override
    public String limitGroup() {
        return name;
    }
}
