package dev.loadline.store;

import dev.loadline.core.TurnId;
import dev.loadline.core.WorkClass;
import dev.loadline.turn.By;

import io.vertx.core.Future;

import org.jspecify.annotations.Nullable;

import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;

/** The nodes' lives and leases, and wishes to cancel. Times by the database's clock. */
final class Ownership {
    private static final String LEAVE =
            "UPDATE nodes SET has_left = 1, lease_until = 0 WHERE node = $1 AND epoch = $2";
    private static final String LEAVE_BEHIND =
            """
            UPDATE conversations SET handed_over = 1
            WHERE owner = $1 AND epoch = $2 AND unfinished > 0""";
    private static final String ASK_CANCEL =
            """
            UPDATE turns SET cancel_asked = 1, cancel_by = COALESCE(cancel_by, $2)
            WHERE id = $1 AND ended IS NULL""";
    private static final String CANCELS_ASKED =
            """
            SELECT t.id, t.cancel_by FROM turns t JOIN conversations c
              ON c.tenant = t.tenant AND c.usr = t.usr AND c.id = t.conversation
            WHERE t.cancel_asked = 1 AND t.ended IS NULL
              AND c.owner = $1 AND c.epoch = $2 AND c.handed_over = 0
            ORDER BY t.id""";

    private final Db db;
    private final String join;
    private final String renew;

    Ownership(Db db) {
        this.db = db;
        String now = db.dialect().nowMs();
        join =
                "INSERT INTO nodes (node, epoch, lease_until, has_left) VALUES ($1, 1, "
                        + now
                        + " + $2, 0) ON CONFLICT (node) DO UPDATE SET epoch = nodes.epoch + 1,"
                        + " lease_until = excluded.lease_until, has_left = 0 RETURNING epoch";
        renew =
                "UPDATE nodes SET lease_until = "
                        + now
                        + " + $3 WHERE node = $1 AND epoch = $2 AND has_left = 0";
    }

    /** Asked again after an unknown commit, it may skip a life: nobody has seen that one. */
    Future<Fence> join(String node, Duration lease) {
        return db.write(WorkClass.CONTROL, tx -> tx.run(join, node, lease.toMillis()))
                .map(rows -> new Fence(node, rows.first().number(0)));
    }

    Future<Boolean> renew(Fence fence, Duration lease) {
        return db.write(
                        WorkClass.CONTROL,
                        tx -> tx.run(renew, fence.node(), fence.epoch(), lease.toMillis()))
                .map(rows -> rows.changed() == 1);
    }

    Future<Void> leave(Fence fence) {
        return db.write(
                        WorkClass.CONTROL,
                        tx ->
                                tx.run(LEAVE, fence.node(), fence.epoch())
                                        .compose(
                                                done ->
                                                        tx.run(
                                                                LEAVE_BEHIND,
                                                                fence.node(),
                                                                fence.epoch())))
                .mapEmpty();
    }

    Future<Void> askCancel(TurnId turn, By by) {
        return db.write(WorkClass.CONTROL, tx -> tx.run(ASK_CANCEL, turn.value(), by.wire()))
                .mapEmpty();
    }

    Future<Map<TurnId, By>> cancelsAsked(Fence fence) {
        return db.read(tx -> tx.run(CANCELS_ASKED, fence.node(), fence.epoch()))
                .map(
                        rows -> {
                            var asked = new LinkedHashMap<TurnId, By>();
                            for (Rows.Row row : rows.rows()) {
                                asked.put(new TurnId(row.text(0)), by(row.textOrNull(1)));
                            }
                            return asked;
                        });
    }

    private static By by(@Nullable String wire) {
        return wire == null ? By.USER : By.valueOf(wire.toUpperCase(Locale.ROOT));
    }
}
