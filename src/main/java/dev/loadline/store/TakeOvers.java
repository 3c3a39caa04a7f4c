package dev.loadline.store;

import dev.loadline.core.ConversationKey;
import dev.loadline.core.Principal;
import dev.loadline.core.WorkClass;
import dev.loadline.turn.TurnMemo;

import io.vertx.core.Future;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Makes a node the owner of what a dead one left.
 *
 * <p>Each call has a number that is written beside what it took; it moves on once an answer has
 * arrived. So a call after an unknown commit finds what the one before took, and answers that, too.
 */
final class TakeOvers {
    private static final String LIVES =
            "SELECT 1 FROM nodes WHERE node = $1 AND epoch = $2 AND has_left = 0";

    private static final String URGENT_FIRST =
            """
            ORDER BY (SELECT MIN(CASE t.work_class WHEN 'control' THEN 0 WHEN 'interactive' THEN 0
                WHEN 'webhook' THEN 1 WHEN 'scheduled' THEN 2 ELSE 3 END)
              FROM turns t WHERE t.tenant = c.tenant AND t.usr = c.usr AND t.conversation = c.id
                AND t.ended IS NULL), c.updated, c.id
            """;

    private static final String ORPHANS =
            """
            SELECT c.tenant, c.usr, c.id, c.owner, c.epoch, c.handed_over
            FROM conversations c LEFT JOIN nodes n ON n.node = c.owner
            WHERE c.unfinished > 0
              AND NOT (c.owner = $1 AND c.epoch = $2 AND c.handed_over = 0)
              AND NOT EXISTS (SELECT 1 FROM turns t WHERE t.tenant = c.tenant AND t.usr = c.usr
                AND t.conversation = c.id AND t.ended IS NULL AND t.memo_version > $3)
            """;

    private static final String ADOPT =
            """
            UPDATE conversations SET owner = $4, epoch = $5, handed_over = 0, taken = $6
            WHERE tenant = $1 AND usr = $2 AND id = $3
              AND owner = $7 AND epoch = $8 AND unfinished > 0""";
    private static final String BEGIN_AGAIN =
            """
            UPDATE turns SET attempt = attempt + 1, takeovers = takeovers + $4, node = $5
            WHERE tenant = $1 AND usr = $2 AND conversation = $3 AND ended IS NULL
              AND status <> 'queued'""";
    // A waiting turn's feed is made anew as well, so its next try must not have the cursors of the
    // old one.
    private static final String WAIT_AGAIN =
            """
            UPDATE turns SET attempt = attempt + 1
            WHERE tenant = $1 AND usr = $2 AND conversation = $3 AND ended IS NULL
              AND status = 'queued'""";
    private static final String TAKEN =
            """
            SELECT c.tenant, c.usr, c.id FROM conversations c
            WHERE c.owner = $1 AND c.epoch = $2 AND c.taken = $3 AND c.unfinished > 0
            """
                    + URGENT_FIRST;

    private final Db db;
    private final TurnRows turns;
    private final String expired;
    private final String all;
    private final AtomicLong number = new AtomicLong(1);

    TakeOvers(Db db, TurnRows turns) {
        this.db = db;
        this.turns = turns;
        expired =
                ORPHANS
                        + "AND (c.handed_over = 1 OR n.node IS NULL OR n.epoch <> c.epoch"
                        + " OR n.lease_until < "
                        + db.dialect().nowMs()
                        + ") "
                        + URGENT_FIRST
                        + "LIMIT $4";
        all = ORPHANS + URGENT_FIRST + "LIMIT $4";
    }

    Future<List<StoredTurn>> takeOver(Fence fence, boolean everything, int max) {
        long mine = number.get();
        return db.write(
                        WorkClass.CONTROL,
                        tx -> new Work(tx, fence, mine).run(everything ? all : expired, max))
                .onSuccess(done -> number.compareAndSet(mine, mine + 1));
    }

    private final class Work {
        private final Db.Tx tx;
        private final Fence fence;
        private final long mine;

        Work(Db.Tx tx, Fence fence, long mine) {
            this.tx = tx;
            this.fence = fence;
            this.mine = mine;
        }

        Future<List<StoredTurn>> run(String orphans, int max) {
            return tx.run(LIVES, fence.node(), fence.epoch())
                    .compose(
                            lives ->
                                    lives.isEmpty()
                                            ? Future.succeededFuture(List.of())
                                            : taken().compose(
                                                            before ->
                                                                    adopt(
                                                                            orphans,
                                                                            max - before.size()))
                                                    .compose(done -> taken())
                                                    .compose(this::load));
        }

        private Future<List<ConversationKey>> taken() {
            return tx.run(TAKEN, fence.node(), fence.epoch(), mine)
                    .map(rows -> rows.rows().stream().map(TakeOvers::key).toList());
        }

        private Future<?> adopt(String orphans, int max) {
            if (max <= 0) return Future.succeededFuture();
            return tx.run(orphans, fence.node(), fence.epoch(), (long) TurnMemo.VERSION, (long) max)
                    .compose(
                            rows -> {
                                Future<?> done = Future.succeededFuture();
                                for (Rows.Row row : rows.rows()) {
                                    done = done.compose(before -> adopt(row));
                                }
                                return done;
                            });
        }

        /** Unless another node was first. */
        private Future<?> adopt(Rows.Row orphan) {
            String tenant = orphan.text(0);
            String user = orphan.text(1);
            String id = orphan.text(2);
            long takeovers = orphan.number(5) == 1 ? 0 : 1;
            return tx.run(
                            ADOPT,
                            tenant,
                            user,
                            id,
                            fence.node(),
                            fence.epoch(),
                            mine,
                            orphan.text(3),
                            orphan.number(4))
                    .compose(
                            adopted ->
                                    adopted.changed() == 0
                                            ? Future.succeededFuture()
                                            : beginAgain(tenant, user, id, takeovers));
        }

        private Future<?> beginAgain(String tenant, String user, String id, long takeovers) {
            return tx.run(WAIT_AGAIN, tenant, user, id)
                    .compose(
                            waiting ->
                                    tx.run(BEGIN_AGAIN, tenant, user, id, takeovers, fence.node()))
                    .compose(
                            running ->
                                    running.changed() > 0
                                            ? Future.succeededFuture()
                                            : tx.run(
                                                    Endings.PROMOTE,
                                                    tenant,
                                                    user,
                                                    id,
                                                    fence.node()));
        }

        private Future<List<StoredTurn>> load(List<ConversationKey> conversations) {
            var found = new ArrayList<StoredTurn>();
            Future<List<StoredTurn>> done = Future.succeededFuture(found);
            for (ConversationKey each : conversations) {
                done =
                        done.compose(before -> turns.unfinished(tx, each))
                                .map(
                                        more -> {
                                            found.addAll(more);
                                            return found;
                                        });
            }
            return done;
        }
    }

    private static ConversationKey key(Rows.Row row) {
        return new ConversationKey(new Principal(row.text(0), row.text(1)), row.text(2));
    }
}
