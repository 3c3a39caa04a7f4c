package dev.loadline.store;

import dev.loadline.core.Clock;
import dev.loadline.core.WorkClass;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;

import java.nio.file.Path;

/**
 * Goal: the embedded database is a {@link Db}. Method: the contract on a file in a temporary
 * directory.
 */
class SqliteDbTest extends DbContract {
    @TempDir Path directory;
    private SqliteDb db;

    @BeforeEach
    void open() {
        db =
                SqliteDb.open(
                        SqliteSettings.of(directory.resolve("made/loadline.db")), Clock.system());
        now(db.write(WorkClass.CONTROL, tx -> tx.run(TABLE)));
    }

    @AfterEach
    void close() {
        now(db.close());
    }

    @Override
    Db db() {
        return db;
    }
}
