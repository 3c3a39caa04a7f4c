package dev.loadline.sim;

import dev.loadline.core.ProblemException;
import dev.loadline.core.TurnId;
import dev.loadline.core.WhenBusy;
import dev.loadline.engine.Submission;
import dev.loadline.turn.By;

import org.jspecify.annotations.Nullable;

import java.time.Duration;

/** Somebody's hand on the button: sends the message, and again while no answer comes. */
final class Pressing {
    private final Simulation sim;
    private final SimWorld world;
    private final SimClient client;
    private final @Nullable WhenBusy whenBusy;
    private final Patience patience;
    private final boolean opensBySending;
    private boolean opened;
    private boolean heeding;
    private int tries;

    Pressing(Simulation sim, SimClient client, @Nullable WhenBusy whenBusy, Patience patience) {
        this.sim = sim;
        this.world = sim.world;
        this.client = client;
        this.whenBusy = whenBusy;
        this.patience = patience;
        this.opensBySending = client.text.hashCode() % 2 == 0;
    }

    void press() {
        if (client.turn != null || client.done()) return;
        if (tries >= patience.tries()) {
            world.saw("gave up");
            client.leave();
            return;
        }
        tries++;
        if (tries > 1) world.saw("resend");
        if (tries == 1 && patience.vanishesMs() > 0) vanishLater();
        int mine = tries;
        Duration calm = world.between(patience.fromMs(), patience.toMs());
        world.at(world.outside, calm, "impatience", () -> impatient(mine));
        SimNode node = sim.someNode();
        if (opened || opensBySending) {
            send(node, mine);
            return;
        }
        node.call(
                desk ->
                        desk.open(
                                client.conversation.principal(),
                                "assistant",
                                client.conversation.id()),
                there -> {
                    opened = true;
                    send(node, mine);
                },
                why -> {});
    }

    private void impatient(int mine) {
        if (mine == tries && !heeding) press();
    }

    private void vanishLater() {
        world.at(
                world.outside,
                Duration.ofMillis(patience.vanishesMs()),
                "vanish",
                () -> {
                    if (!client.done()) world.saw("vanished");
                    client.leave();
                });
    }

    private void send(SimNode node, int mine) {
        var submission =
                new Submission(
                        client.conversation,
                        client.text,
                        client.key,
                        whenBusy,
                        120_000L,
                        sim.attempts().mark(),
                        world.nanos(),
                        world.nanos());
        node.call(
                desk ->
                        sim.attempts()
                                .submit(
                                        node,
                                        desk,
                                        opensBySending
                                                ? submission.opening("assistant")
                                                : submission)
                                .onSuccess(reply -> sim.acknowledged(client, reply.submitted())),
                reply -> {
                    if (world.chance(sim.faults.busLoss() * 10)) {
                        world.saw(
                                "answer to the client lost"); // it was acknowledged, but the client
                        // does not know
                        return;
                    }
                    if (client.turn != null || client.gone()) return;
                    client.follow(reply.submitted().turn());
                    if (patience.cancelsMs() > 0) cancelLater();
                },
                why -> refused(why, mine));
    }

    /** Whoever heeds a refusal comes back when it says. */
    private void refused(Throwable why, int mine) {
        boolean known = why instanceof ProblemException;
        Long after = known ? ((ProblemException) why).problem().retryAfterMs() : null;
        if (!patience.heeds() || after == null || mine != tries) return;
        heeding = true;
        world.at(
                world.outside,
                world.between(after, 2 * after + 1),
                "told to come back",
                () -> {
                    heeding = false;
                    if (mine == tries) press();
                });
    }

    private void cancelLater() {
        world.at(
                world.outside,
                Duration.ofMillis(patience.cancelsMs()),
                "cancel",
                () -> {
                    String turn = client.turn;
                    if (client.done() || turn == null) return;
                    world.saw("cancel");
                    var id = new TurnId(turn);
                    sim.someNode()
                            .call(
                                    desk ->
                                            desk.cancel(
                                                    client.conversation.principal(), id, By.USER),
                                    told -> {},
                                    why -> {});
                });
    }
}
