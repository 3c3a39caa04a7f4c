package dev.loadline.store;

import dev.loadline.core.Principal;
import dev.loadline.core.WorkClass;

import io.vertx.core.Future;

/** The table {@code token_use}. */
final class TokenRows implements TokenUse {
    private static final String ADD =
            """
            INSERT INTO token_use (tenant, usr, day, tokens) VALUES ($1, $2, $3, $4)
            ON CONFLICT (tenant, usr, day) DO UPDATE SET tokens = token_use.tokens + excluded.tokens""";
    private static final String USED =
            "SELECT tokens FROM token_use WHERE tenant = $1 AND usr = $2 AND day = $3";
    private static final String FORGET = "DELETE FROM token_use WHERE day < $1";

    private final Db db;

    TokenRows(Db db) {
        this.db = db;
    }

    /** Within the transaction that ends a turn. */
    static Future<Rows> add(Db.Tx tx, Principal principal, long day, long tokens) {
        return tx.run(ADD, principal.tenant(), principal.user(), day, tokens);
    }

    @Override
    public Future<Long> used(Principal principal, long day) {
        return db.read(tx -> tx.run(USED, principal.tenant(), principal.user(), day))
                .map(rows -> rows.isEmpty() ? 0L : rows.first().number(0));
    }

    @Override
    public Future<Void> add(Principal principal, long day, long tokens) {
        return db.write(WorkClass.CONTROL, tx -> add(tx, principal, day, tokens)).mapEmpty();
    }

    @Override
    public Future<Void> forget(long beforeDay) {
        return db.write(WorkClass.BACKGROUND, tx -> tx.run(FORGET, beforeDay)).mapEmpty();
    }
}
