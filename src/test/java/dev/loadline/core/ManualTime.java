package dev.loadline.core;

import java.time.Duration;
import java.util.Comparator;
import java.util.PriorityQueue;

/**
 * Time that stands still until a test moves it. Its monotonic clock starts a second before it
 * wraps, so that whoever compares instead of subtracting is found out. One thread.
 */
public final class ManualTime implements Clock, Timers {
    private static final long START_NANOS = Long.MAX_VALUE - 1_000_000_000L;
    private static final long START_MILLIS = 1_767_225_600_000L; // 2026-01-01T00:00:00Z

    private final PriorityQueue<Task> tasks =
            new PriorityQueue<>(
                    Comparator.<Task>comparingLong(task -> task.dueNanos)
                            .thenComparingLong(task -> task.number));
    private long elapsedNanos;
    private long numbers;

    @Override
    public long nanos() {
        return START_NANOS + elapsedNanos;
    }

    @Override
    public long millis() {
        return START_MILLIS + elapsedNanos / 1_000_000;
    }

    @Override
    public Timer after(Duration delay, Runnable task) {
        return add(atLeast(delay), 0, task);
    }

    @Override
    public Timer every(Duration period, Runnable task) {
        return add(atLeast(period), atLeast(period), task);
    }

    private static long atLeast(Duration delay) {
        return Math.max(1_000_000, delay.toNanos());
    }

    private Timer add(long delayNanos, long periodNanos, Runnable run) {
        var task = new Task(run, periodNanos, elapsedNanos + delayNanos, numbers++);
        tasks.add(task);
        return () -> {
            task.cancelled = true;
            tasks.remove(task);
        };
    }

    /** Moves time on and runs what falls due, in order, each at its own moment. */
    public void advance(Duration by) {
        long target = elapsedNanos + by.toNanos();
        while (!tasks.isEmpty() && tasks.element().dueNanos <= target) {
            Task task = tasks.remove();
            elapsedNanos = Math.max(elapsedNanos, task.dueNanos);
            task.run.run();
            if (task.periodNanos > 0 && !task.cancelled) {
                task.dueNanos += task.periodNanos;
                task.number = numbers++;
                tasks.add(task);
            }
        }
        elapsedNanos = target;
    }

    /** Moves time on without running anything: a loop that is stalled. */
    public void stall(Duration by) {
        elapsedNanos += by.toNanos();
    }

    /** How many tasks are to come. */
    public int pending() {
        return tasks.size();
    }

    private static final class Task {
        private final Runnable run;
        private final long periodNanos;
        private long dueNanos;
        private long number;
        private boolean cancelled;

        Task(Runnable run, long periodNanos, long dueNanos, long number) {
            this.run = run;
            this.periodNanos = periodNanos;
            this.dueNanos = dueNanos;
            this.number = number;
        }
    }
}
