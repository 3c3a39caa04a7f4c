package dev.loadline.mailbox;

import io.vertx.core.Future;

/** What stands behind a mailbox. */
public interface Service<M, R> {
    /**
     * Begins work on a message, on the thread that brought it or that freed the slot it waited for;
     * must not block. The slot is given back when the future completes, unless the service has
     * called {@link Slot#keep()} before.
     *
     * @return the answer; a failed future or an exception is {@link Reply.Broken} to the asker
     */
    Future<R> handle(M message, Slot slot);
}
