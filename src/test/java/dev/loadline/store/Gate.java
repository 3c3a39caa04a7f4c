package dev.loadline.store;

import dev.loadline.core.WorkClass;

import io.vertx.core.Future;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;

/** A transaction that stands still until it is let go, so that others gather behind it. */
final class Gate implements AutoCloseable {
    private final CountDownLatch entered = new CountDownLatch(1);
    private final CountDownLatch open = new CountDownLatch(1);
    final Future<Void> passed;

    private Gate(Function<Function<Db.Tx, Future<Void>>, Future<Void>> door) {
        passed = door.apply(this::stand);
        await(entered);
    }

    static Gate inWriter(Db db) {
        return new Gate(work -> db.write(WorkClass.INTERACTIVE, work));
    }

    static Gate inReader(Db db) {
        return new Gate(
                work ->
                        db.read(
                                tx ->
                                        tx.run("SELECT COUNT(*) FROM things")
                                                .compose(begun -> work.apply(tx))));
    }

    private Future<Void> stand(Db.Tx tx) {
        entered.countDown();
        await(open);
        return Future.succeededFuture();
    }

    private static void await(CountDownLatch latch) {
        try {
            if (!latch.await(20, TimeUnit.SECONDS)) throw new AssertionError("gate stuck");
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    @Override
    public void close() {
        open.countDown();
    }
}
