package dev.loadline.app.settings;

import static dev.loadline.core.Require.require;

import java.time.Duration;

/**
 * How much this node takes on.
 *
 * @param activeTurns slots: turns that run at once (parked ones hold none)
 * @param admissionWait how long an interactive submission may wait for a slot
 * @param loopLag event-loop lag from which low classes are shed
 */
public record LoadSettings(int activeTurns, Duration admissionWait, Duration loopLag) {
    public static final LoadSettings DEFAULT =
            new LoadSettings(2000, Duration.ofMillis(250), Duration.ofMillis(50));

    public LoadSettings {
        require(
                activeTurns >= 1 && activeTurns <= 1_000_000,
                "load.activeTurns must be 1..1000000");
        require(
                !admissionWait.isNegative() && admissionWait.compareTo(Duration.ofMinutes(1)) <= 0,
                "load.admissionWait must be at most 1m");
        require(
                loopLag.isPositive() && loopLag.compareTo(Duration.ofMinutes(1)) <= 0,
                "load.loopLag must be between 1ms and 1m");
    }
}
