package dev.loadline.store;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * The right to be the only process on a database: a lock on {@code <file>.lock}, which the
 * operating system frees when the process dies. The file stays; it holds the owner's process id.
 *
 * <p>The locks of a POSIX file are its process's: closing <em>any</em> channel on it frees ours. So
 * a second opener in this process is turned away before it touches the file.
 */
final class SqliteLock implements AutoCloseable {
    private static final Set<Object> HELD = ConcurrentHashMap.newKeySet();
    private static final int PID_BYTES_MAX = 32;

    private final Object identity;
    private final FileChannel channel;
    private final FileLock lock;

    private SqliteLock(Object identity, FileChannel channel, FileLock lock) {
        this.identity = identity;
        this.channel = channel;
        this.lock = lock;
    }

    /**
     * @throws StoreFailure naming the file and the holder's process id if it is held
     */
    static SqliteLock take(Path database) throws IOException {
        Path file = database.resolveSibling(database.getFileName() + ".lock");
        if (!Files.exists(file)) Files.write(file, new byte[0]); // one of an earlier life stays
        var attributes = Files.readAttributes(file, BasicFileAttributes.class);
        Object identity = Objects.requireNonNullElse(attributes.fileKey(), file);
        String own = Long.toString(ProcessHandle.current().pid());
        if (!HELD.add(identity)) throw held(database, own + ", which is this one");
        SqliteLock taken = null;
        try {
            FileChannel channel =
                    FileChannel.open(file, StandardOpenOption.READ, StandardOpenOption.WRITE);
            FileLock lock = channel.tryLock();
            if (lock == null) {
                try (channel) {
                    throw held(database, pid(channel));
                }
            }
            taken = new SqliteLock(identity, channel, lock);
            channel.truncate(0);
            channel.write(ByteBuffer.wrap(own.getBytes(StandardCharsets.US_ASCII)), 0);
            channel.force(false);
            return taken;
        } catch (IOException failed) {
            if (taken != null) taken.close();
            throw failed;
        } finally {
            if (taken == null) HELD.remove(identity);
        }
    }

    private static String pid(FileChannel channel) throws IOException {
        ByteBuffer bytes = ByteBuffer.allocate(PID_BYTES_MAX);
        channel.read(bytes, 0);
        String text = StandardCharsets.US_ASCII.decode(bytes.flip()).toString();
        return text.isEmpty() ? "unknown" : text;
    }

    private static StoreFailure held(Path database, String pid) {
        return new StoreFailure(
                StoreFailure.Kind.NOT_DONE,
                "the database " + database + " is in use by another server (process " + pid + ")",
                null);
    }

    @Override
    public void close() throws IOException {
        try (channel) {
            lock.release();
        } finally {
            HELD.remove(identity);
        }
    }
}
