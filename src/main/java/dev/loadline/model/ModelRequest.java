package dev.loadline.model;

import static dev.loadline.core.Require.require;

import dev.loadline.core.Deadline;
import dev.loadline.core.ModelOptions;
import dev.loadline.core.Prompt;
import dev.loadline.core.TurnId;
import dev.loadline.core.WorkClass;
import dev.loadline.guard.Cause;
import dev.loadline.mailbox.Sender;

import org.jspecify.annotations.Nullable;

/**
 * What a model is asked. {@code attempt} and {@code step} say for which try at which step of the
 * turn.
 *
 * @param timeouts of this one call; null: the model's own
 */
public record ModelRequest(
        TurnId turn,
        int attempt,
        int step,
        Prompt prompt,
        ModelOptions options,
        Deadline deadline,
        Standing standing,
        @Nullable ModelTimeouts timeouts) {
    /**
     * For whom a model is asked, and how that turn stands.
     *
     * @param sender whom those who wait before the same model are told apart by
     * @param cause ORIGINAL, or TAKEOVER: another attempt at the turn asked this already
     * @param gateWaits how often the turn has waited at a rate limit's gate before this request
     * @param mayReset what was shown of the answer may be taken back and begun anew
     */
    public record Standing(
            WorkClass workClass, Sender sender, Cause cause, int gateWaits, boolean mayReset) {
        public Standing {
            require(gateWaits >= 0, "gateWaits must not be negative");
        }

        static Standing original(int attempt) {
            Cause cause = attempt > 1 ? Cause.TAKEOVER : Cause.ORIGINAL;
            return new Standing(WorkClass.INTERACTIVE, Sender.NODE, cause, 0, true);
        }
    }

    /** Of the node itself, with a person who waits. */
    public ModelRequest(
            TurnId turn,
            int attempt,
            int step,
            Prompt prompt,
            ModelOptions options,
            Deadline deadline) {
        this(turn, attempt, step, prompt, options, deadline, Standing.original(attempt), null);
    }

    ModelRequest within(ModelTimeouts of) {
        return new ModelRequest(turn, attempt, step, prompt, options, deadline, standing, of);
    }
}
