package dev.loadline.model;

import dev.loadline.core.Timers;

import io.vertx.core.Vertx;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;

/** Real timers of the loop that asks; counts how many were made. */
final class LoopTimers implements Timers {
    final AtomicInteger made = new AtomicInteger();
    private final Vertx vertx;

    LoopTimers(Vertx vertx) {
        this.vertx = vertx;
    }

    @Override
    public Timer after(Duration delay, Runnable task) {
        made.incrementAndGet();
        long id = vertx.setTimer(Math.max(1, delay.toMillis()), fired -> task.run());
        return () -> vertx.cancelTimer(id);
    }

    @Override
    public Timer every(Duration period, Runnable task) {
        made.incrementAndGet();
        long id = vertx.setPeriodic(Math.max(1, period.toMillis()), fired -> task.run());
        return () -> vertx.cancelTimer(id);
    }
}
