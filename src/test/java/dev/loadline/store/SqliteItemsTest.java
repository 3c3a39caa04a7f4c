package dev.loadline.store;

import static org.assertj.core.api.Assertions.assertThat;

import dev.loadline.core.Clock;
import dev.loadline.core.WorkClass;

import io.vertx.core.Future;

import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.Size;
import net.jqwik.api.lifecycle.AfterContainer;
import net.jqwik.api.lifecycle.BeforeContainer;

import java.io.IOException;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;

/**
 * Goal: of whatever comes together into one group, exactly what was acknowledged is stored, each
 * item whole or not at all. Method: random mixes of good and failing items behind a gate, on a
 * small quota.
 */
class SqliteItemsTest {
    private static SqliteDb db;

    /** What an item does: two rows, or two rows and then it fails in some way. */
    enum Kind {
        GOOD,
        CONTROL,
        FAILS,
        THROWS,
        BREAKS_A_CONSTRAINT,
        NONSENSE,
        TOO_BIG
    }

    @BeforeContainer
    static void open() throws IOException {
        var directory = Files.createTempDirectory("loadline-items");
        var usual = SqliteSettings.of(directory.resolve("t.db"));
        var settings =
                new SqliteSettings(
                        usual.file(),
                        usual.queueMax(),
                        usual.waitMax(),
                        usual.busyTimeout(),
                        usual.readTimeout(),
                        usual.walBytesMax(),
                        1_000_000);
        db = SqliteDb.open(settings, Clock.system());
        DbContract.now(db.write(WorkClass.CONTROL, tx -> tx.run(DbContract.TABLE)));
    }

    @AfterContainer
    static void close() {
        DbContract.now(db.close());
    }

    @Property(tries = 60)
    void what_was_acknowledged_is_stored_and_nothing_else(
            @ForAll @Size(max = 40) List<Kind> kinds) {
        var answers = new ArrayList<Future<Rows>>();
        Gate gate = Gate.inWriter(db);
        for (int i = 0; i < kinds.size(); i++) answers.add(ask(kinds.get(i), "n" + i));
        gate.close();
        var expected = new HashSet<String>();
        for (int i = 0; i < kinds.size(); i++) {
            boolean good = kinds.get(i) == Kind.GOOD || kinds.get(i) == Kind.CONTROL;
            assertThat(succeeds(answers.get(i))).as("%d of %s", i, kinds).isEqualTo(good);
            if (good) expected.addAll(List.of("n" + i, "n" + i + "+"));
        }
        Rows rows = DbContract.now(db.read(tx -> tx.run("SELECT name FROM things")));
        assertThat(rows.rows().stream().map(row -> row.text(0)))
                .containsExactlyInAnyOrderElementsOf(expected);
        DbContract.now(db.write(WorkClass.CONTROL, tx -> tx.run("DELETE FROM things")));
    }

    private static boolean succeeds(Future<Rows> answer) {
        try {
            DbContract.now(answer);
            return true;
        } catch (RuntimeException failed) {
            return false;
        }
    }

    private Future<Rows> ask(Kind kind, String name) {
        return db.write(
                kind == Kind.CONTROL ? WorkClass.CONTROL : WorkClass.INTERACTIVE,
                tx ->
                        tx.run(DbContract.PUT, name, 1L)
                                .compose(one -> tx.run(DbContract.PUT, name + "+", 2L))
                                .compose(two -> finish(tx, kind, name)));
    }

    private static Future<Rows> finish(Db.Tx tx, Kind kind, String name) {
        return switch (kind) {
            case GOOD, CONTROL -> tx.run("SELECT 1");
            case FAILS -> Future.failedFuture("by the test");
            case THROWS -> throw new IllegalStateException("by the test");
            case BREAKS_A_CONSTRAINT -> tx.run(DbContract.PUT, name, 3L);
            case NONSENSE -> tx.run("nonsense");
            case TOO_BIG ->
                    tx.run(
                            "INSERT INTO things (name, data) VALUES ($1, $2)",
                            name + "!",
                            "x".repeat(1_200_000));
        };
    }
}
