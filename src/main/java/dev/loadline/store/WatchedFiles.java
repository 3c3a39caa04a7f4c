package dev.loadline.store;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;

/**
 * Whether the database's files are still those that were opened: a commit into an unlinked file is
 * no commit. Once they are not, nothing is taken until a restart. Looks at their directory entries
 * only; opening them would free SQLite's locks. Any thread.
 */
final class WatchedFiles {
    private final Path file;
    private final Path wal;
    private volatile @Nullable Object fileKey;
    private volatile @Nullable Object walKey;
    private volatile @Nullable String gone;

    WatchedFiles(Path file) {
        this.file = file;
        this.wal = file.resolveSibling(file.getFileName() + "-wal");
    }

    /** What is there now is what is to stay. Called once a connection has the log open. */
    void remember() throws IOException {
        if (fileKey == null) fileKey = key(file);
        walKey = key(wal);
    }

    /** The connection that holds the log open is about to close, and SQLite may delete the log. */
    void forgetLog() {
        walKey = null;
    }

    /**
     * Asked by the thread that holds the log open: to others it may look gone between two
     * connections.
     *
     * @throws StoreFailure if one of them is gone, or is another file
     */
    void check() {
        if (gone == null) look();
        if (gone != null) throw new StoreFailure(StoreFailure.Kind.NOT_DONE, gone, null);
    }

    private void look() {
        if (!same(file, fileKey)) gone = words(file);
        else if (walKey != null && !same(wal, walKey)) gone = words(wal);
    }

    /** Like {@link #check}, for the database alone. */
    void checkFile() {
        if (gone == null && !same(file, fileKey)) gone = words(file);
        if (gone != null) throw new StoreFailure(StoreFailure.Kind.NOT_DONE, gone, null);
    }

    private static String words(Path missing) {
        return missing
                + " was removed or replaced while the server ran;"
                + " nothing is stored until the server is restarted";
    }

    private static boolean same(Path path, @Nullable Object key) {
        try {
            return key(path).equals(key);
        } catch (IOException missing) {
            return false;
        }
    }

    private static Object key(Path path) throws IOException {
        Object key = Files.readAttributes(path, BasicFileAttributes.class).fileKey();
        return key == null ? path : key; // no keys on this file system: only absence is noticed
    }

    /** Size of the write-ahead log; 0 if there is none. */
    long walBytes() {
        try {
            return Files.size(wal);
        } catch (IOException missing) {
            return 0;
        }
    }
}
