package dev.loadline.sim;

import dev.loadline.core.WorkClass;
import dev.loadline.store.Db;

import io.vertx.core.Future;

import org.jspecify.annotations.Nullable;

import java.util.function.Consumer;
import java.util.function.Function;

/** Looks at the disk outside of time, for what must be true. */
final class OracleDb implements Db {
    private final SimDisk disk;

    OracleDb(SimDisk disk) {
        this.disk = disk;
    }

    @Override
    public <T> Future<T> write(
            WorkClass workClass, Function<Tx, Future<T>> work, @Nullable Consumer<T> done) {
        return Future.succeededFuture(disk.transaction(work));
    }

    @Override
    public <T> Future<T> read(Function<Tx, Future<T>> work) {
        return Future.succeededFuture(disk.transaction(work));
    }

    @Override
    public Dialect dialect() {
        return () -> "sim_now()";
    }

    @Override
    public Future<Void> close() {
        return Future.succeededFuture();
    }
}
