package dev.loadline.mailbox;

import dev.loadline.core.Clock;

import io.vertx.core.Future;
import io.vertx.core.Vertx;

/**
 * Typed addresses on the event bus; messages are immutable records, passed by reference within the
 * node.
 */
public interface Bus {
    /** The event bus of this node. */
    static Bus on(Vertx vertx, Clock clock) {
        return new VertxBus(vertx, clock);
    }

    /**
     * Serves an address with a mailbox, on the caller's event loop. Local to this node.
     *
     * @return what ends the service; completes when the address is free again
     */
    <M, R> Served serve(String address, Mailbox<M, R> mailbox);

    /**
     * Asks the service at an address. Always completes, never fails: a service that is not there is
     * {@code Refused(DRAINING)}, a lost answer {@code Expired} at the letter's deadline.
     */
    <M, R> Future<Reply<R>> ask(String address, Letter<M> letter);

    /** An address that is served. */
    interface Served {
        Future<Void> end();
    }
}
