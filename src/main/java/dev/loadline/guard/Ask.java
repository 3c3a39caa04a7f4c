package dev.loadline.guard;

import dev.loadline.core.Deadline;
import dev.loadline.core.WorkClass;

/**
 * A call that wants to go.
 *
 * @param size a model's input in tokens, which says how long its first token normally takes; else 0
 * @param reasoning the model thinks first, and may be silent longer
 * @param onlyAnswer nobody else can give the answer (no fallback, no other attempt): it is not cut
 *     off before the ceiling, and slowness alone does not refuse it
 */
public record Ask(
        Deadline deadline,
        WorkClass workClass,
        Cause cause,
        long size,
        boolean reasoning,
        boolean onlyAnswer) {
    /** A single call of an original. */
    public Ask(Deadline deadline, WorkClass workClass) {
        this(deadline, workClass, Cause.ORIGINAL, 0, false, false);
    }
}
