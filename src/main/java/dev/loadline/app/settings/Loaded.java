package dev.loadline.app.settings;

import java.util.List;

/** What reading the configuration gave. */
public sealed interface Loaded {
    /**
     * @param files what was read, as the user would name it; empty if there was no file
     */
    record Ok(Settings settings, List<String> files) implements Loaded {
        public Ok {
            files = List.copyOf(files);
        }
    }

    /** Everything that is wrong, file by file from top to bottom; at least one. */
    record Invalid(List<ConfigError> errors) implements Loaded {
        public Invalid {
            errors = List.copyOf(errors);
        }
    }
}
