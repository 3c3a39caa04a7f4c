package dev.loadline.app;

import io.vertx.core.Future;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;

/**
 * What is done when the server goes, in order, each step with its own time: one that hangs or fails
 * is logged and the next one begins. Vert.x's own close has neither order nor time-out.
 */
final class Shutdown {
    private static final Logger LOG = LoggerFactory.getLogger(Shutdown.class);

    private record Step(String name, Duration within, Supplier<Future<?>> act) {}

    private final List<Step> steps = new ArrayList<>();

    Shutdown then(String name, Duration within, Supplier<Future<?>> act) {
        steps.add(new Step(name, within, act));
        return this;
    }

    /** Completes after the last step, never fails. */
    Future<Void> run() {
        Future<Void> done = Future.succeededFuture();
        for (Step step : steps) done = done.compose(before -> run(step));
        return done;
    }

    private static Future<Void> run(Step step) {
        Future<?> acting;
        try {
            acting = step.act().get();
        } catch (RuntimeException bug) {
            acting = Future.failedFuture(bug);
        }
        return logged(acting.timeout(step.within().toMillis(), TimeUnit.MILLISECONDS), step);
    }

    private static Future<Void> logged(Future<?> acting, Step step) {
        return acting.<Void>mapEmpty()
                .recover(
                        why -> {
                            LOG.warn(
                                    "shutting down: {} did not end well: {}",
                                    step.name(),
                                    why.toString());
                            return Future.succeededFuture();
                        });
    }
}
