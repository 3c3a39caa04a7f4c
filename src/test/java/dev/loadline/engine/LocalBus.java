package dev.loadline.engine;

import dev.loadline.context.ContextTask;
import dev.loadline.mailbox.Bus;
import dev.loadline.mailbox.Letter;
import dev.loadline.mailbox.Mailbox;
import dev.loadline.mailbox.Refusal;
import dev.loadline.mailbox.Reply;

import io.vertx.core.Future;

import java.time.Duration;
import java.util.HashMap;
import java.util.Map;

/** Asks at once; what nobody serves is refused. */
final class LocalBus implements Bus {
    final Map<String, Mailbox<?, ?>> served = new HashMap<>();
    int measured;

    @Override
    public <M, R> Served serve(String address, Mailbox<M, R> mailbox) {
        served.put(address, mailbox);
        return Future::succeededFuture;
    }

    @Override
    @SuppressWarnings("unchecked") // one type an address
    public <M, R> Future<Reply<R>> ask(String address, Letter<M> letter) {
        if (letter.body() instanceof ContextTask.Measure) {
            measured++;
            R fits = (R) new ContextTask.Answer.Measured(1, true);
            return Future.succeededFuture(new Reply.Answer<>(fits));
        }
        var there = (Mailbox<M, R>) served.get(address);
        return there == null
                ? Future.succeededFuture(
                        new Reply.Refused<>(Refusal.DRAINING, Duration.ofSeconds(1)))
                : there.ask(letter);
    }
}
