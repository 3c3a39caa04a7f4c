package dev.loadline.model;

import org.jspecify.annotations.Nullable;

/** A language model that streams. */
public interface LanguageModel {
    /** Its name in the configuration. */
    String name();

    /** True if it only plays a model's part. */
    boolean rehearsal();

    /** What so many tokens cost by the configured prices; null without prices. */
    default @Nullable Double cost(long input, long cached, long output) {
        return null;
    }

    /**
     * Starts a call. Nothing is told to the listener before this returns; everything is told on the
     * event loop that called. The call is bounded by the request's deadline and by the model's own
     * first-event and gap time-outs.
     */
    ModelCall stream(ModelRequest request, ModelListener listener);
}
