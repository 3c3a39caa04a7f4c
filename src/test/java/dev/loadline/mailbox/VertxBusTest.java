package dev.loadline.mailbox;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.loadline.core.Clock;
import dev.loadline.core.Deadline;
import dev.loadline.core.Timers;
import dev.loadline.core.WorkClass;
import dev.loadline.telemetry.MailboxCounters;

import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.junit5.VertxExtension;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * Goal: an ask over the event bus always comes back, by reference, on the asker's loop. Method: a
 * real Vert.x with services that answer, hang, fail and are not there.
 */
@ExtendWith(VertxExtension.class)
class VertxBusTest {
    /** Not serializable, and compared by identity. */
    private static final class Body {}

    private final Clock clock = Clock.system();
    private Vertx vertx;
    private Bus bus;

    @BeforeEach
    void start(Vertx vertx) {
        this.vertx = vertx;
        this.bus = Bus.on(vertx, clock);
    }

    @Test
    void a_message_and_its_answer_are_passed_by_reference() {
        bus.serve("a", box((Body message, Slot slot) -> Future.succeededFuture(message)));
        Body body = new Body();
        Reply<Body> reply = ask("a", body, Duration.ofSeconds(5)).await();
        assertThat(reply).isInstanceOf(Reply.Answer.class);
        assertThat(((Reply.Answer<Body>) reply).value()).isSameAs(body);
    }

    @Test
    void the_answer_comes_on_the_askers_loop() {
        bus.serve("a", box((Body message, Slot slot) -> Future.succeededFuture(message)));
        Promise<Boolean> same = Promise.promise();
        vertx.runOnContext(
                start -> {
                    Context asker = vertx.getOrCreateContext();
                    ask("a", new Body(), Duration.ofSeconds(5))
                            .onComplete(
                                    reply -> same.complete(vertx.getOrCreateContext() == asker));
                });
        assertThat(same.future().await()).isTrue();
    }

    @Test
    void a_service_that_is_not_there_is_draining() {
        Reply<Body> reply = ask("nobody", new Body(), Duration.ofSeconds(5)).await();
        assertThat(reply)
                .isInstanceOfSatisfying(
                        Reply.Refused.class,
                        refused -> assertThat(refused.reason()).isEqualTo(Refusal.DRAINING));
    }

    @Test
    void a_service_that_hangs_expires_at_the_deadline() {
        bus.serve("a", box((Body message, Slot slot) -> Promise.<Body>promise().future()));
        long began = clock.nanos();
        assertThat(ask("a", new Body(), Duration.ofMillis(100)).await())
                .isEqualTo(new Reply.Expired<>());
        assertThat(clock.nanos() - began).isGreaterThanOrEqualTo(100_000_000);
    }

    @Test
    void an_answer_that_gets_lost_expires() {
        vertx.eventBus().localConsumer("a", message -> {});
        assertThat(ask("a", new Body(), Duration.ofMillis(50)).await())
                .isEqualTo(new Reply.Expired<>());
    }

    @Test
    void a_deadline_that_has_passed_expires_without_a_message() {
        var came = new AtomicBoolean();
        vertx.eventBus().localConsumer("a", message -> came.set(true));
        assertThat(ask("a", new Body(), Duration.ZERO).result()).isEqualTo(new Reply.Expired<>());
        assertThat(came).isFalse();
    }

    @Test
    void a_service_that_fails_is_broken_and_its_failure_comes_along() {
        var failure = new IllegalStateException("bug");
        bus.serve("a", box((Body message, Slot slot) -> Future.<Body>failedFuture(failure)));
        assertThat(ask("a", new Body(), Duration.ofSeconds(5)).await())
                .isEqualTo(new Reply.Broken<>(failure));
    }

    @Test
    void an_address_that_has_ended_is_free_and_its_work_still_answers() {
        Promise<Body> work = Promise.promise();
        Promise<Void> begun = Promise.promise();
        Bus.Served served =
                bus.serve(
                        "a",
                        box(
                                (Body message, Slot slot) -> {
                                    begun.complete();
                                    return work.future();
                                }));
        Future<Reply<Body>> under = ask("a", new Body(), Duration.ofSeconds(5));
        begun.future().await();
        served.end().await();
        assertThat(ask("a", new Body(), Duration.ofSeconds(5)).await())
                .isInstanceOf(Reply.Refused.class);
        work.complete(new Body());
        assertThat(under.await()).isInstanceOf(Reply.Answer.class);
    }

    @Test
    void two_buses_on_one_vertx_share_the_codec() {
        Bus second = Bus.on(vertx, clock);
        second.serve("a", box((Body message, Slot slot) -> Future.succeededFuture(message)));
        assertThat(ask("a", new Body(), Duration.ofSeconds(5)).await())
                .isInstanceOf(Reply.Answer.class);
    }

    @Test
    void a_closed_vertx_still_gives_a_reply() {
        vertx.close().await();
        Reply<Body> reply = ask("a", new Body(), Duration.ofMillis(200)).await();
        assertThat(reply).isInstanceOf(Reply.Refused.class);
    }

    @Test
    void nothing_goes_over_the_wire() {
        var codec = new ByReference();
        assertThatThrownBy(() -> codec.encodeToWire(Buffer.buffer(), new Body()))
                .hasMessageContaining("Body is passed by reference");
        assertThatThrownBy(() -> codec.decodeFromWire(0, Buffer.buffer()))
                .isInstanceOf(UnsupportedOperationException.class);
    }

    @Test
    void timers_run_on_the_loop_that_asked_and_stop_when_cancelled() {
        Timers timers = VertxTimers.on(vertx);
        Promise<Boolean> same = Promise.promise();
        var cancelledRan = new AtomicBoolean();
        vertx.runOnContext(
                start -> {
                    Thread asker = Thread.currentThread();
                    Timers.Timer cancelled =
                            timers.after(Duration.ofMillis(1), () -> cancelledRan.set(true));
                    cancelled.cancel();
                    Timers.Timer[] periodic = new Timers.Timer[1];
                    int[] times = {0};
                    periodic[0] =
                            timers.every(
                                    Duration.ofMillis(2),
                                    () -> {
                                        if (++times[0] < 3) return;
                                        periodic[0].cancel();
                                        same.complete(Thread.currentThread() == asker);
                                    });
                });
        assertThat(same.future().await()).isTrue();
        assertThat(cancelledRan).isFalse();
    }

    private Future<Reply<Body>> ask(String address, Body body, Duration left) {
        var deadline = Deadline.after(clock, left);
        return bus.ask(address, new Letter<>(body, WorkClass.INTERACTIVE, deadline));
    }

    private Mailbox<Body, Body> box(Service<Body, Body> service) {
        return Mailbox.create(
                "test",
                MailboxPolicy.untilDeadline(10, 10),
                clock,
                VertxTimers.on(vertx),
                service,
                MailboxCounters.NONE);
    }
}
