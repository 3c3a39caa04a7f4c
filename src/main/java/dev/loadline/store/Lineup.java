package dev.loadline.store;

import dev.loadline.core.ConversationKey;

import io.vertx.core.Future;

/**
 * The order of a conversation's turns, which is that of their {@code seq}: what ran, what runs,
 * what waits.
 */
final class Lineup {
    private static final String WAITING =
            """
            SELECT MIN(seq), MAX(seq) FROM turns
            WHERE tenant = $1 AND usr = $2 AND conversation = $3 AND ended IS NULL
              AND status = 'queued'""";
    private static final String MOVE =
            """
            UPDATE turns SET seq = seq + $4
            WHERE tenant = $1 AND usr = $2 AND conversation = $3 AND ended IS NULL
              AND status = 'queued'""";
    private static final String ADVANCE =
            """
            UPDATE conversations SET seq = seq + $4
            WHERE tenant = $1 AND usr = $2 AND id = $3""";

    private Lineup() {}

    /**
     * Moves all that waits behind this number, the conversation's newest, in its order. Who is
     * stored under the number after this goes ahead of it.
     */
    static Future<?> makeWay(Db.Tx tx, ConversationKey key, long seq) {
        String tenant = key.principal().tenant();
        String user = key.principal().user();
        return tx.run(WAITING, tenant, user, key.id())
                .compose(
                        rows -> {
                            Long first = rows.first().numberOrNull(0);
                            Long last = rows.first().numberOrNull(1);
                            if (first == null || last == null) return Future.succeededFuture();
                            return tx.run(MOVE, tenant, user, key.id(), seq - first + 1)
                                    .compose(
                                            done ->
                                                    tx.run(
                                                            ADVANCE,
                                                            tenant,
                                                            user,
                                                            key.id(),
                                                            last - first + 1));
                        });
    }
}
