package dev.loadline.sim;

import dev.loadline.mailbox.Bus;
import dev.loadline.mailbox.Letter;
import dev.loadline.mailbox.Mailbox;
import dev.loadline.mailbox.Refusal;
import dev.loadline.mailbox.Reply;

import io.vertx.core.Future;
import io.vertx.core.Promise;

import java.time.Duration;
import java.util.HashMap;
import java.util.Map;

/** A node's event bus: delivers later, and now and then loses an answer. */
final class SimBus implements Bus {
    private final SimWorld world;
    private final SimWorld.Place place;
    private final Faults faults;
    private final SlotWatch watch;
    private final Map<String, Mailbox<?, ?>> served = new HashMap<>();

    SimBus(SimWorld world, SimWorld.Place place, Faults faults, SlotWatch watch) {
        this.watch = watch;
        this.world = world;
        this.place = place;
        this.faults = faults;
    }

    @Override
    public <M, R> Served serve(String address, Mailbox<M, R> mailbox) {
        served.put(address, mailbox);
        return () -> {
            served.remove(address, mailbox);
            return Future.succeededFuture();
        };
    }

    @Override
    public <M, R> Future<Reply<R>> ask(String address, Letter<M> letter) {
        Promise<Reply<R>> answer = Promise.promise();
        M body = watch.begins(letter.body());
        var sent = new Letter<>(body, letter.workClass(), letter.deadline(), letter.sender());
        answer.future().onSuccess(reply -> watch.answered(body, reply instanceof Reply.Refused<R>));
        world.at(place, delay(), "bus " + address, () -> deliver(address, sent, answer));
        Duration left = letter.deadline().left(world).plusMillis(10);
        world.at(place, left, "bus expiry", () -> answer.tryComplete(new Reply.Expired<>()));
        return answer.future();
    }

    private <M, R> void deliver(String address, Letter<M> letter, Promise<Reply<R>> answer) {
        @SuppressWarnings("unchecked") // one type a address, as on the real bus
        var mailbox = (Mailbox<M, R>) served.get(address);
        if (mailbox == null) {
            answer.tryComplete(new Reply.Refused<>(Refusal.DRAINING, Duration.ofSeconds(1)));
            return;
        }
        mailbox.ask(letter)
                .onSuccess(
                        reply -> {
                            if (world.chance(faults.busLoss())) {
                                world.saw("bus lost an answer");
                                return;
                            }
                            world.at(place, delay(), "bus answer", () -> answer.tryComplete(reply));
                        });
    }

    private Duration delay() {
        return Duration.ofNanos(world.random.nextLong(10_000, 500_000));
    }
}
