package dev.loadline.store;

import static org.assertj.core.api.Assertions.assertThat;

import dev.loadline.core.WorkClass;

import io.vertx.core.Future;

import org.junit.jupiter.api.Test;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/**
 * Goal: writes share commits, nothing waits without a bound, and readers and the writer do not hold
 * each other up. Method: the writer (or a reader) stands in a gate while others gather; what the
 * store counts is compared.
 */
class SqliteQueueTest extends SqliteFixture {
    private static final String BUSY = "store busy";

    @Test
    void what_waits_together_is_committed_together() {
        open();
        long before = db.reading().groups();
        var all = new ArrayList<Future<Rows>>();
        Gate gate = Gate.inWriter(db);
        for (int i = 0; i < 600; i++) all.add(put("n" + i));
        assertThat(db.reading().waiting()).isEqualTo(600);
        gate.close();
        all.forEach(DbContract::now);
        assertThat(db.reading().groups() - before).as("601 items of at most 256").isEqualTo(3);
        assertThat(db.reading().items()).isEqualTo(602);
        assertThat(names()).hasSize(600);
    }

    @Test
    void a_group_ends_at_about_a_mebibyte() {
        open();
        long before = db.reading().groups();
        var all = new ArrayList<Future<Rows>>();
        Gate gate = Gate.inWriter(db);
        String data = "x".repeat(300_000);
        for (int i = 0; i < 8; i++) all.add(put(WorkClass.INTERACTIVE, "n" + i, data));
        gate.close();
        all.forEach(DbContract::now);
        assertThat(db.reading().groups() - before).as("four in each").isEqualTo(2);
    }

    @Test
    void control_goes_first() {
        open();
        var order = new ArrayList<String>(); // the writer's thread, until all is answered
        Gate gate = Gate.inWriter(db);
        Future<Rows> first = noting(WorkClass.INTERACTIVE, order);
        Future<Rows> second = noting(WorkClass.BACKGROUND, order);
        Future<Rows> control = noting(WorkClass.CONTROL, order);
        gate.close();
        now(Future.all(first, second, control));
        assertThat(order).containsExactly("CONTROL", "INTERACTIVE", "BACKGROUND");
    }

    private Future<Rows> noting(WorkClass workClass, List<String> order) {
        return db.write(
                workClass,
                tx -> {
                    order.add(workClass.name());
                    return tx.run("SELECT 1");
                });
    }

    @Test
    void a_full_queue_refuses_and_control_has_its_own() {
        open(settings(3, 0));
        Gate gate = Gate.inWriter(db);
        var taken = new ArrayList<Future<Rows>>();
        for (int i = 0; i < 3; i++) taken.add(put("n" + i));
        assertFails(put("refused"), StoreFailure.Kind.NOT_DONE, BUSY);
        for (int i = 0; i < 3; i++) taken.add(put(WorkClass.CONTROL, "c" + i, ""));
        assertFails(put(WorkClass.CONTROL, "refused", ""), StoreFailure.Kind.NOT_DONE, BUSY);
        assertThat(db.reading().refused()).isEqualTo(2);
        gate.close();
        taken.forEach(DbContract::now);
        assertThat(names()).hasSize(6);
        now(put("room again"));
    }

    @Test
    void while_the_oldest_waits_too_long_only_control_is_taken() {
        open();
        Gate gate = Gate.inWriter(db);
        Future<Rows> waits = put("waits");
        aheadNanos.addAndGet(Duration.ofMillis(2100).toNanos());
        assertThat(db.reading().oldestMs()).isGreaterThanOrEqualTo(2100);
        assertFails(put("refused"), StoreFailure.Kind.NOT_DONE, BUSY);
        Future<Rows> control = put(WorkClass.CONTROL, "control", "");
        gate.close();
        now(waits);
        now(control);
        now(put("later"));
    }

    @Test
    void what_waits_behind_a_hanging_disk_is_given_up_unbegun() {
        open();
        Gate gate = Gate.inWriter(db);
        Future<Rows> waits = put("waits");
        aheadNanos.addAndGet(Duration.ofSeconds(11).toNanos());
        Future<Rows> control = put(WorkClass.CONTROL, "control", "");
        assertFails(waits, StoreFailure.Kind.NOT_DONE, BUSY);
        gate.close();
        now(control);
        assertThat(names()).containsExactly("control");
    }

    @Test
    void a_read_behind_hanging_readers_is_given_up_though_no_other_comes() {
        open();
        Gate one = Gate.inReader(db);
        Gate two = Gate.inReader(db);
        Future<Rows> waits = db.read(tx -> tx.run("SELECT name FROM things"));
        aheadNanos.addAndGet(Duration.ofSeconds(6).toNanos());
        now(put(WorkClass.CONTROL, "a lease", ""));
        assertFails(waits, StoreFailure.Kind.NOT_DONE, BUSY);
        one.close();
        two.close();
    }

    @Test
    void a_standing_reader_does_not_hold_up_the_writer_nor_a_gate_in_the_writer_the_readers() {
        open();
        Gate reader = Gate.inReader(db);
        now(put("a"));
        Gate writer = Gate.inWriter(db);
        assertThat(names()).containsExactly("a");
        reader.close();
        writer.close();
        now(reader.passed);
        now(writer.passed);
    }

    @Test
    void a_read_sees_one_state() {
        open();
        now(put("a"));
        Future<Long> seen =
                db.read(
                        tx ->
                                tx.run("SELECT COUNT(*) FROM things")
                                        .map(before -> now(put("b")))
                                        .compose(put -> tx.run("SELECT COUNT(*) FROM things"))
                                        .map(after -> after.first().number(0)));
        assertThat(now(seen)).isEqualTo(1);
        assertThat(names()).hasSize(2);
    }

    @Test
    void a_read_is_stopped_after_its_second() {
        open();
        String endless =
                "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n)"
                        + " SELECT COUNT(*) FROM n";
        assertFails(db.read(tx -> tx.run(endless)), StoreFailure.Kind.NOT_DONE, "ran too long");
        now(db.read(tx -> tx.run("SELECT 1")));
    }

    @Test
    void a_write_that_runs_too_long_takes_no_neighbour_with_it() {
        open();
        Gate gate = Gate.inWriter(db);
        Future<Rows> before = put("before");
        Future<Rows> slow =
                db.write(
                        WorkClass.INTERACTIVE,
                        tx ->
                                tx.run("INSERT INTO things (name) VALUES ('slow')")
                                        .onSuccess(
                                                done ->
                                                        aheadNanos.addAndGet(
                                                                Duration.ofSeconds(6).toNanos()))
                                        .compose(done -> tx.run("SELECT 1")));
        Future<Rows> after = put("after");
        gate.close();
        assertFails(slow, StoreFailure.Kind.NOT_DONE, "ran too long");
        now(before);
        now(after);
        assertThat(names()).containsExactly("after", "before");
    }

    @Test
    void work_that_waits_for_something_else_is_refused() {
        open();
        Future<Rows> waits =
                db.write(
                        WorkClass.INTERACTIVE,
                        tx -> io.vertx.core.Promise.<Rows>promise().future());
        org.assertj.core.api.Assertions.assertThatThrownBy(() -> now(waits))
                .isInstanceOf(IllegalStateException.class);
        now(put("a"));
    }

    @Test
    void close_answers_what_waits_for_readers_and_the_writer() {
        open();
        Gate writer = Gate.inWriter(db);
        Gate one = Gate.inReader(db);
        Gate two = Gate.inReader(db);
        Future<Rows> write = put("a");
        Future<Rows> read = db.read(tx -> tx.run("SELECT 1"));
        Future<Void> closed = db.close();
        assertFails(put("late"), StoreFailure.Kind.NOT_DONE, "closed");
        assertFails(db.read(tx -> tx.run("SELECT 1")), StoreFailure.Kind.NOT_DONE, "closed");
        writer.close();
        one.close();
        two.close();
        now(closed);
        assertThat(write.succeeded()).isTrue();
        assertThat(read.succeeded()).isTrue();
    }

    @Test
    void a_listener_that_throws_harms_nobody() {
        open();
        Gate gate = Gate.inWriter(db);
        Future<Rows> bad =
                put("a").onComplete(
                                done -> {
                                    throw new IllegalStateException("by the test");
                                });
        Future<Rows> good = put("b");
        gate.close();
        now(good);
        assertThat(bad.isComplete()).isTrue();
        now(put("c"));
    }
}
