package dev.loadline.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.loadline.core.WorkClass;

import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;

import org.junit.jupiter.api.Test;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;

/**
 * Goal: every body of {@link Db} keeps its word. Method: a table of our own in a real database,
 * asked from threads with and without a Vert.x context.
 */
abstract class DbContract {
    static final String TABLE = "CREATE TABLE things (name TEXT PRIMARY KEY, n BIGINT, data TEXT)";
    static final String PUT = "INSERT INTO things (name, n) VALUES ($1, $2)";

    /** A database with {@link #TABLE} in it. */
    abstract Db db();

    static <T> T now(Future<T> future) {
        try {
            return future.toCompletionStage().toCompletableFuture().get(20, TimeUnit.SECONDS);
        } catch (java.util.concurrent.ExecutionException failed) {
            if (failed.getCause() instanceof RuntimeException cause) throw cause;
            throw new AssertionError(failed.getCause());
        } catch (InterruptedException | java.util.concurrent.TimeoutException failed) {
            throw new AssertionError("no answer", failed);
        }
    }

    Future<Rows> put(String name, long n) {
        return db().write(WorkClass.INTERACTIVE, tx -> tx.run(PUT, name, n));
    }

    List<String> names() {
        Rows rows = now(db().read(tx -> tx.run("SELECT name FROM things ORDER BY name")));
        return rows.rows().stream().map(row -> row.text(0)).toList();
    }

    @Test
    void what_was_written_is_read() {
        assertThat(now(put("a", 1)).changed()).isEqualTo(1);
        assertThat(names()).containsExactly("a");
    }

    @Test
    void values_come_back_as_they_went_in() {
        String odd = "NFC é, \uD83D\uDE00, 'quoted', $1 ?1 -- and\nmore";
        Rows back =
                now(
                        db().write(
                                        WorkClass.INTERACTIVE,
                                        tx ->
                                                tx.run(
                                                        "INSERT INTO things (name, n, data)"
                                                                + " VALUES ($1, $2, $3)"
                                                                + " RETURNING name, n, data",
                                                        odd,
                                                        Long.MIN_VALUE,
                                                        null)));
        assertThat(back.changed()).isEqualTo(1);
        assertThat(back.first().text(0)).isEqualTo(odd);
        assertThat(back.first().number(1)).isEqualTo(Long.MIN_VALUE);
        assertThat(back.first().textOrNull(2)).isNull();
        assertThat(back.first().numberOrNull(2)).isNull();
    }

    @Test
    void parameters_are_bound_by_their_numbers() {
        Rows back =
                now(
                        db().write(
                                        WorkClass.INTERACTIVE,
                                        tx ->
                                                tx.run(
                                                        "INSERT INTO things (name, data, n)"
                                                                + " VALUES ($2, '$9', $1)"
                                                                + " RETURNING name, $2, n, data",
                                                        7L,
                                                        "seven")));
        assertThat(back.first().text(0)).isEqualTo("seven");
        assertThat(back.first().text(1)).isEqualTo("seven");
        assertThat(back.first().number(2)).isEqualTo(7);
        assertThat(back.first().text(3)).isEqualTo("$9");
    }

    @Test
    void changed_counts_rows_and_a_condition_that_holds_for_none_changes_none() {
        now(put("a", 1));
        now(put("b", 1));
        String sql = "UPDATE things SET n = n + 1 WHERE n = $1";
        assertThat(now(db().write(WorkClass.INTERACTIVE, tx -> tx.run(sql, 1L))).changed())
                .isEqualTo(2);
        Rows none = now(db().write(WorkClass.INTERACTIVE, tx -> tx.run(sql, 1L)));
        assertThat(none.changed()).isZero();
        assertThat(none.isEmpty()).isTrue();
    }

    @Test
    void work_that_fails_undoes_all_that_it_did_and_its_own_failure_comes_back() {
        Future<Rows> failing =
                db().write(
                                WorkClass.INTERACTIVE,
                                tx ->
                                        tx.run(PUT, "a", 1L)
                                                .compose(
                                                        done ->
                                                                Future.failedFuture(
                                                                        new java.util
                                                                                .NoSuchElementException(
                                                                                "mine"))));
        assertThatThrownBy(() -> now(failing))
                .isInstanceOf(java.util.NoSuchElementException.class)
                .hasMessage("mine");
        assertThat(names()).isEmpty();
    }

    @Test
    void a_wrong_statement_is_a_bug_and_fails_only_its_own_item() {
        var all = new ArrayList<Future<Rows>>();
        for (int i = 0; i < 50; i++) all.add(put(i % 10 == 9 ? "same" : "n" + i, i));
        int failed = 0;
        for (Future<Rows> each : all) {
            try {
                now(each);
            } catch (IllegalStateException refused) {
                failed++;
            }
        }
        assertThat(failed).as("of five of the same name, four").isEqualTo(4);
        assertThat(names()).hasSize(46);
    }

    @Test
    void a_thrown_error_reaches_the_asker_and_the_store_lives_on() {
        Future<Rows> thrown =
                db().write(
                                WorkClass.INTERACTIVE,
                                tx -> {
                                    throw new IllegalArgumentException("thrown");
                                });
        assertThatThrownBy(() -> now(thrown)).hasMessage("thrown");
        now(put("a", 1));
    }

    @Test
    void answers_come_on_the_askers_context() throws Exception {
        Vertx vertx = Vertx.vertx();
        try {
            Context loop = vertx.getOrCreateContext();
            var answered = new CompletableFuture<List<Context>>();
            loop.runOnContext(
                    go ->
                            put("a", 1)
                                    .map(done -> Vertx.currentContext())
                                    .compose(
                                            first ->
                                                    db().read(tx -> tx.run("SELECT 1"))
                                                            .map(
                                                                    done ->
                                                                            List.of(
                                                                                    first,
                                                                                    Vertx
                                                                                            .currentContext())))
                                    .onSuccess(answered::complete)
                                    .onFailure(answered::completeExceptionally));
            assertThat(answered.get(10, TimeUnit.SECONDS)).containsExactly(loop, loop);
        } finally {
            now(vertx.close());
        }
    }

    @Test
    void a_transaction_is_not_usable_once_its_work_is_over() {
        var kept = new AtomicReference<Db.Tx>();
        now(
                db().write(
                                WorkClass.INTERACTIVE,
                                tx -> {
                                    kept.set(tx);
                                    return tx.run(PUT, "a", 1L);
                                }));
        assertThatThrownBy(() -> now(kept.get().run(PUT, "b", 2L)))
                .isInstanceOf(IllegalStateException.class);
        assertThat(names()).containsExactly("a");
    }

    @Test
    void reading_cannot_write() {
        assertThatThrownBy(() -> now(db().read(tx -> tx.run(PUT, "a", 1L))))
                .isInstanceOf(RuntimeException.class);
        assertThat(names()).isEmpty();
    }

    @Test
    void control_overtakes_what_waits() {
        var order = new ArrayList<String>(); // the writer's thread only, until all is answered
        var all = new ArrayList<Future<Rows>>();
        for (int i = 0; i < 1000; i++) all.add(noting(WorkClass.INTERACTIVE, "other", order));
        all.add(noting(WorkClass.CONTROL, "control", order));
        all.forEach(DbContract::now);
        assertThat(order.indexOf("control")).isLessThan(999);
    }

    private Future<Rows> noting(WorkClass workClass, String name, List<String> order) {
        return db().write(
                        workClass,
                        tx -> {
                            order.add(name);
                            return tx.run("SELECT 1");
                        });
    }

    @Test
    void the_databases_clock_is_milliseconds_since_1970() {
        long before = System.currentTimeMillis();
        Rows rows = now(db().read(tx -> tx.run("SELECT " + db().dialect().nowMs())));
        assertThat(rows.first().number(0)).isBetween(before - 1, System.currentTimeMillis() + 1);
    }

    @Test
    void close_answers_everything_and_refuses_what_comes_later() {
        var all = new ArrayList<Future<Rows>>();
        for (int i = 0; i < 500; i++) all.add(put("n" + i, i));
        now(db().close());
        assertThat(all).allMatch(Future::succeeded);
        assertThatThrownBy(() -> now(put("late", 1)))
                .isInstanceOfSatisfying(
                        StoreFailure.class,
                        refused ->
                                assertThat(refused.kind()).isEqualTo(StoreFailure.Kind.NOT_DONE));
        Promise<Void> again = Promise.promise();
        db().close().onComplete(again);
        now(again.future());
    }
}
