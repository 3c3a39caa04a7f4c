package dev.loadline.store;

import dev.loadline.core.ConversationKey;
import dev.loadline.core.Json;
import dev.loadline.core.TurnId;
import dev.loadline.turn.Chain;
import dev.loadline.turn.Message;
import dev.loadline.turn.TurnEnd;
import dev.loadline.turn.TurnMemo;

import io.vertx.core.Future;

import java.util.List;

/** Texts that joined a turn and that no step of it has seen when it completes. */
final class Leftovers {
    private static final String INPUTS =
            "SELECT "
                    + MessageRows.COLUMNS
                    + " FROM messages m JOIN turns t ON t.id = m.turn"
                    + " WHERE m.turn = $1 AND m.role = 'user' AND t.ended IS NULL ORDER BY m.idx";
    private static final String ONE_MORE =
            """
            UPDATE conversations SET seq = seq + 1, unfinished = unfinished + 1, newest = $4
            WHERE tenant = $1 AND usr = $2 AND id = $3
            RETURNING seq""";
    private static final String INSERT =
            """
            INSERT INTO turns
              (tenant, usr, conversation, id, seq, agent, origin, work_class, status, place,
               attempt, takeovers, node, memo_version, memo, cancel_asked, created, deadline,
               metadata, chain, stripped, made_by)
            SELECT tenant, usr, conversation, $2, $3, agent, origin, work_class, 'queued', 1, 0, 0,
               NULL, $4, $5, 0, $6, $7, NULL, $8, 0, 'steer'
            FROM turns WHERE id = $1""";
    private static final String MOVE = "UPDATE messages SET turn = $2, idx = $3 WHERE id = $1";
    private static final String MOVE_KEY =
            "UPDATE submit_keys SET turn = $3 WHERE turn = $2 AND message = $1";

    private Leftovers() {}

    /** Those of a turn that is to complete; of one that is cut short they stay what they are. */
    static Future<List<Message>> of(Db.Tx tx, EndedTurn turn) {
        if (!(turn.end() instanceof TurnEnd.Completed)) return Future.succeededFuture(List.of());
        return tx.run(INPUTS, turn.turn().value())
                .map(
                        rows ->
                                rows.rows().stream()
                                        .skip(1) // what the turn was made of
                                        .map(MessageRows::read)
                                        .filter(text -> !turn.memo().seen().containsKey(text.id()))
                                        .toList());
    }

    /** Makes a turn of them that waits, before all others. */
    static Future<?> goOnAs(
            Db.Tx tx,
            ConversationKey key,
            EndedTurn turn,
            EndedTurn.Onward onward,
            List<Message> texts) {
        String tenant = key.principal().tenant();
        String user = key.principal().user();
        String id = onward.turn().value();
        Future<?> done =
                tx.run(ONE_MORE, tenant, user, key.id(), id)
                        .map(rows -> rows.first().number(0))
                        .compose(
                                seq ->
                                        Lineup.makeWay(tx, key, seq)
                                                .compose(way -> insert(tx, turn, onward, seq)));
        for (int i = 0; i < texts.size(); i++) {
            String message = texts.get(i).id();
            long idx = i;
            done =
                    done.compose(before -> tx.run(MOVE, message, id, idx))
                            .compose(before -> moveKey(tx, message, turn.turn(), id));
        }
        return done;
    }

    private static Future<Rows> insert(
            Db.Tx tx, EndedTurn turn, EndedTurn.Onward onward, long seq) {
        String id = onward.turn().value();
        return tx.run(
                INSERT,
                turn.turn().value(),
                id,
                seq,
                (long) TurnMemo.VERSION,
                Json.write(TurnMemo.fresh()),
                turn.endedMs(),
                onward.deadlineMs(),
                Json.write(Chain.rootOf(id)));
    }

    private static Future<Rows> moveKey(Db.Tx tx, String message, TurnId from, String to) {
        return tx.run(MOVE_KEY, message, from.value(), to);
    }
}
