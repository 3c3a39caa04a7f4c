package dev.loadline.mailbox;

import dev.loadline.core.Clock;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.eventbus.Message;
import io.vertx.core.eventbus.MessageConsumer;
import io.vertx.core.eventbus.ReplyException;

import java.time.Duration;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;

/**
 * Letters and replies as messages of the event bus, local to the node. A mailbox's consumer is
 * never paused: the mailbox itself refuses, at once and by name.
 */
final class VertxBus implements Bus {
    /** The mailbox answers by the deadline; this is only for an answer that got lost. */
    private static final long MARGIN_NANOS = Duration.ofMillis(50).toNanos();

    private final Vertx vertx;
    private final Clock clock;

    VertxBus(Vertx vertx, Clock clock) {
        this.vertx = vertx;
        this.clock = clock;
        ByReference.register(vertx);
    }

    @Override
    public <M, R> Served serve(String address, Mailbox<M, R> mailbox) {
        MessageConsumer<Letter<M>> consumer = vertx.eventBus().localConsumer(address);
        consumer.handler(
                message ->
                        mailbox.ask(message.body())
                                .onSuccess(reply -> message.reply(reply, ByReference.options())));
        return consumer::unregister;
    }

    @Override
    public <M, R> Future<Reply<R>> ask(String address, Letter<M> letter) {
        long left = letter.deadline().leftNanos(clock.nanos());
        if (left <= 0) return Future.succeededFuture(new Reply.Expired<>());
        long timeoutMs = TimeUnit.NANOSECONDS.toMillis(left + MARGIN_NANOS);
        try {
            return vertx.eventBus()
                    .<Reply<R>>request(
                            address, letter, ByReference.options().setSendTimeout(timeoutMs))
                    .map(Message::body)
                    .otherwise(VertxBus::replyFor);
        } catch (IllegalStateException | RejectedExecutionException closed) {
            return Future.succeededFuture(
                    new Reply.Refused<>(Refusal.DRAINING, Line.RETRY_DRAINING));
        }
    }

    private static <R> Reply<R> replyFor(Throwable failure) {
        if (!(failure instanceof ReplyException lost)) return new Reply.Broken<>(failure);
        return switch (lost.failureType()) {
            case TIMEOUT -> new Reply.Expired<>();
            case NO_HANDLERS -> new Reply.Refused<>(Refusal.DRAINING, Line.RETRY_DRAINING);
            case RECIPIENT_FAILURE, ERROR -> new Reply.Broken<>(lost);
        };
    }
}
