package dev.loadline.store;

import io.vertx.core.Future;

import org.jspecify.annotations.Nullable;

import java.sql.SQLException;

/** A transaction under way, usable until its work returns. The connection's thread only. */
final class SqliteTx implements Db.Tx {
    private final SqliteLink link;
    private boolean over;
    private @Nullable SQLException trouble;
    private long bytes;

    SqliteTx(SqliteLink link) {
        this.link = link;
    }

    @Override
    public Future<Rows> run(String sql, @Nullable Object... parameters) {
        if (over) return Future.failedFuture(new IllegalStateException("the transaction is over"));
        if (trouble != null) return Future.failedFuture(SqliteFault.notDone(trouble));
        try {
            for (Object each : parameters) bytes += size(each);
            return Future.succeededFuture(link.run(sql, parameters));
        } catch (SQLException failed) {
            if (SqliteFault.of(failed) != SqliteFault.STATEMENT) trouble = failed;
            return Future.failedFuture(SqliteFault.notDone(failed));
        }
    }

    private static int size(@Nullable Object parameter) {
        return switch (parameter) {
            case String text -> text.length();
            case byte[] data -> data.length;
            case null, default -> Long.BYTES;
        };
    }

    /** No more statements. Answers what is wrong with the database, beyond a wrong statement. */
    @Nullable SQLException end() {
        over = true;
        return trouble;
    }

    /** About what was written. */
    long bytes() {
        return bytes;
    }
}
