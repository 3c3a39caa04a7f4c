package dev.loadline.store;

import dev.loadline.core.Clock;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Goal: turns are kept on SQLite. Method: the contract on a file in a temporary directory, copied
 * from a migrated one that is closed.
 */
class SqliteTurnStoreTest extends TurnStoreContract {
    @TempDir static Path migrated;
    @TempDir Path directory;
    private SqliteDb db;

    @BeforeAll
    static void migrate() {
        now(SqliteDb.open(SqliteSettings.of(migrated.resolve("t.db")), Clock.system()).close());
    }

    @BeforeEach
    @Override
    void one_node_and_one_conversation() throws IOException {
        Path file = directory.resolve("t.db");
        Files.copy(migrated.resolve("t.db"), file);
        db = SqliteDb.open(SqliteSettings.of(file), Clock.system());
        super.one_node_and_one_conversation();
    }

    @Override
    Db db() {
        return db;
    }

    @AfterEach
    void close() {
        now(db.close());
    }
}
