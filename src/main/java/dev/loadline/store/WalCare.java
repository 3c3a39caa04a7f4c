package dev.loadline.store;

import java.sql.SQLException;
import java.time.Duration;
import java.util.List;

/**
 * Keeps the write-ahead log short, between groups and never inside a commit. The writer's thread
 * only.
 */
final class WalCare {
    private static final int FRAMES_MAX = 1000; // 4 MiB, SQLite's own default
    private static final int GROUPS_PER_LOOK = 16;
    private static final long BYTES_PER_LOOK = 1L << 20;
    private static final Duration PATIENCE_IDLE = Duration.ofMillis(20);
    private static final Duration PATIENCE_HUGE = Duration.ofMillis(500);

    private final WatchedFiles files;
    private final SqliteSettings settings;
    private int groups;
    private long bytes;

    WalCare(WatchedFiles files, SqliteSettings settings) {
        this.files = files;
        this.settings = settings;
    }

    void afterGroup(SqliteLink link, long written) throws SQLException {
        groups++;
        bytes += written;
        if (groups < GROUPS_PER_LOOK && bytes < BYTES_PER_LOOK) return;
        groups = 0;
        bytes = 0;
        if (files.walBytes() > settings.walBytesMax()) {
            truncate(link, PATIENCE_HUGE);
            return;
        }
        List<String> frames = link.ask("PRAGMA wal_checkpoint(NOOP)"); // busy, in the log, copied
        if (Long.parseLong(frames.get(1)) - Long.parseLong(frames.get(2)) > FRAMES_MAX) {
            link.tell("PRAGMA wal_checkpoint(PASSIVE)");
        }
    }

    void whenIdle(SqliteLink link) throws SQLException {
        if (files.walBytes() > 0) truncate(link, PATIENCE_IDLE);
    }

    /** Waits only this long for readers; if they stay, the next time will do. */
    private void truncate(SqliteLink link, Duration patience) throws SQLException {
        link.tell("PRAGMA busy_timeout = " + patience.toMillis());
        try {
            link.tell("PRAGMA wal_checkpoint(TRUNCATE)");
        } finally {
            link.tell("PRAGMA busy_timeout = " + settings.busyTimeout().toMillis());
        }
    }
}
