package dev.loadline.mailbox;

import static org.assertj.core.api.Assertions.assertThat;

import dev.loadline.core.Problem;
import dev.loadline.core.ProblemException;

import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.stream.IntStream;

/** Goal: heavy work is off the loop, and new work is refused before it piles up. */
class HeavyWorkTest {
    private final Vertx vertx = Vertx.vertx();
    private final HeavyWork heavy = HeavyWork.on(vertx);

    @AfterEach
    void close() {
        vertx.close().await();
    }

    @Test
    void it_is_done_elsewhere_and_its_result_comes_back_to_the_loop() {
        Promise<List<Thread>> threads = Promise.promise();
        vertx.runOnContext(
                on -> {
                    Thread loop = Thread.currentThread();
                    heavy.run(Thread::currentThread)
                            .onSuccess(
                                    worker ->
                                            threads.complete(
                                                    List.of(loop, worker, Thread.currentThread())));
                });
        List<Thread> seen = threads.future().await();
        assertThat(seen.get(1)).isNotSameAs(seen.get(0));
        assertThat(seen.get(2)).isSameAs(seen.get(0));
    }

    @Test
    void new_work_is_refused_when_much_waits_and_what_was_begun_is_not() {
        var gate = new CountDownLatch(1);
        List<Future<Boolean>> offered =
                IntStream.range(0, 40).mapToObj(i -> heavy.offer(() -> passed(gate))).toList();
        Future<Boolean> begun = heavy.run(() -> passed(gate));
        List<Future<Boolean>> refused = offered.stream().filter(Future::failed).toList();
        assertThat(refused).hasSize(8);
        Problem problem = ((ProblemException) refused.getFirst().cause()).problem();
        assertThat(problem.code()).isEqualTo(Problem.Code.OVERLOADED);
        assertThat(problem.retryAfterMs()).isPositive();
        gate.countDown();
        assertThat(begun.await()).isTrue();
        assertThat(offered.getFirst().await()).isTrue();
        assertThat(heavy.offer(() -> true).await()).as("there is room again").isTrue();
    }

    private static boolean passed(CountDownLatch gate) throws InterruptedException {
        gate.await();
        return true;
    }
}
