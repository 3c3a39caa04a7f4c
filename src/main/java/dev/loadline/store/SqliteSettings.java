package dev.loadline.store;

import static dev.loadline.core.Require.require;

import java.nio.file.Path;
import java.time.Duration;

/**
 * Where the embedded database lies and how much it may take on.
 *
 * @param file its lock is {@code <file>.lock}; not on a network file system
 * @param queueMax how many writes may wait, and as many of class {@code CONTROL} beside them
 * @param waitMax a write is refused while the oldest has waited longer than this
 * @param busyTimeout how long another process may hold the database locked
 * @param readTimeout how long one reading transaction may wait, and then run
 * @param walBytesMax over this the write-ahead log is emptied even while there is work
 * @param sizeMax bytes that the database may have; 0: as many as the disk
 */
public record SqliteSettings(
        Path file,
        int queueMax,
        Duration waitMax,
        Duration busyTimeout,
        Duration readTimeout,
        long walBytesMax,
        long sizeMax) {

    public SqliteSettings {
        require(
                file.toString().indexOf('?') < 0 && file.toString().indexOf('#') < 0,
                "store.path must not contain '?' or '#': " + file);
        require(queueMax >= 1, "store.queueMax must be at least 1");
        require(waitMax.isPositive(), "store.waitMax must be positive");
        require(!busyTimeout.isNegative(), "store.busyTimeout must not be negative");
        require(readTimeout.isPositive(), "store.readTimeout must be positive");
        require(walBytesMax >= 1, "store.walBytesMax must be positive");
        require(sizeMax >= 0, "store.sizeMax must not be negative");
    }

    public static SqliteSettings of(Path file) {
        return new SqliteSettings(
                file,
                1024,
                Duration.ofSeconds(2),
                Duration.ofSeconds(2),
                Duration.ofSeconds(1),
                64L << 20,
                0);
    }
}
