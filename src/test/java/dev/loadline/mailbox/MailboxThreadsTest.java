package dev.loadline.mailbox;

import static org.assertj.core.api.Assertions.assertThat;

import dev.loadline.core.Clock;
import dev.loadline.core.Deadline;
import dev.loadline.core.WorkClass;
import dev.loadline.telemetry.MailboxCounters;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.junit5.VertxExtension;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Goal: asked from many threads at once, the mailbox keeps its concurrency and answers everybody.
 * Method: four threads ask, a pool answers, some slots are kept and released elsewhere.
 */
@ExtendWith(VertxExtension.class)
class MailboxThreadsTest {
    private static final int THREADS = 4;
    private static final int ASKS = 2_000;
    private static final int CONCURRENCY = 3;

    private final AtomicInteger inWork = new AtomicInteger();
    private final AtomicInteger most = new AtomicInteger();
    private final Queue<Future<Reply<Integer>>> replies = new ConcurrentLinkedQueue<>();

    @Test
    void concurrency_holds_and_nobody_is_forgotten(Vertx vertx) throws InterruptedException {
        Clock clock = Clock.system();
        Mailbox<Integer, Integer> box =
                Mailbox.create(
                        "test",
                        MailboxPolicy.untilDeadline(THREADS * ASKS, CONCURRENCY),
                        clock,
                        VertxTimers.on(vertx),
                        (number, slot) -> work(vertx, number, slot),
                        MailboxCounters.NONE);
        var start = new CountDownLatch(1);
        var threads = new ArrayList<Thread>();
        for (int i = 0; i < THREADS; i++)
            threads.add(
                    Thread.ofPlatform()
                            .start(
                                    () -> {
                                        await(start);
                                        for (int n = 0; n < ASKS; n++) {
                                            var left = Deadline.after(clock, Duration.ofMinutes(1));
                                            replies.add(
                                                    box.ask(
                                                            new Letter<>(
                                                                    n,
                                                                    WorkClass.INTERACTIVE,
                                                                    left)));
                                        }
                                    }));
        start.countDown();
        for (Thread thread : threads) thread.join();
        for (Future<Reply<Integer>> reply : replies)
            assertThat(reply.await()).isInstanceOf(Reply.Answer.class);
        assertThat(replies).hasSize(THREADS * ASKS);
        assertThat(most).hasValueLessThanOrEqualTo(CONCURRENCY);
    }

    private Future<Integer> work(Vertx vertx, int number, Slot slot) {
        int now = inWork.incrementAndGet();
        most.accumulateAndGet(now, Math::max);
        if (number % 3 == 0) {
            inWork.decrementAndGet();
            return Future.succeededFuture(number);
        }
        boolean keeps = number % 3 == 1;
        if (keeps) slot.keep();
        return vertx.executeBlocking(
                () -> {
                    inWork.decrementAndGet();
                    if (keeps) slot.release();
                    return number;
                },
                false);
    }

    private static void await(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }
}
