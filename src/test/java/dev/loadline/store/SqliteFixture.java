package dev.loadline.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.loadline.core.Clock;
import dev.loadline.core.WorkClass;

import io.vertx.core.Future;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.io.TempDir;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;

/** A real file with {@link DbContract#TABLE} in it, opened as a test needs it. */
abstract class SqliteFixture {
    @TempDir Path directory;
    final AtomicLong aheadNanos = new AtomicLong();
    SqliteDb db;

    /** The system's, moved ahead by hand. */
    final Clock clock =
            new Clock() {
                @Override
                public long nanos() {
                    return System.nanoTime() + aheadNanos.get();
                }

                @Override
                public long millis() {
                    return System.currentTimeMillis();
                }
            };

    Path file() {
        return directory.resolve("store.db");
    }

    SqliteSettings settings(int queueMax, long sizeMax) {
        return new SqliteSettings(
                file(),
                queueMax,
                Duration.ofSeconds(2),
                Duration.ofMillis(100),
                Duration.ofSeconds(1),
                64L << 20,
                sizeMax);
    }

    void open(SqliteSettings settings) {
        open(settings, SqliteOpener::new);
    }

    void open(SqliteSettings settings, SqliteDb.Opening opening) {
        db = SqliteDb.open(settings, clock, opening);
        now(db.write(WorkClass.CONTROL, tx -> tx.run(DbContract.TABLE)));
    }

    void open() {
        open(settings(1024, 0));
    }

    @AfterEach
    void close() {
        if (db != null) now(db.close());
    }

    static <T> T now(Future<T> future) {
        return DbContract.now(future);
    }

    Future<Rows> put(String name) {
        return put(WorkClass.INTERACTIVE, name, "");
    }

    Future<Rows> put(WorkClass workClass, String name, String data) {
        return db.write(
                workClass,
                tx -> tx.run("INSERT INTO things (name, data) VALUES ($1, $2)", name, data));
    }

    List<String> names() {
        Rows rows = now(db.read(tx -> tx.run("SELECT name FROM things ORDER BY name")));
        return rows.rows().stream().map(row -> row.text(0)).toList();
    }

    static void assertFails(Future<?> future, StoreFailure.Kind kind, String words) {
        assertThatThrownBy(() -> now(future))
                .isInstanceOfSatisfying(
                        StoreFailure.class,
                        failure -> assertThat(failure.kind()).as("%s", failure).isEqualTo(kind))
                .hasMessageContaining(words);
    }
}
