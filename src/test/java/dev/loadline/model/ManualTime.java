package dev.loadline.model;

import dev.loadline.core.Clock;
import dev.loadline.core.Timers;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.PriorityQueue;

/** Time that passes only when it is told to; counts the tasks it ran. One thread. */
final class ManualTime implements Clock, Timers {
    private final PriorityQueue<Task> tasks =
            new PriorityQueue<>(
                    Comparator.comparingLong((Task t) -> t.due).thenComparingLong(t -> t.order));
    private long now = Long.MAX_VALUE - 1000; // so that it wraps
    private final long base = now;
    private long order;
    int ran;

    private final class Task implements Timer {
        private final Runnable body;
        private final long period;
        private long due;
        private long order;

        Task(Duration delay, boolean again, Runnable body) {
            this.body = body;
            this.period = again ? delay.toNanos() : 0;
            schedule(delay.toNanos());
        }

        private void schedule(long delay) {
            due = now - base + Math.max(delay, 1_000_000);
            order = ManualTime.this.order++;
            tasks.add(this);
        }

        @Override
        public void cancel() {
            tasks.remove(this);
        }
    }

    /** Runs all that falls due. */
    void pass(Duration time) {
        long end = now - base + time.toNanos();
        while (!tasks.isEmpty() && tasks.peek().due <= end) {
            Task task = tasks.remove();
            now = base + task.due;
            ran++;
            if (task.period > 0) task.schedule(task.period);
            task.body.run();
        }
        now = base + end;
    }

    /** The thread stands still: what falls due runs once, late, at the end. */
    void stall(Duration time) {
        now += time.toNanos();
        List<Task> due = new ArrayList<>();
        while (!tasks.isEmpty() && tasks.peek().due <= now - base) due.add(tasks.remove());
        for (Task task : due) {
            ran++;
            if (task.period > 0) task.schedule(task.period);
            task.body.run();
        }
    }

    int pending() {
        return tasks.size();
    }

    @Override
    public long nanos() {
        return now;
    }

    @Override
    public long millis() {
        return 1_700_000_000_000L + (now - base) / 1_000_000;
    }

    @Override
    public Timer after(Duration delay, Runnable task) {
        return new Task(delay, false, task);
    }

    @Override
    public Timer every(Duration period, Runnable task) {
        return new Task(period, true, task);
    }
}
