package dev.loadline.store;

import dev.loadline.core.Json;
import dev.loadline.core.WorkClass;
import dev.loadline.turn.TurnMemo;

import io.vertx.core.Future;

/** Deletes what ended turns no longer need: their steps and what went into their prompts. */
final class Retention {
    private static final String OLD =
            """
            SELECT id, memo FROM turns WHERE stripped = 0 AND ended < $1
            ORDER BY ended LIMIT $2""";
    private static final String STRIP = "UPDATE turns SET memo = $2, stripped = 1 WHERE id = $1";
    private static final String DELETE_STEPS = "DELETE FROM steps WHERE turn = $1";

    private final Db db;

    Retention(Db db) {
        this.db = db;
    }

    Future<Integer> retain(long endedBeforeMs, int turnsMax) {
        return db.write(
                WorkClass.BACKGROUND,
                tx ->
                        tx.run(OLD, endedBeforeMs, (long) turnsMax)
                                .compose(rows -> strip(tx, rows).map(done -> rows.rows().size())));
    }

    private static Future<?> strip(Db.Tx tx, Rows turns) {
        Future<?> done = Future.succeededFuture();
        for (Rows.Row row : turns.rows()) {
            String id = row.text(0);
            String memo = Json.write(Json.read(row.text(1), TurnMemo.class).withContext(null));
            done =
                    done.compose(before -> tx.run(STRIP, id, memo))
                            .compose(before -> tx.run(DELETE_STEPS, id));
        }
        return done;
    }
}
