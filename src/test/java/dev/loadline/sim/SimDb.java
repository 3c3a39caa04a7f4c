package dev.loadline.sim;

import dev.loadline.core.WorkClass;
import dev.loadline.store.Db;
import dev.loadline.store.StoreFailure;

import io.vertx.core.Future;
import io.vertx.core.Promise;

import org.jspecify.annotations.Nullable;

import java.time.Duration;
import java.util.function.Consumer;
import java.util.function.Function;

/**
 * A node's way to the disk: slow, sometimes refused, sometimes cut off after the commit was sent,
 * so that nobody knows whether it was done. What a node sent before it died may still happen.
 */
final class SimDb implements Db {
    private final SimWorld world;
    private final SimWorld.Place place;
    private final SimDisk disk;
    private final Faults faults;
    private long freeAt;

    SimDb(SimWorld world, SimWorld.Place place, SimDisk disk, Faults faults) {
        this.world = world;
        this.place = place;
        this.disk = disk;
        this.faults = faults;
    }

    @Override
    public <T> Future<T> write(
            WorkClass workClass, Function<Tx, Future<T>> work, @Nullable Consumer<T> seems) {
        Promise<T> answer = Promise.promise();
        boolean refused = world.chance(faults.storeRefuses()) || faults.storeDown();
        if (refused) {
            fail(answer, StoreFailure.Kind.NOT_DONE, "refused");
            return answer.future();
        }
        boolean unknown = world.chance(faults.storeUnknown());
        boolean done = !unknown || world.chance(0.5);
        // On the wire: it happens (or is lost) at the database, whatever becomes of the node
        // meanwhile.
        world.at(
                world.outside,
                inOrder(),
                "commit",
                () -> {
                    if (place.dead() && world.chance(0.5))
                        return; // sent, but the process died before it was flushed
                    if (unknown && !done) {
                        world.saw("commit lost");
                        tell(disk.lost(work), seems);
                        boolean told = world.chance(0.2); // that it was not done
                        var kind = told ? StoreFailure.Kind.NOT_DONE : StoreFailure.Kind.UNKNOWN;
                        fail(answer, kind, "lost");
                        return;
                    }
                    perform(work, answer, unknown, seems);
                });
        return answer.future();
    }

    /** Before the answer or the failure, which are sent later. */
    private <T> void tell(T result, @Nullable Consumer<T> seems) {
        if (seems == null) return;
        world.at(place, Duration.ofNanos(1), "before the commit", () -> seems.accept(result));
    }

    private <T> void perform(
            Function<Tx, Future<T>> work,
            Promise<T> answer,
            boolean unknown,
            @Nullable Consumer<T> seems) {
        T result;
        try {
            result = disk.transaction(work);
        } catch (RuntimeException bug) {
            world.at(place, delay(), "store answer", () -> answer.fail(bug));
            return;
        }
        tell(result, seems);
        if (unknown) {
            world.saw("commit done but unknown");
            fail(answer, StoreFailure.Kind.UNKNOWN, "answer lost");
        } else {
            world.at(place, delay(), "store answer", () -> answer.complete(result));
        }
    }

    @Override
    public <T> Future<T> read(Function<Tx, Future<T>> work) {
        Promise<T> answer = Promise.promise();
        if (faults.storeDown()) {
            fail(answer, StoreFailure.Kind.NOT_DONE, "down");
        } else {
            world.at(
                    world.outside,
                    delay(),
                    "read",
                    () -> perform(work, answer, false, seems -> {}));
        }
        return answer.future();
    }

    private void fail(Promise<?> answer, StoreFailure.Kind kind, String why) {
        world.at(
                place,
                delay(),
                "store failure",
                () -> answer.fail(new StoreFailure(kind, why, null)));
    }

    /** Writes of one node happen in the order in which they were sent. */
    private Duration inOrder() {
        freeAt = Math.max(freeAt, world.elapsed()) + delay().toNanos();
        return Duration.ofNanos(freeAt - world.elapsed());
    }

    private Duration delay() {
        long most = world.chance(0.02) ? faults.storeSlowMs() : 2;
        return Duration.ofNanos(world.random.nextLong(20_000, most * 1_000_000 + 20_001));
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
