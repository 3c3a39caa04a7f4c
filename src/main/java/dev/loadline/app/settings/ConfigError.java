package dev.loadline.app.settings;

/**
 * What is wrong in the configuration, and what would be right. Never holds a variable's value.
 *
 * @param file as the user would name it; or the option or variable that is wrong
 * @param line from 1; 0 if {@code file} has no lines
 * @param key dotted path within the file; empty if the file as a whole is meant
 */
public record ConfigError(String file, int line, String key, String message) {
    /** {@code file:line: key: message}, leaving out what there is not. */
    @Override
    public String toString() {
        return file
                + (line > 0 ? ":" + line : "")
                + ": "
                + (key.isEmpty() ? "" : key + ": ")
                + message;
    }
}
