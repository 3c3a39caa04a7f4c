package dev.loadline.app.settings;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/** A working directory with configuration files in it, as tests read them. */
record Reading(Path directory) {
    static final String MAIN = "conf/loadline.yaml";

    Reading with(String file, String text) {
        try {
            Path path = directory.resolve(file);
            Files.createDirectories(path.getParent());
            Files.writeString(path, text);
            return this;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    Settings settings(Map<String, String> environment) {
        return switch (load(environment)) {
            case Loaded.Ok(var settings, var files) -> settings;
            case Loaded.Invalid(var errors) -> throw new AssertionError("refused: " + errors);
        };
    }

    Settings settings() {
        return settings(Map.of());
    }

    List<String> errors(Map<String, String> environment) {
        return switch (load(environment)) {
            case Loaded.Ok ok -> List.of();
            case Loaded.Invalid(var errors) -> {
                assertThat(errors).isNotEmpty();
                yield errors.stream().map(ConfigError::toString).toList();
            }
        };
    }

    List<String> errors() {
        return errors(Map.of());
    }

    Loaded load(Map<String, String> environment) {
        return Configuration.load(directory, null, Configuration.Overrides.NONE, environment);
    }
}
