package dev.loadline.app.settings;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/** Collects everything that is wrong, to be told at once. */
final class Errors {
    private final List<ConfigError> found = new ArrayList<>();

    void add(String file, int line, String key, String message) {
        found.add(new ConfigError(file, line, key, message));
    }

    boolean isEmpty() {
        return found.isEmpty();
    }

    /** File by file in the order in which they were read, each from top to bottom. */
    List<ConfigError> inOrder() {
        List<String> files = found.stream().map(ConfigError::file).distinct().toList();
        return found.stream()
                .sorted(
                        Comparator.comparingInt((ConfigError error) -> files.indexOf(error.file()))
                                .thenComparingInt(ConfigError::line))
                .toList();
    }
}
