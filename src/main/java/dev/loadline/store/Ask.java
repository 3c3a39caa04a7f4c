package dev.loadline.store;

import io.vertx.core.Future;
import io.vertx.core.Promise;

import org.jspecify.annotations.Nullable;

import java.util.Objects;
import java.util.function.Consumer;
import java.util.function.Function;

/**
 * One transaction that somebody wants, and its answer. Made on the asker's thread, run and answered
 * by one other; answered exactly once, on the asker's context if there is one.
 */
final class Ask<T> {
    private final Function<Db.Tx, Future<T>> work;
    private final @Nullable Consumer<T> done;
    private final Promise<T> promise = Promise.promise();
    private final Asker asker = Asker.current();
    private final long sinceNanos;
    private @Nullable Future<T> outcome; // null: not run yet

    /**
     * @param done hears the work's answer before it is committed
     */
    Ask(Function<Db.Tx, Future<T>> work, @Nullable Consumer<T> done, long nowNanos) {
        this.work = work;
        this.done = done;
        this.sinceNanos = nowNanos;
    }

    Future<T> future() {
        return promise.future();
    }

    long waitedNanos(long nowNanos) {
        return nowNanos - sinceNanos;
    }

    /** Runs the work; its outcome is kept for {@link #deliver}. Answers whether it succeeded. */
    boolean runIn(Db.Tx tx) {
        Future<T> done;
        try {
            done = work.apply(tx);
        } catch (Throwable thrown) { // also an Error: it is the asker's
            done = Future.failedFuture(thrown);
        }
        if (!done.isComplete()) {
            done =
                    Future.failedFuture(
                            new IllegalStateException("the work waits for something else"));
        }
        outcome = done;
        return done.succeeded();
    }

    /** The database failed under it, whatever the work made of that. */
    void spoil(RuntimeException why) {
        if (succeeded()) outcome = Future.failedFuture(why);
    }

    boolean succeeded() {
        return outcome != null && outcome.succeeded();
    }

    /** The work is done and stands in its transaction, whose commit comes next. */
    void beforeCommit() {
        if (done == null || !succeeded()) return;
        T value = Objects.requireNonNull(outcome, "not run").result();
        asker.answer(() -> done.accept(value));
    }

    /** Answers with the outcome of the work. */
    void deliver() {
        answer(Objects.requireNonNull(outcome, "not run"));
    }

    /** Answers that the transaction as a whole failed; what failed by itself says so. */
    void deliver(StoreFailure lost) {
        answer(outcome == null || outcome.succeeded() ? Future.failedFuture(lost) : outcome);
    }

    /** Answers, whether it was run or not. */
    void fail(StoreFailure failure) {
        answer(Future.failedFuture(failure));
    }

    private void answer(Future<T> answer) {
        asker.answer(
                () -> {
                    if (answer.succeeded()) promise.complete(answer.result());
                    else promise.fail(answer.cause());
                });
    }
}
