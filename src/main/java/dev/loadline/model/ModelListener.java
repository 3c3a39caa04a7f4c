package dev.loadline.model;

import dev.loadline.core.Outcome;
import dev.loadline.guard.ProviderLimits;

/**
 * Hears a model call, on the event loop that started it: any number of deltas, then exactly one
 * end.
 */
public interface ModelListener {
    /** A call to this model begins: the first, or another after {@link #reset} or a setback. */
    default void asks(LanguageModel model) {}

    /**
     * The call stands in line, and the turn may give its slot back meanwhile. Told once a wait, and
     * only of one that the user should know of. From then until {@link #resumes} has let it go on,
     * nothing is told but {@link #degraded} and {@link #ended}.
     */
    default void waits(ModelWait wait) {}

    /**
     * The wait is over, or could be: whoever gave a slot back takes one, then calls {@code go} on
     * the same loop; a second call does nothing. The guard is asked again then, and may let it wait
     * once more. Others are let before a call that does not go within a second.
     */
    default void resumes(Runnable go) {
        go.run();
    }

    /** What the answer comes in spite of. */
    default void degraded(Setback what) {}

    /**
     * What was said in this step is void.
     *
     * @param reason fallback or retry
     */
    default void reset(String reason) {}

    /** A model to its guard: what its provider says of its limits. The turn hears none of it. */
    default void limits(ProviderLimits limits) {}

    /**
     * The request is written; the wait for the first event starts here. At most once for each
     * {@link #asks}.
     */
    void sent();

    /**
     * The answer has begun, with something that is told only at its end. At most once an attempt.
     */
    default void works() {}

    /** More of the answer; not empty; may end inside a surrogate pair. */
    void text(String delta);

    /** More of the model's thinking; not empty; may end inside a surrogate pair. */
    void reasoning(String delta);

    /** The last thing heard. */
    void ended(Outcome<ModelAnswer> outcome);
}
