package dev.loadline.model;

import io.vertx.core.Future;

/** A call under way. */
public interface ModelCall {
    /**
     * Ends it: the upstream request is really closed, and the listener hears nothing more, not even
     * an end. Does nothing once ended. On the loop that started the call.
     */
    void cancel();

    /** The longest time between two parts of the answer so far, in nanoseconds; 0: not measured. */
    default long longestGapNanos() {
        return 0;
    }

    /**
     * After the end or a cancel: completes when nothing of it is open at the provider's any more.
     * Never fails.
     */
    default Future<Void> closed() {
        return Future.succeededFuture();
    }
}
