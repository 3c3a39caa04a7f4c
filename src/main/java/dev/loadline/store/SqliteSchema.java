package dev.loadline.store;

import org.flywaydb.core.Flyway;
import org.flywaydb.core.api.FlywayException;
import org.sqlite.SQLiteConfig;
import org.sqlite.SQLiteDataSource;

import java.nio.file.Path;
import java.sql.SQLException;

/** Brings the database to the schema that this build knows. */
final class SqliteSchema {
    /** The number of the last script in {@code db/migration}. */
    static final int NEWEST = 3;

    private SqliteSchema() {}

    /**
     * Starts Flyway only if there is something for it to do: it takes longer than all the rest.
     *
     * @throws StoreFailure if the database was written by a newer build, or a script fails
     */
    static void bring(SqliteLink link, Path file) throws SQLException {
        int version = version(link);
        if (version > NEWEST) {
            throw new StoreFailure(
                    StoreFailure.Kind.NOT_DONE,
                    "the database "
                            + file
                            + " has schema version "
                            + version
                            + ", this server knows up to "
                            + NEWEST
                            + ": start a newer server",
                    null);
        }
        if (version < NEWEST) migrate(file);
    }

    static int version(SqliteLink link) throws SQLException {
        boolean fresh =
                link.ask("SELECT 1 FROM sqlite_master WHERE name = 'flyway_schema_history'")
                        .isEmpty();
        if (fresh) return 0;
        return Integer.parseInt(
                link.ask(
                                "SELECT COALESCE(MAX(CAST(version AS INTEGER)), 0)"
                                        + " FROM flyway_schema_history WHERE success = 1")
                        .getFirst());
    }

    private static void migrate(Path file) {
        var config = new SQLiteConfig();
        config.setJournalMode(SQLiteConfig.JournalMode.WAL);
        config.setSynchronous(SQLiteConfig.SynchronousMode.FULL);
        var source = new SQLiteDataSource(config);
        source.setUrl("jdbc:sqlite:" + file);
        try {
            Flyway.configure(SqliteSchema.class.getClassLoader())
                    .dataSource(source)
                    .locations("classpath:db/migration")
                    .failOnMissingLocations(true)
                    .load()
                    .migrate();
        } catch (FlywayException failed) {
            throw new StoreFailure(
                    StoreFailure.Kind.NOT_DONE,
                    "the database " + file + " can't be brought to schema version " + NEWEST,
                    failed);
        }
    }
}
