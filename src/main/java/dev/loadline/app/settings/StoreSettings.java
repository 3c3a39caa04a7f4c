package dev.loadline.app.settings;

import static dev.loadline.core.Require.require;

import java.nio.file.Path;
import java.time.Duration;

/**
 * Where conversations are kept.
 *
 * @param file the embedded database, against the working directory
 * @param retention how long what is only looked up is kept
 */
public record StoreSettings(Path file, Retention retention) {
    public static final StoreSettings DEFAULT =
            new StoreSettings(Path.of("data", "loadline.db"), new Retention(Duration.ofDays(30)));

    /**
     * @param steps of ended turns, with their ledgers; messages are kept for ever
     */
    public record Retention(Duration steps) {
        public Retention {
            require(
                    steps.compareTo(Duration.ofHours(1)) >= 0
                            && steps.compareTo(Duration.ofDays(36_500)) <= 0,
                    "store.retention.steps must be between 1h and 36500d");
        }
    }
}
