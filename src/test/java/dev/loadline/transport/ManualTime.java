package dev.loadline.transport;

import dev.loadline.core.Clock;
import dev.loadline.core.Timers;

import io.vertx.core.Context;
import io.vertx.core.Vertx;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;

/** Time that passes only when a test says so; due tasks run on the loop that asked for them. */
final class ManualTime implements Clock, Timers {
    private static final class Task implements Timer {
        private final Context loop = Objects.requireNonNull(Vertx.currentContext());
        private final Runnable body;
        private final long periodNanos; // 0: once
        private long dueNanos;
        private boolean cancelled;

        private Task(Runnable body, long dueNanos, long periodNanos) {
            this.body = body;
            this.dueNanos = dueNanos;
            this.periodNanos = periodNanos;
        }

        @Override
        public synchronized void cancel() {
            cancelled = true;
        }

        private synchronized void run() {
            if (!cancelled) body.run();
        }
    }

    private final List<Task> tasks = new ArrayList<>();
    private long now = Long.MAX_VALUE - 1_000_000; // wraps soon

    @Override
    public synchronized long nanos() {
        return now;
    }

    @Override
    public long millis() {
        return 1_764_000_000_000L;
    }

    @Override
    public Timer after(Duration delay, Runnable task) {
        return add(task, delay, 0);
    }

    @Override
    public Timer every(Duration period, Runnable task) {
        return add(task, period, period.toNanos());
    }

    private synchronized Timer add(Runnable body, Duration delay, long periodNanos) {
        var task = new Task(body, now + delay.toNanos(), periodNanos);
        tasks.add(task);
        return task;
    }

    /** In steps of half a second, each after the tasks of the one before have run. */
    void pass(Duration time) {
        for (long left = time.toMillis(); left > 0; left -= 500) {
            List<Task> due = new ArrayList<>();
            synchronized (this) {
                now += Math.min(left, 500) * 1_000_000;
                for (Task task : tasks) if (task.dueNanos - now <= 0) due.add(task);
                for (Task task : due) {
                    if (task.periodNanos == 0) tasks.remove(task);
                    else task.dueNanos += task.periodNanos;
                }
            }
            for (Task task : due) await(task);
        }
    }

    private static void await(Task task) {
        CompletableFuture<Void> done = new CompletableFuture<>();
        task.loop.runOnContext(
                run -> {
                    task.run();
                    done.complete(null);
                });
        done.orTimeout(10, java.util.concurrent.TimeUnit.SECONDS).join();
    }
}
