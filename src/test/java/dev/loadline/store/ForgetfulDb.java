package dev.loadline.store;

import dev.loadline.core.WorkClass;

import io.vertx.core.Future;

import org.jspecify.annotations.Nullable;

import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.function.Function;

/** A database whose commit is done, but its answer is lost, as often as asked. */
final class ForgetfulDb implements Db {
    private final Db db;
    private final AtomicInteger lose = new AtomicInteger();

    ForgetfulDb(Db db) {
        this.db = db;
    }

    void loseNextAnswer() {
        lose.incrementAndGet();
    }

    @Override
    public <T> Future<T> write(
            WorkClass workClass, Function<Tx, Future<T>> work, @Nullable Consumer<T> seems) {
        Future<T> done = db.write(workClass, work, seems);
        if (lose.getAndUpdate(left -> Math.max(0, left - 1)) == 0) return done;
        return done.compose(
                answer ->
                        Future.failedFuture(
                                new StoreFailure(StoreFailure.Kind.UNKNOWN, "lost", null)));
    }

    @Override
    public <T> Future<T> read(Function<Tx, Future<T>> work) {
        return db.read(work);
    }

    @Override
    public Dialect dialect() {
        return db.dialect();
    }

    @Override
    public Future<Void> close() {
        return db.close();
    }
}
