package dev.loadline.store;

import dev.loadline.core.WorkClass;

import io.vertx.core.Future;

import org.jspecify.annotations.Nullable;

import java.util.function.Consumer;
import java.util.function.Function;

/**
 * The database with an asynchronous face. Statements are written with {@code $1}-style parameters
 * in the dialect that SQLite and PostgreSQL share. Futures complete on the asker's context (if it
 * has one) and fail only with {@link StoreFailure} or what {@code work} threw.
 */
public interface Db {
    /**
     * Runs {@code work} in one writing transaction; completes after the commit is durable. {@code
     * CONTROL} goes first. The work may run on another thread and must touch nothing but the
     * transaction; on the embedded database its future must be complete when it returns. It may run
     * once more if a neighbour in the same commit undid it, so it keeps nothing but its answer.
     */
    default <T> Future<T> write(WorkClass workClass, Function<Tx, Future<T>> work) {
        return write(workClass, work, null);
    }

    /**
     * As {@link #write(WorkClass, Function)}.
     *
     * @param done hears the work's answer as soon as the work is done, so that what follows from it
     *     may begin beside the commit; that may still fail: only the future is sure. Told on the
     *     asker's context, before the future is, at most once, maybe never; null: nobody
     */
    <T> Future<T> write(
            WorkClass workClass, Function<Tx, Future<T>> work, @Nullable Consumer<T> done);

    /** Runs {@code work} in one reading transaction, of at most a second. */
    <T> Future<T> read(Function<Tx, Future<T>> work);

    Dialect dialect();

    /** Ends it: what was taken is done, then files and threads are freed. */
    Future<Void> close();

    /** A transaction under way. */
    interface Tx {
        /**
         * One statement. Parameters: String, Long, Integer, Double, Boolean, byte[] or null. Rows
         * of a SELECT or RETURNING are read whole.
         */
        Future<Rows> run(String sql, @org.jspecify.annotations.Nullable Object... parameters);
    }

    /** The few places where the databases differ. */
    interface Dialect {
        /** An expression for the database's own clock, ms since 1970. */
        String nowMs();
    }
}
