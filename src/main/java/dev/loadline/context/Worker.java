package dev.loadline.context;

import io.vertx.core.Future;
import io.vertx.core.WorkerExecutor;

import java.util.concurrent.Callable;

/** Where big tasks are computed. */
@FunctionalInterface
public interface Worker {
    /** The answer comes on the caller's context. */
    Future<ContextTask.Answer> run(Callable<ContextTask.Answer> task);

    /** On a pool, unordered: one turn does not wait for another. Bounded by the mailbox before. */
    static Worker on(WorkerExecutor pool) {
        return task -> pool.executeBlocking(task, false);
    }

    /** At once, on the caller's thread. */
    static Worker inline() {
        return task -> {
            try {
                return Future.succeededFuture(task.call());
            } catch (Exception bug) {
                return Future.failedFuture(bug);
            }
        };
    }
}
