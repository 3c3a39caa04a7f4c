package dev.loadline.model;

import dev.loadline.core.Outcome;

/**
 * Hears a model call, on the event loop that started it: any number of deltas, then exactly one
 * end.
 */
public interface ModelListener {
    /** The request is written; the wait for the first event starts here. At most once. */
    void sent();

    /** More of the answer; not empty; may end inside a surrogate pair. */
    void text(String delta);

    /** More of the model's thinking; not empty; may end inside a surrogate pair. */
    void reasoning(String delta);

    /** The last thing heard. */
    void ended(Outcome<ModelAnswer> outcome);
}
