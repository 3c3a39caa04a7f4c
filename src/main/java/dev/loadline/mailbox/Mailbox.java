package dev.loadline.mailbox;

import io.vertx.core.Future;

/** Placeholder of the face. */
public interface Mailbox<M, R> {
    Future<Reply<R>> ask(Letter<M> letter);
}
