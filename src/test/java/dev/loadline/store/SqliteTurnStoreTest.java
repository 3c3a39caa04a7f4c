package dev.loadline.store;

import dev.loadline.core.Clock;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.io.TempDir;

import java.nio.file.Path;

/** Goal: turns are kept on SQLite. Method: the contract on a file in a temporary directory. */
class SqliteTurnStoreTest extends TurnStoreContract {
    @TempDir Path directory;
    private SqliteDb db;

    @Override
    Db db() {
        if (db == null) {
            db = SqliteDb.open(SqliteSettings.of(directory.resolve("t.db")), Clock.system());
        }
        return db;
    }

    @AfterEach
    void close() {
        now(db.close());
    }
}
