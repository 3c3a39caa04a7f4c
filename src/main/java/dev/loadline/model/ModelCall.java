package dev.loadline.model;

/** A call under way. */
public interface ModelCall {
    /**
     * Ends it: the upstream request is really closed, and the listener hears nothing more, not even
     * an end. Does nothing once ended. On the loop that started the call.
     */
    void cancel();
}
