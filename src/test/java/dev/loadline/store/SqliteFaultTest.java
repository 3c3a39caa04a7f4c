package dev.loadline.store;

import static org.assertj.core.api.Assertions.assertThat;

import dev.loadline.core.Clock;
import dev.loadline.core.WorkClass;

import io.vertx.core.Future;

import org.junit.jupiter.api.Test;
import org.sqlite.SQLiteErrorCode;
import org.sqlite.SQLiteException;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.concurrent.atomic.AtomicReference;

/**
 * Goal: a store that is full, locked, gone or sick acknowledges nothing, says what it knows, and
 * heals where it can. Method: real faults where a test can make them (a quota, a foreign lock,
 * deleted files), and a connection whose COMMIT fails on demand.
 */
class SqliteFaultTest extends SqliteFixture {
    private static final StoreFailure.Kind NOT_DONE = StoreFailure.Kind.NOT_DONE;
    private static final StoreFailure.Kind UNKNOWN = StoreFailure.Kind.UNKNOWN;

    /** What the next COMMIT answers instead of being done; null: it is done. */
    private final AtomicReference<SQLiteErrorCode> commitFails = new AtomicReference<>();

    private final AtomicReference<SQLiteErrorCode> commitFailsAfterwards = new AtomicReference<>();

    private void openFaulty() {
        open(settings(1024, 0), FaultyOpener::new);
    }

    private final class FaultyOpener extends SqliteOpener {
        private final Path file;

        FaultyOpener(SqliteSettings settings, Path file, Clock clock) {
            super(settings, file, clock);
            this.file = file;
        }

        @Override
        SqliteLink connect(boolean create) throws SQLException {
            return new SqliteLink(file, create, clock) {
                @Override
                void commit() throws SQLException {
                    fail(commitFails);
                    super.commit();
                    fail(commitFailsAfterwards);
                }
            };
        }

        private void fail(AtomicReference<SQLiteErrorCode> how) throws SQLException {
            SQLiteErrorCode code = how.getAndSet(null);
            if (code != null) throw new SQLiteException("made by the test", code);
        }
    }

    @Test
    void a_full_disk_refuses_and_heals_when_there_is_room() {
        open(settings(1024, 600_000));
        String data = "x".repeat(10_000);
        int stored = 0;
        Future<Rows> last = put(WorkClass.INTERACTIVE, "n" + stored, data);
        while (stored < 100) {
            try {
                now(last);
            } catch (StoreFailure full) {
                break;
            }
            stored++;
            last = put(WorkClass.INTERACTIVE, "n" + stored, data);
        }
        assertThat(stored).isBetween(10, 60);
        assertFails(last, NOT_DONE, "full");
        assertThat(db.reading().lastFailure()).contains("full");
        assertThat(names()).hasSize(stored);
        now(db.write(WorkClass.INTERACTIVE, tx -> tx.run("DELETE FROM things")));
        now(put(WorkClass.INTERACTIVE, "again", data));
        assertThat(names()).containsExactly("again");
    }

    @Test
    void what_does_not_fit_takes_no_neighbour_with_it() {
        open(settings(1024, 600_000));
        Gate gate = Gate.inWriter(db);
        var small = new ArrayList<Future<Rows>>();
        small.add(put("before"));
        Future<Rows> big = put(WorkClass.INTERACTIVE, "big", "x".repeat(700_000));
        small.add(put("after"));
        Future<Rows> bigAgain = put(WorkClass.INTERACTIVE, "big", "x".repeat(700_000));
        gate.close();
        assertFails(big, NOT_DONE, "full");
        assertFails(bigAgain, NOT_DONE, "full");
        small.forEach(DbContract::now);
        assertThat(names()).containsExactly("after", "before");
    }

    @Test
    void a_full_disk_cannot_be_talked_away_by_the_work() {
        open(settings(1024, 600_000));
        Future<Rows> recovers =
                db.write(
                        WorkClass.INTERACTIVE,
                        tx ->
                                tx.run(
                                                "INSERT INTO things (name, data) VALUES ($1, $2)",
                                                "big",
                                                "x".repeat(700_000))
                                        .recover(full -> tx.run(DbContract.PUT, "small", 1L))
                                        .otherwise(new Rows(java.util.List.of(), 0)));
        assertFails(recovers, NOT_DONE, "full");
        assertThat(names()).isEmpty();
    }

    @Test
    void a_foreign_lock_refuses_until_it_is_gone() throws SQLException {
        open();
        try (Connection foreign = DriverManager.getConnection("jdbc:sqlite:" + file());
                Statement statement = foreign.createStatement()) {
            statement.execute("BEGIN IMMEDIATE");
            assertFails(put("a"), NOT_DONE, "another process");
            assertThat(names()).as("readers go on").isEmpty();
            statement.execute("COMMIT");
        }
        now(put("b"));
        assertThat(names()).containsExactly("b");
    }

    @Test
    void a_removed_database_refuses_until_a_restart() throws IOException {
        open();
        now(put("a"));
        Files.delete(file());
        assertFails(put("b"), NOT_DONE, "until the server is restarted");
        Files.createFile(file());
        assertFails(put("c"), NOT_DONE, "until the server is restarted");
        assertFails(db.read(tx -> tx.run("SELECT 1")), NOT_DONE, "removed or replaced");
        assertThat(db.reading().lastFailure()).contains(file().getFileName().toString());
    }

    @Test
    void a_removed_log_refuses_too() throws IOException {
        open();
        now(put("a"));
        Files.delete(Path.of(file() + "-wal"));
        assertFails(put("b"), NOT_DONE, "-wal was removed");
    }

    @Test
    void a_commit_into_a_removed_file_is_not_acknowledged() {
        open();
        Future<Rows> put =
                db.write(
                        WorkClass.INTERACTIVE,
                        tx -> {
                            delete(file());
                            return tx.run(DbContract.PUT, "a", 1L);
                        });
        assertFails(put, UNKNOWN, "removed or replaced");
        assertFails(put("b"), NOT_DONE, "removed or replaced");
    }

    private static void delete(Path file) {
        try {
            Files.delete(file);
        } catch (IOException failed) {
            throw new AssertionError(failed);
        }
    }

    @Test
    void an_idle_store_notices_that_its_file_is_gone() throws IOException {
        open();
        Files.delete(file());
        Until.holds("noticed", () -> db.reading().lastFailure() != null);
        assertThat(db.reading().lastFailure()).contains("removed or replaced");
    }

    @Test
    void a_commit_that_fails_on_the_disk_is_unknown_for_all_of_its_group() {
        openFaulty();
        Gate gate = Gate.inWriter(db);
        Future<Rows> one = put("one");
        Future<Rows> bad = db.write(WorkClass.INTERACTIVE, tx -> tx.run("nonsense"));
        Future<Rows> two = put("two");
        commitFails.set(SQLiteErrorCode.SQLITE_IOERR_FSYNC);
        gate.close();
        assertFails(one, UNKNOWN, "may have been done");
        assertFails(two, UNKNOWN, "may have been done");
        org.assertj.core.api.Assertions.assertThatThrownBy(() -> now(bad))
                .as("what failed by itself says so")
                .isInstanceOf(IllegalStateException.class);
        assertFails(put("at once"), NOT_DONE, "not open again yet");
        aheadNanos.addAndGet(Duration.ofMillis(250).toNanos());
        now(put("three"));
        assertThat(names()).containsExactly("three");
    }

    @Test
    void a_commit_that_was_done_although_it_failed_is_unknown_too() {
        openFaulty();
        commitFailsAfterwards.set(SQLiteErrorCode.SQLITE_IOERR_FSYNC);
        assertFails(put("one"), UNKNOWN, "may have been done");
        aheadNanos.addAndGet(Duration.ofMillis(250).toNanos());
        assertThat(names()).containsExactly("one");
        now(put("two"));
    }

    @Test
    void a_commit_that_found_the_disk_full_is_not_done() {
        openFaulty();
        commitFails.set(SQLiteErrorCode.SQLITE_FULL);
        assertFails(put("one"), NOT_DONE, "full");
        now(put("two"));
        assertThat(names()).containsExactly("two");
    }

    @Test
    void a_commit_that_found_the_file_locked_is_not_done() {
        openFaulty();
        commitFails.set(SQLiteErrorCode.SQLITE_BUSY);
        assertFails(put("one"), NOT_DONE, "another process");
        now(put("two"));
        assertThat(names()).containsExactly("two");
    }

    @Test
    void the_log_is_emptied_when_there_is_nothing_to_do() {
        open();
        now(put(WorkClass.INTERACTIVE, "a", "x".repeat(100_000)));
        assertThat(db.reading().walBytes()).isGreaterThan(100_000);
        Until.holds("emptied", () -> db.reading().walBytes() == 0);
        assertThat(names()).containsExactly("a");
    }

    @Test
    void a_log_that_grew_under_a_reader_is_emptied_under_load() {
        open(
                new SqliteSettings(
                        file(),
                        1024,
                        Duration.ofSeconds(2),
                        Duration.ofMillis(100),
                        Duration.ofSeconds(1),
                        1L << 20,
                        0));
        Gate reader = Gate.inReader(db);
        String data = "x".repeat(100_000);
        for (int i = 0; i < 30; i++) now(put(WorkClass.INTERACTIVE, "n" + i, data));
        long grown = db.reading().walBytes();
        assertThat(grown).as("pinned by the reader").isGreaterThan(3_000_000);
        reader.close();
        now(reader.passed);
        for (int i = 30; i < 60; i++) now(put(WorkClass.INTERACTIVE, "n" + i, data));
        assertThat(db.reading().walBytes()).isLessThan(grown);
        assertThat(names()).hasSize(60);
    }
}
