package dev.loadline.store;

import dev.loadline.core.Clock;
import dev.loadline.core.WorkClass;

import io.vertx.core.Future;
import io.vertx.core.Promise;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermissions;
import java.sql.SQLException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.function.Function;

/**
 * SQLite in a file of our own: one writer thread that commits in groups, two reader threads. Any
 * thread may ask.
 */
public final class SqliteDb implements Db {
    private static final int READERS = 2;
    private static final int READS_MAX = 256;

    private final SqliteLock lock;
    private final WatchedFiles files;
    private final AskQueue writes;
    private final AskQueue reads;
    private final SqliteWriter writer;
    private final Clock clock;
    private final Troubles troubles;
    private final AtomicInteger threads = new AtomicInteger(READERS + 1);
    private final Promise<Void> closed = Promise.promise();

    /**
     * Opens the database, making it or bringing it up to date if need be. Blocks (a new one takes
     * about a second).
     *
     * @throws StoreFailure in words for the operator: in use by another process, of a newer build,
     *     not writable
     */
    public static SqliteDb open(SqliteSettings settings, Clock clock) {
        return open(settings, clock, SqliteOpener::new);
    }

    /** How connections are made to a file; tests make faulty ones. */
    interface Opening {
        SqliteOpener of(SqliteSettings settings, Path file, Clock clock);
    }

    static SqliteDb open(SqliteSettings settings, Clock clock, Opening opening) {
        Path asked = settings.file();
        try {
            Path file = place(asked);
            SqliteLock lock = SqliteLock.take(file);
            try {
                return new SqliteDb(settings, file, lock, clock, opening.of(settings, file, clock));
            } catch (IOException | SQLException | RuntimeException failed) {
                lock.close();
                throw failed;
            }
        } catch (IOException | SQLException failed) {
            throw new StoreFailure(
                    StoreFailure.Kind.NOT_DONE,
                    "the database " + asked + " can't be opened: " + why(failed),
                    failed);
        }
    }

    private static String why(Exception failed) {
        return switch (failed) {
            case AccessDeniedException denied -> denied.getFile() + ": permission denied";
            case FileAlreadyExistsException file -> file.getFile() + " is not a directory";
            case NoSuchFileException missing -> missing.getFile() + " can't be made";
            default -> String.valueOf(failed.getMessage());
        };
    }

    /** The file's one name, its directory made; only its owner may look into a new one. */
    private static Path place(Path asked) throws IOException {
        if (Files.exists(asked)) return asked.toRealPath();
        Path absolute = asked.toAbsolutePath().normalize();
        Path parent = absolute.getParent();
        if (parent == null) throw new IOException("not a file: " + asked);
        if (!Files.exists(parent)) make(parent);
        return parent.toRealPath().resolve(absolute.getFileName());
    }

    /** Directories that outlive a power cut; SQLite does the same for the files. */
    private static void make(Path directory) throws IOException {
        Path parent = directory.getParent();
        if (parent == null) throw new IOException("no such file system: " + directory);
        if (!Files.exists(parent)) make(parent);
        FileAttribute<?>[] attributes = ownerOnly();
        Files.createDirectory(directory, attributes);
        if (attributes.length == 0) return; // not POSIX: a directory can't be synced
        try (FileChannel entries = FileChannel.open(parent, StandardOpenOption.READ)) {
            entries.force(true);
        }
    }

    private static FileAttribute<?>[] ownerOnly() {
        return FileSystems.getDefault().supportedFileAttributeViews().contains("posix")
                ? new FileAttribute<?>[] {
                    PosixFilePermissions.asFileAttribute(
                            PosixFilePermissions.fromString("rwx------"))
                }
                : new FileAttribute<?>[0];
    }

    private SqliteDb(
            SqliteSettings settings, Path file, SqliteLock lock, Clock clock, SqliteOpener opener)
            throws IOException, SQLException {
        this.lock = lock;
        this.clock = clock;
        files = new WatchedFiles(file);
        troubles = new Troubles(clock);
        writes = new AskQueue(settings.queueMax(), settings.waitMax(), clock);
        reads = new AskQueue(READS_MAX, settings.readTimeout(), clock);
        SqliteLink link = opener.first();
        try {
            SqliteSchema.bring(link, file);
            files.remember();
        } catch (IOException | SQLException | RuntimeException failed) {
            link.close();
            throw failed;
        }
        writer =
                new SqliteWriter(
                        link,
                        writes,
                        opener,
                        files,
                        new WalCare(files, settings),
                        troubles,
                        clock,
                        this::threadEnded);
        start("store-writer", writer);
        for (int i = 1; i <= READERS; i++) {
            start(
                    "store-reader-" + i,
                    new SqliteReader(
                            reads,
                            opener,
                            files,
                            settings.readTimeout(),
                            troubles,
                            this::threadEnded));
        }
    }

    private static void start(String name, Runnable work) {
        Thread.ofPlatform().name(name).daemon().start(work);
    }

    @Override
    public <T> Future<T> write(
            WorkClass workClass, Function<Tx, Future<T>> work, @Nullable Consumer<T> done) {
        var ask = new Ask<>(work, done, clock.nanos());
        writes.offer(ask, workClass == WorkClass.CONTROL);
        reads.giveUpOld(); // the lease is renewed all the time; reads may come from nobody else
        return ask.future();
    }

    @Override
    public <T> Future<T> read(Function<Tx, Future<T>> work) {
        var ask = new Ask<T>(work, null, clock.nanos());
        reads.offer(ask, false);
        return ask.future();
    }

    @Override
    public Dialect dialect() {
        return () -> "CAST(ROUND(unixepoch('subsec') * 1000) AS INTEGER)";
    }

    /** How it does. Any thread, does not block. */
    public StoreReading reading() {
        AskQueue.Standing waiting = writes.standing();
        return new StoreReading(
                waiting.waiting(),
                waiting.oldestMs(),
                files.walBytes(),
                writer.groups(),
                writer.items(),
                waiting.refused() + reads.standing().refused(),
                troubles.last());
    }

    /** Can be called again; each call is answered once all is closed. */
    @Override
    public Future<Void> close() {
        writes.close();
        reads.close();
        Asker asker = Asker.current();
        Promise<Void> answer = Promise.promise();
        closed.future().onComplete(done -> asker.answer(() -> answer.handle(done)));
        return answer.future();
    }

    private void threadEnded() {
        if (threads.decrementAndGet() > 0) return;
        try {
            lock.close();
            closed.complete();
        } catch (IOException failed) {
            closed.fail(failed);
        }
    }
}
