package dev.loadline.guard;

import com.fasterxml.jackson.annotation.JsonValue;

import java.util.Locale;

/** What a dependency is to us. */
public enum DependencyKind {
    MODEL,
    MEMORY,
    TOOL,
    SOURCE,
    MCP,
    STORE,
    AUTH,
    EMBEDDINGS;

    @JsonValue
    public String wire() {
        return name().toLowerCase(Locale.ROOT);
    }
}
