package dev.loadline.model;

import dev.loadline.core.ToolCall;
import dev.loadline.core.Usage;

import org.jspecify.annotations.Nullable;

import java.util.List;

/**
 * How a good answer ended. {@code usage} is absent where the provider did not say; it carries the
 * cost where prices are configured.
 *
 * @param calls what the model asks to be called, in its order
 */
public record ModelAnswer(Reason reason, @Nullable Usage usage, List<ToolCall> calls) {
    public ModelAnswer {
        calls = List.copyOf(calls);
    }

    /** Of a model that asks for nothing. */
    public ModelAnswer(Reason reason, @Nullable Usage usage) {
        this(reason, usage, List.of());
    }

    /** Why the model stopped. */
    public enum Reason {
        STOP,
        LENGTH,
        FILTERED
    }
}
