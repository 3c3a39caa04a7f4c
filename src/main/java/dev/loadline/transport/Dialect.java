package dev.loadline.transport;

import org.jspecify.annotations.Nullable;

/**
 * Whose words a door uses for what went wrong; by its path, so that also a path that is no door has
 * one.
 */
enum Dialect {
    /** Problems of RFC 9457. */
    NATIVE,
    /** What clients of OpenAI's API read. */
    OPENAI;

    static Dialect of(@Nullable String path) {
        boolean v1 = path != null && (path.equals("/v1") || path.startsWith("/v1/"));
        return v1 ? OPENAI : NATIVE;
    }
}
