package dev.loadline.store;

import org.jspecify.annotations.Nullable;

import java.sql.SQLException;
import java.time.Duration;

/**
 * One thread that reads, on a connection of its own that can't write. Each transaction is short and
 * leaves nothing open: an open one keeps the write-ahead log from being emptied.
 */
final class SqliteReader implements Runnable {
    private static final Duration IDLE = Duration.ofSeconds(1);

    private final AskQueue queue;
    private final SqliteOpener opener;
    private final WatchedFiles files;
    private final Duration timeout;
    private final Troubles troubles;
    private final Runnable onEnd;
    private @Nullable SqliteLink link; // the reader's thread only

    SqliteReader(
            AskQueue queue,
            SqliteOpener opener,
            WatchedFiles files,
            Duration timeout,
            Troubles troubles,
            Runnable onEnd) {
        this.queue = queue;
        this.opener = opener;
        this.files = files;
        this.timeout = timeout;
        this.troubles = troubles;
        this.onEnd = onEnd;
    }

    @Override
    public void run() {
        try {
            while (!queue.over()) {
                Ask<?> next = queue.take(IDLE);
                if (next != null) one(next);
            }
        } catch (InterruptedException nobodyDoesThat) {
            Thread.currentThread().interrupt();
        } finally {
            queue.close();
            for (Ask<?> each : queue.drain()) {
                each.fail(
                        new StoreFailure(StoreFailure.Kind.NOT_DONE, "the store is closed", null));
            }
            drop();
            onEnd.run();
        }
    }

    private void one(Ask<?> ask) {
        try {
            inTransaction(ask);
            ask.deliver();
        } catch (StoreFailure failure) {
            troubles.note(failure);
            drop();
            ask.fail(failure);
        } catch (SQLException failure) {
            RuntimeException worded = SqliteFault.notDone(failure);
            troubles.note(String.valueOf(worded.getMessage()), failure);
            drop();
            ask.fail(
                    new StoreFailure(
                            StoreFailure.Kind.NOT_DONE,
                            String.valueOf(worded.getMessage()),
                            failure));
        } catch (RuntimeException | Error bug) {
            troubles.note("a reader failed", bug);
            drop();
            ask.fail(new StoreFailure(StoreFailure.Kind.NOT_DONE, "a reader failed", bug));
        }
    }

    private void inTransaction(Ask<?> ask) throws SQLException {
        SqliteLink open = open();
        open.control("BEGIN");
        open.endBy(timeout);
        var tx = new SqliteTx(open);
        ask.runIn(tx);
        SQLException trouble = tx.end();
        if (trouble != null) {
            ask.spoil(SqliteFault.notDone(trouble));
            if (SqliteFault.of(trouble) == SqliteFault.DEAD) drop();
        }
        if (link != null) link.control("ROLLBACK"); // nothing was written
    }

    private SqliteLink open() throws SQLException {
        files.checkFile();
        if (link == null) link = opener.reader();
        return link;
    }

    private void drop() {
        SqliteLink old = link;
        link = null;
        if (old == null) return;
        try {
            old.close();
        } catch (SQLException failed) {
            troubles.note("a connection did not close well", failed);
        }
    }
}
