package dev.loadline.store;

import dev.loadline.core.Clock;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;

/**
 * The one thread that writes. It takes what waits into one transaction, each item in a savepoint of
 * its own, and answers once the commit is on the disk; the sync of one group is the time in which
 * the next gathers, so there is no timer.
 *
 * <p>What is known when something fails: before COMMIT is sent nothing is done; a COMMIT that finds
 * the disk full was rolled back; any other failed COMMIT is unknown. If one item takes the whole
 * transaction down (SQLite does so on a full disk), the others are run once more without it.
 */
final class SqliteWriter implements Runnable {
    private static final int ITEMS_MAX = 256;
    private static final long BYTES_MAX = 1L << 20;
    private static final Duration IDLE = Duration.ofSeconds(1);
    private static final Duration ITEM_MAX = Duration.ofSeconds(5);
    private static final long REOPEN_PAUSE_NANOS = Duration.ofMillis(200).toNanos();

    /** The database failed under a group, before or in its commit. */
    private record Lost(StoreFailure failure, boolean byOneItem) {}

    private final AskQueue queue;
    private final SqliteOpener opener;
    private final WatchedFiles files;
    private final WalCare walCare;
    private final Troubles troubles;
    private final Clock clock;
    private final Runnable onEnd;
    private @Nullable SqliteLink link; // the writer's thread only, as all below
    private long closedNanos;
    private long written;
    private final AtomicLong groups = new AtomicLong(); // read by any thread
    private final AtomicLong items = new AtomicLong();

    SqliteWriter(
            SqliteLink link,
            AskQueue queue,
            SqliteOpener opener,
            WatchedFiles files,
            WalCare walCare,
            Troubles troubles,
            Clock clock,
            Runnable onEnd) {
        this.link = link;
        this.queue = queue;
        this.opener = opener;
        this.files = files;
        this.walCare = walCare;
        this.troubles = troubles;
        this.clock = clock;
        this.onEnd = onEnd;
    }

    long groups() {
        return groups.get();
    }

    long items() {
        return items.get();
    }

    @Override
    public void run() {
        try {
            while (!queue.over()) {
                Ask<?> first = queue.take(IDLE);
                if (first != null) group(first);
                else idle();
            }
        } catch (InterruptedException nobodyDoesThat) {
            Thread.currentThread().interrupt();
        } finally {
            queue.close();
            failAll(queue.drain(), notDone("the store is closed", null));
            drop();
            onEnd.run();
        }
    }

    private void group(Ask<?> first) {
        var all = new ArrayList<Ask<?>>();
        all.add(first);
        Lost lost = attempt(all, true);
        if (lost != null && lost.byOneItem()) {
            List<Ask<?>> others = all.stream().filter(Ask::succeeded).toList();
            all.removeAll(others);
            failAll(all, lost.failure());
            if (others.isEmpty()) return;
            all = new ArrayList<>(others);
            lost = attempt(all, false);
        }
        if (lost != null) {
            failAll(all, lost.failure());
            return;
        }
        all.forEach(Ask::deliver);
        care();
    }

    private static void failAll(List<Ask<?>> asks, StoreFailure failure) {
        for (Ask<?> each : asks) each.deliver(failure);
    }

    /**
     * One transaction.
     *
     * @param more whether to take in what waits
     */
    private @Nullable Lost attempt(List<Ask<?>> group, boolean more) {
        boolean committing = false;
        try {
            SqliteLink open = begin(group);
            runAll(open, group, more);
            group.forEach(Ask::beforeCommit);
            committing = true;
            open.commit();
            files.check();
            groups.incrementAndGet();
            items.addAndGet(group.size());
            return null;
        } catch (StoreFailure failure) {
            return lost(failure, committing);
        } catch (SQLException failure) {
            SqliteFault fault = SqliteFault.of(failure);
            boolean byOneItem =
                    !committing
                            && link != null
                            && (fault == SqliteFault.FULL || fault == SqliteFault.TOO_LONG);
            boolean rolledBack =
                    !committing || fault == SqliteFault.FULL || fault == SqliteFault.BUSY;
            Lost lost = new Lost(rolledBack ? asNotDone(failure) : unknown(failure), byOneItem);
            troubles.note(lost.failure());
            rollback(fault);
            return lost;
        } catch (RuntimeException | Error bug) {
            troubles.note("the writer failed", bug);
            drop();
            return new Lost(committing ? unknown(bug) : notDone("the writer failed", bug), false);
        }
    }

    /** The files are gone, or can't be opened. */
    private Lost lost(StoreFailure failure, boolean committed) {
        troubles.note(failure);
        drop();
        return new Lost(committed ? unknown(failure) : failure, false);
    }

    private SqliteLink begin(List<Ask<?>> group) throws SQLException {
        try {
            SqliteLink open = open();
            open.begin();
            return open;
        } catch (StoreFailure | SQLException failure) {
            group.addAll(queue.drain()); // each would only wait for the same failure
            throw failure;
        }
    }

    private SqliteLink open() throws SQLException {
        if (link != null) {
            files.check();
            return link;
        }
        files.checkFile();
        if (clock.nanos() - closedNanos < REOPEN_PAUSE_NANOS) {
            throw notDone("the database was just lost, and is not open again yet", null);
        }
        closedNanos = clock.nanos();
        SqliteLink opened = opener.writer();
        link = opened;
        opened.ask("SELECT COUNT(*) FROM sqlite_master"); // opens the log
        remember();
        return opened;
    }

    private void remember() {
        try {
            files.remember();
        } catch (IOException vanished) {
            throw notDone("the database's files vanished while they were opened", vanished);
        }
    }

    private void runAll(SqliteLink open, List<Ask<?>> group, boolean more) throws SQLException {
        written = 0;
        for (int i = 0; i < group.size(); i++) {
            runOne(open, group.get(i));
            if (more && group.size() < ITEMS_MAX && written < BYTES_MAX) {
                Ask<?> next = queue.poll();
                if (next != null) group.add(next);
            }
        }
    }

    private void runOne(SqliteLink open, Ask<?> ask) throws SQLException {
        open.control("SAVEPOINT item");
        open.endBy(ITEM_MAX);
        var tx = new SqliteTx(open);
        boolean good = ask.runIn(tx);
        SQLException trouble = tx.end();
        if (trouble != null) ask.spoil(SqliteFault.notDone(trouble));
        if (trouble != null && SqliteFault.of(trouble) != SqliteFault.FULL) throw trouble;
        try {
            if (!good || trouble != null) open.control("ROLLBACK TO item");
            open.control("RELEASE item");
        } catch (SQLException noSuchSavepoint) {
            throw trouble == null ? noSuchSavepoint : trouble; // SQLite rolled all of it back
        }
        written += tx.bytes();
    }

    private void rollback(SqliteFault fault) {
        if (link == null) return;
        if (fault == SqliteFault.DEAD || fault == SqliteFault.STATEMENT) {
            drop();
            return;
        }
        try {
            if (!link.ask("SELECT 1").isEmpty()) link.tell("ROLLBACK");
        } catch (SQLException failed) {
            // Usually there is nothing left to roll back. If there is, closing does it.
            if (SqliteFault.of(failed) != SqliteFault.STATEMENT) drop();
        }
    }

    private void care() {
        if (link == null) return;
        try {
            walCare.afterGroup(link, written);
        } catch (SQLException failed) {
            careFailed(failed);
        }
    }

    private void idle() {
        if (link == null) return;
        try {
            files.check();
            walCare.whenIdle(link);
        } catch (StoreFailure gone) {
            troubles.note(gone);
            drop();
        } catch (SQLException failed) {
            careFailed(failed);
        }
    }

    private void careFailed(SQLException failed) {
        troubles.note("the write-ahead log can't be copied back", failed);
        if (SqliteFault.of(failed) == SqliteFault.DEAD) drop();
    }

    /** Closes the connection; what it had under way is rolled back. */
    private void drop() {
        SqliteLink old = link;
        if (old == null) return;
        link = null;
        closedNanos = clock.nanos();
        files.forgetLog();
        try {
            old.close();
        } catch (SQLException failed) {
            troubles.note("a connection did not close well", failed);
        }
    }

    private static StoreFailure asNotDone(SQLException failure) {
        RuntimeException worded = SqliteFault.notDone(failure);
        return worded instanceof StoreFailure known
                ? known
                : notDone(String.valueOf(worded.getMessage()), failure);
    }

    private static StoreFailure notDone(String message, @Nullable Throwable cause) {
        return new StoreFailure(StoreFailure.Kind.NOT_DONE, message, cause);
    }

    private static StoreFailure unknown(Throwable cause) {
        return new StoreFailure(
                StoreFailure.Kind.UNKNOWN,
                "the commit failed, it may have been done: " + cause.getMessage(),
                cause);
    }
}
