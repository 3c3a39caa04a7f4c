package dev.loadline.store;

import dev.loadline.core.ConversationKey;
import dev.loadline.core.Json;
import dev.loadline.core.Principal;
import dev.loadline.core.TurnId;
import dev.loadline.core.WorkClass;
import dev.loadline.turn.Call;
import dev.loadline.turn.Degradation;
import dev.loadline.turn.Message;
import dev.loadline.turn.Step;
import dev.loadline.turn.TurnEnd;
import dev.loadline.turn.TurnMemo;

import io.vertx.core.Future;

import org.jspecify.annotations.Nullable;

import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** What an owner writes of a running turn: its checkpoints and its outcome, fenced. */
final class Endings {
    /**
     * Locks the conversation while it is still ours: a takeover at the same time waits, or we see
     * that it was first.
     */
    private static final String HOLD =
            """
            UPDATE conversations SET seq = seq
            WHERE (tenant, usr, id) = (SELECT tenant, usr, conversation FROM turns WHERE id = $1)
              AND owner = $2 AND epoch = $3 AND handed_over = 0
            RETURNING tenant, usr, id""";

    private static final String CHECKPOINT =
            """
            UPDATE turns SET memo = $2, memo_version = $3, takeovers = 0
            WHERE id = $1 AND ended IS NULL""";
    private static final String PUT_STEP =
            """
            INSERT INTO steps (turn, step, body) VALUES ($1, $2, $3)
            ON CONFLICT (turn, step) DO UPDATE SET body = excluded.body""";
    private static final String STEPS = "SELECT body FROM steps WHERE turn = $1 ORDER BY step";
    private static final String END =
            """
            UPDATE turns SET status = $2, outcome = $3, memo = $4, memo_version = $5, ended = $6,
              last_cursor = $7
            WHERE id = $1 AND ended IS NULL
            RETURNING origin""";
    private static final String COUNT =
            """
            UPDATE conversations SET unfinished = unfinished - 1, messages = messages + $4,
              updated = CASE WHEN updated < $5 THEN $5 ELSE updated END
            WHERE tenant = $1 AND usr = $2 AND id = $3
            RETURNING unfinished""";

    /** If none runs, the one that waited longest does. */
    static final String PROMOTE =
            """
            UPDATE turns SET status = 'running', attempt = attempt + 1, node = $4
            WHERE id = (SELECT id FROM turns
                WHERE tenant = $1 AND usr = $2 AND conversation = $3 AND ended IS NULL
                ORDER BY (status = 'queued'), seq LIMIT 1)
              AND status = 'queued'
            RETURNING id, seq""";

    private static final String NAME_NEXT = "UPDATE turns SET next_turn = $2 WHERE id = $1";
    private static final String NEXT = "SELECT next_turn FROM turns WHERE id = $1";

    private final Db db;
    private final TurnRows turns;

    Endings(Db db, TurnRows turns) {
        this.db = db;
        this.turns = turns;
    }

    // What was begun goes before what is new, so both are CONTROL.

    Future<Boolean> checkpoint(Fence fence, TurnId turn, TurnMemo memo, Step finished) {
        return db.write(
                WorkClass.CONTROL,
                tx ->
                        hold(tx, fence, turn)
                                .compose(
                                        held ->
                                                held.isEmpty()
                                                        ? Future.succeededFuture(false)
                                                        : store(tx, turn, memo, finished)));
    }

    private static Future<Boolean> store(Db.Tx tx, TurnId turn, TurnMemo memo, Step finished) {
        return tx.run(CHECKPOINT, turn.value(), Json.write(memo), (long) memo.version())
                .compose(
                        rows ->
                                rows.changed() == 0
                                        ? Future.succeededFuture(false)
                                        : putStep(tx, turn, finished).map(done -> true));
    }

    private static Future<Rows> putStep(Db.Tx tx, TurnId turn, Step step) {
        return tx.run(PUT_STEP, turn.value(), (long) step.step(), Json.write(step));
    }

    Future<TurnStore.Ending> end(Fence fence, EndedTurn turn) {
        return db.write(
                WorkClass.CONTROL,
                tx ->
                        hold(tx, fence, turn.turn())
                                .compose(
                                        held ->
                                                held.isEmpty()
                                                        ? Future.succeededFuture(
                                                                new TurnStore.Ending.Fenced())
                                                        : endHeld(tx, fence, held.get(), turn)));
    }

    private static Future<Optional<ConversationKey>> hold(Db.Tx tx, Fence fence, TurnId turn) {
        return tx.run(HOLD, turn.value(), fence.node(), fence.epoch())
                .map(
                        rows ->
                                rows.rows().stream()
                                        .findFirst()
                                        .map(
                                                row ->
                                                        new ConversationKey(
                                                                new Principal(
                                                                        row.text(0), row.text(1)),
                                                                row.text(2))));
    }

    private Future<TurnStore.Ending> endHeld(
            Db.Tx tx, Fence fence, ConversationKey key, EndedTurn turn) {
        return Leftovers.of(tx, turn)
                .compose(
                        unseen ->
                                unseen.isEmpty() || turn.onward() != null
                                        ? end(tx, fence, key, turn, unseen)
                                        : Future.succeededFuture(
                                                new TurnStore.Ending.Unseen(unseen)));
    }

    private Future<TurnStore.Ending> end(
            Db.Tx tx, Fence fence, ConversationKey key, EndedTurn turn, List<Message> unseen) {
        return tx.run(
                        END,
                        turn.turn().value(),
                        turn.end().status().wire(),
                        Json.write(turn.end()),
                        Json.write(turn.memo()),
                        (long) turn.memo().version(),
                        turn.endedMs(),
                        turn.cursor())
                .compose(
                        rows -> {
                            if (rows.isEmpty()) return again(tx, turn.turn());
                            return keep(tx, turn, rows.first().text(0))
                                    .compose(said -> count(tx, key, turn, said))
                                    .compose(left -> charge(tx, key, turn).map(done -> left))
                                    .compose(left -> onward(tx, key, turn, unseen, left))
                                    .compose(left -> next(tx, fence, key, turn.turn(), left));
                        });
    }

    /** It was ended before: the answer that was given then, as far as it still holds. */
    private Future<TurnStore.Ending> again(Db.Tx tx, TurnId turn) {
        return tx.run(NEXT, turn.value())
                .compose(
                        rows -> {
                            String next = rows.first().textOrNull(0);
                            if (next == null) return stored(null);
                            return turns.find(tx, new TurnId(next))
                                    .compose(
                                            found ->
                                                    stored(
                                                            found.filter(it -> it.end() == null)
                                                                    .orElse(null)));
                        });
    }

    private static Future<TurnStore.Ending> stored(@Nullable StoredTurn next) {
        return Future.succeededFuture(new TurnStore.Ending.Stored(next));
    }

    /** Its last step and its message; answers how many messages that made. */
    private static Future<Long> keep(Db.Tx tx, EndedTurn turn, String origin) {
        Step last = turn.lastStep();
        Future<?> step = last == null ? Future.succeededFuture() : putStep(tx, turn.turn(), last);
        if (turn.text().isEmpty()) return step.map(done -> 0L);
        return step.compose(done -> tx.run(STEPS, turn.turn().value()))
                .compose(
                        steps ->
                                MessageRows.insertAnswer(
                                        tx,
                                        turn,
                                        origin,
                                        !(turn.end() instanceof TurnEnd.Completed),
                                        calls(steps),
                                        degraded(turn.memo())))
                .map(done -> 1L);
    }

    private static List<Message.CallSummary> calls(Rows steps) {
        Stream<Call> calls =
                steps.rows().stream()
                        .map(row -> Json.read(row.text(0), Step.class))
                        .flatMap(step -> step.calls().stream());
        return calls.map(call -> new Message.CallSummary(call.call(), call.tool(), call.status()))
                .toList();
    }

    private static List<String> degraded(TurnMemo memo) {
        return memo.degradations().stream().map(Degradation::dependency).distinct().toList();
    }

    private static Future<Long> count(
            Db.Tx tx, ConversationKey key, EndedTurn turn, long messages) {
        return tx.run(
                        COUNT,
                        key.principal().tenant(),
                        key.principal().user(),
                        key.id(),
                        messages,
                        turn.endedMs())
                .map(rows -> rows.first().number(0));
    }

    /** As nobody comes here again once the turn has its outcome, nothing is charged twice. */
    private static Future<?> charge(Db.Tx tx, ConversationKey key, EndedTurn turn) {
        if (turn.tokensCharged() == 0) return Future.succeededFuture();
        long day = TokenUse.dayOf(turn.endedMs());
        return TokenRows.add(tx, key.principal(), day, turn.tokensCharged());
    }

    /** Answers how many turns have not ended then. */
    private static Future<Long> onward(
            Db.Tx tx, ConversationKey key, EndedTurn turn, List<Message> unseen, long unfinished) {
        EndedTurn.Onward onward = turn.onward();
        if (onward == null || unseen.isEmpty()) return Future.succeededFuture(unfinished);
        return Leftovers.goOnAs(tx, key, turn, onward, unseen).map(done -> unfinished + 1);
    }

    private Future<TurnStore.Ending> next(
            Db.Tx tx, Fence fence, ConversationKey key, TurnId ended, long unfinished) {
        if (unfinished == 0) return stored(null);
        return tx.run(
                        PROMOTE,
                        key.principal().tenant(),
                        key.principal().user(),
                        key.id(),
                        fence.node())
                .compose(
                        rows -> {
                            if (rows.isEmpty()) return stored(null);
                            long seq = rows.first().number(1);
                            return tx.run(NAME_NEXT, ended.value(), rows.first().text(0))
                                    .compose(done -> turns.range(tx, key, seq, seq, true))
                                    .compose(found -> stored(found.getFirst()));
                        });
    }
}
