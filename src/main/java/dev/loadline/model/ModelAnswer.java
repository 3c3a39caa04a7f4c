package dev.loadline.model;

import dev.loadline.core.Usage;

import org.jspecify.annotations.Nullable;

/**
 * How a good answer ended. {@code usage} is absent where the provider did not say; it carries the
 * cost where prices are configured.
 */
public record ModelAnswer(Reason reason, @Nullable Usage usage) {
    /** Why the model stopped. */
    public enum Reason {
        STOP,
        LENGTH,
        FILTERED
    }
}
