package dev.loadline.model;

import dev.loadline.core.Deadline;
import dev.loadline.core.ModelOptions;
import dev.loadline.core.Prompt;
import dev.loadline.core.TurnId;

/**
 * What a model is asked. {@code attempt} and {@code step} say for which try at which step of the
 * turn.
 */
public record ModelRequest(
        TurnId turn,
        int attempt,
        int step,
        Prompt prompt,
        ModelOptions options,
        Deadline deadline) {}
