package dev.loadline.store;

import static org.assertj.core.api.Assertions.assertThat;

import dev.loadline.core.ManualTime;
import dev.loadline.core.WorkClass;
import dev.loadline.guard.GuardReading;
import dev.loadline.telemetry.Metrics;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.vertx.core.Future;
import io.vertx.core.Promise;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.function.Consumer;
import java.util.function.Function;

/**
 * Goal: the store's calls are seen as they are: what was asked and not answered, how long answers
 * took, and failures of the store itself. Method: a database that answers when it is told to.
 */
class MeasuredDbTest {
    private final Held held = new Held();
    private final ManualTime time = new ManualTime();
    private final MeasuredDb db =
            new MeasuredDb(
                    held,
                    SqliteSettings.of(Path.of("any.db")),
                    time,
                    new Metrics(new SimpleMeterRegistry(), Metrics.Known.NOTHING)
                            .dependency(MeasuredDb.NAME));

    private static final class Held implements Db {
        final Deque<Promise<?>> asked = new ArrayDeque<>();

        private <T> Future<T> hold() {
            Promise<T> promise = Promise.promise();
            asked.add(promise);
            return promise.future();
        }

        @Override
        public <T> Future<T> write(
                WorkClass workClass, Function<Tx, Future<T>> work, @Nullable Consumer<T> done) {
            return hold();
        }

        @Override
        public <T> Future<T> read(Function<Tx, Future<T>> work) {
            return hold();
        }

        @Override
        public Dialect dialect() {
            return () -> "0";
        }

        @Override
        public Future<Void> close() {
            return Future.succeededFuture();
        }
    }

    @Test
    void calls_are_counted_and_timed_and_only_failures_of_the_store_are_its() {
        GuardReading before = db.reading();
        assertThat(before.p50Ms()).as("nothing was measured").isNull();
        assertThat(before.samples()).isZero();
        Future<String> first = db.write(WorkClass.INTERACTIVE, MeasuredDbTest::work);
        db.read(MeasuredDbTest::work);
        db.read(MeasuredDbTest::work);
        assertThat(db.reading().inFlight()).isEqualTo(3);
        time.advance(Duration.ofMillis(7));
        held.asked.remove().tryComplete();
        held.asked.remove().fail(new StoreFailure(StoreFailure.Kind.NOT_DONE, "down", null));
        held.asked.remove().fail(new IllegalStateException("the work's own"));
        assertThat(first.succeeded()).isTrue();
        GuardReading after = db.reading();
        assertThat(after.inFlight()).isZero();
        assertThat(after.p50Ms()).isEqualTo(7);
        assertThat(after.samples()).isEqualTo(2);
        assertThat(after.calls()).containsEntry("ok", 2L).containsEntry("unavailable", 1L);
        assertThat(after.breaker()).isEqualTo("none");
        assertThat(after.timeoutMs()).isEqualTo(2000);
    }

    private static Future<String> work(Db.Tx tx) {
        return Future.succeededFuture("");
    }
}
