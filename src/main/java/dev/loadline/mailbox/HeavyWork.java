package dev.loadline.mailbox;

import dev.loadline.core.Problem;
import dev.loadline.core.ProblemException;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.WorkerExecutor;

import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Computing that would hold an event loop: JSON of a mebibyte is read or written elsewhere, on two
 * threads that all loops share. They are seen among Vert.x's pools as {@value #POOL}. What is small
 * is done at once, on the caller's thread: to go there and back costs more than it.
 *
 * <p>Bounds: each piece of work is a computation over data that is there, and ends by itself. New
 * work is refused when {@value #OFFERED_MAX} wait by this object; what belongs to a request or a
 * stream that is under way is not, since those are bounded where they begin.
 *
 * <p>Thread: any; what follows the work runs on the caller's context.
 */
public final class HeavyWork {
    /** Bytes or characters up to which work is done at once: well under a millisecond of it. */
    public static final int SMALL = 32 * 1024;

    static final String POOL = "heavy";
    private static final int THREADS = 2;
    private static final int OFFERED_MAX = 32;
    private static final Duration COMES_AGAIN = Duration.ofSeconds(1);

    private final WorkerExecutor pool;
    private final AtomicInteger offered = new AtomicInteger();

    private HeavyWork(WorkerExecutor pool) {
        this.pool = pool;
    }

    /** By the threads that all who share this Vert.x share. */
    public static HeavyWork on(Vertx vertx) {
        return new HeavyWork(vertx.createSharedWorkerExecutor(POOL, THREADS));
    }

    /** New work; fails as {@code overloaded} if too much of it waits. */
    public <T> Future<T> offer(Callable<T> work) {
        if (offered.incrementAndGet() > OFFERED_MAX) {
            offered.decrementAndGet();
            return Future.failedFuture(
                    new ProblemException(
                            Problem.of(Problem.Code.OVERLOADED, "too many large requests at once")
                                    .withRetryAfterMs(COMES_AGAIN.toMillis())));
        }
        return run(work).onComplete(done -> offered.decrementAndGet());
    }

    /** Work for what was begun. */
    public <T> Future<T> run(Callable<T> work) {
        return pool.executeBlocking(work, false);
    }
}
