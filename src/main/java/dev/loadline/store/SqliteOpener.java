package dev.loadline.store;

import dev.loadline.core.Clock;

import java.nio.file.Path;
import java.sql.SQLException;
import java.util.List;

/** Opens connections, and refuses what would not keep the store's promises. Any thread. */
class SqliteOpener {
    /** Older ones can corrupt a WAL database when two connections write and checkpoint at once. */
    private static final int[] VERSION_MIN = {3, 51, 3};

    private static final int PAGE_BYTES = 4096;

    private final SqliteSettings settings;
    private final Path file;
    private final Clock clock;

    SqliteOpener(SqliteSettings settings, Path file, Clock clock) {
        this.settings = settings;
        this.file = file;
        this.clock = clock;
    }

    /** The first connection of this life; makes the file if it is missing. */
    SqliteLink first() throws SQLException {
        return writer(connect(true));
    }

    /** A later one; fails if the file is missing. */
    SqliteLink writer() throws SQLException {
        return writer(connect(false));
    }

    SqliteLink connect(boolean create) throws SQLException {
        return new SqliteLink(file, create, clock);
    }

    private SqliteLink writer(SqliteLink link) throws SQLException {
        try {
            String version = link.ask("SELECT sqlite_version()").getFirst();
            if (!newEnough(version)) {
                throw refuse("SQLite " + version + " can corrupt a database; 3.51.3 is needed");
            }
            common(link);
            link.tell("PRAGMA page_size = " + PAGE_BYTES);
            expect(link, "PRAGMA journal_mode = WAL", "wal");
            link.tell("PRAGMA synchronous = FULL");
            link.tell("PRAGMA foreign_keys = ON");
            link.tell("PRAGMA wal_autocheckpoint = 0"); // WalCare does it between groups
            link.tell("PRAGMA journal_size_limit = " + settings.walBytesMax() / 4);
            link.tell("PRAGMA cache_size = -16384");
            if (settings.sizeMax() > 0) {
                link.tell(
                        "PRAGMA max_page_count = " + Math.max(1, settings.sizeMax() / PAGE_BYTES));
            }
            expect(link, "PRAGMA synchronous", "2");
            expect(link, "PRAGMA foreign_keys", "1");
            return link;
        } catch (SQLException | RuntimeException failed) {
            close(link, failed);
            throw failed;
        }
    }

    SqliteLink reader() throws SQLException {
        SqliteLink link = connect(false);
        try {
            common(link);
            link.tell("PRAGMA query_only = ON");
            expect(link, "PRAGMA journal_mode", "wal");
            return link;
        } catch (SQLException | RuntimeException failed) {
            close(link, failed);
            throw failed;
        }
    }

    private void common(SqliteLink link) throws SQLException {
        link.tell("PRAGMA busy_timeout = " + settings.busyTimeout().toMillis());
        link.tell("PRAGMA temp_store = MEMORY");
        link.tell("PRAGMA trusted_schema = OFF");
    }

    private static void close(SqliteLink link, Exception failed) {
        try {
            link.close();
        } catch (SQLException also) {
            failed.addSuppressed(also);
        }
    }

    private static void expect(SqliteLink link, String sql, String wanted) throws SQLException {
        List<String> got = link.ask(sql);
        if (!got.equals(List.of(wanted))) {
            throw refuse(sql + " answers " + got + ", not " + wanted);
        }
    }

    private static StoreFailure refuse(String why) {
        return new StoreFailure(StoreFailure.Kind.NOT_DONE, why, null);
    }

    static boolean newEnough(String version) {
        String[] parts = version.split("\\.", -1);
        for (int i = 0; i < VERSION_MIN.length; i++) {
            int part = i < parts.length ? Integer.parseInt(parts[i]) : 0;
            if (part != VERSION_MIN[i]) return part > VERSION_MIN[i];
        }
        return true;
    }
}
