package dev.loadline.engine;

import dev.loadline.core.TurnId;
import dev.loadline.mailbox.Service;
import dev.loadline.mailbox.Slot;
import dev.loadline.store.StoredTurn;
import dev.loadline.turn.By;

import io.vertx.core.Future;

import java.util.List;

/** What an address {@code turn.<loop>} does with commands. That loop only. */
final class TurnService implements Service<Command, Command.Done> {
    private final Engine engine;
    private final Submitting submitting;

    TurnService(Engine engine, Hands hands) {
        this.engine = engine;
        this.submitting = new Submitting(engine, hands);
    }

    @Override
    public Future<Command.Done> handle(Command command, Slot mine) {
        return switch (command) {
            case Command.Submit(var submission, var agent, var slot) ->
                    submitting.submit(submission, agent, slot).map(Command.Done.Accepted::new);
            case Command.Converse(var conversing, var agent, var slot) ->
                    engine.arrivals()
                            .converse(conversing, agent, slot)
                            .map(Command.Done.Begun::new);
            case Command.Begin(TurnId turn, var offered) -> heard(engine.slotCame(turn, offered));
            case Command.Cancel(TurnId turn, By by) -> heard(engine.cancel(turn, by));
            case Command.Forget(List<TurnId> turns) -> {
                engine.forget(turns);
                yield heard(true);
            }
            case Command.Adopt(List<StoredTurn> turns) -> {
                turns.forEach(engine.arrivals()::adopt);
                yield heard(true);
            }
            case Command.Silence over -> {
                engine.fenced();
                yield heard(true);
            }
            case Command.HandOver leave -> engine.leave().map(new Command.Done.Heard(true));
        };
    }

    private static Future<Command.Done> heard(boolean known) {
        return Future.succeededFuture(new Command.Done.Heard(known));
    }
}
