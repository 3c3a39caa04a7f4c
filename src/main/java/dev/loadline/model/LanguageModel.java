package dev.loadline.model;

/** A language model that streams. */
public interface LanguageModel {
    /** Its name in the configuration. */
    String name();

    /** True if it only plays a model's part. */
    boolean rehearsal();

    /**
     * Starts a call. Nothing is told to the listener before this returns; everything is told on the
     * event loop that called. The call is bounded by the request's deadline and by the model's own
     * first-event and gap time-outs.
     */
    ModelCall stream(ModelRequest request, ModelListener listener);
}
