package dev.loadline.mailbox;

import dev.loadline.core.Timers;

import io.vertx.core.Context;
import io.vertx.core.Vertx;
import io.vertx.core.internal.VertxInternal;

import org.jspecify.annotations.Nullable;

import java.time.Duration;
import java.util.function.Supplier;

/**
 * Vert.x's timers: a task runs on the context that asked for it (the caller's event loop; outside
 * of one, a loop that Vert.x picks). What is asked for in a verticle ends with the verticle.
 */
public final class VertxTimers implements Timers {
    private final Vertx vertx;

    private VertxTimers(Vertx vertx) {
        this.vertx = vertx;
    }

    public static Timers on(Vertx vertx) {
        return new VertxTimers(vertx);
    }

    /**
     * Timers that belong to no verticle and end only with {@code vertx}, whoever asks: their tasks
     * run on a loop of their own choice. For what all loops share.
     */
    public static Timers onLoopOfTheirOwn(Vertx vertx) {
        return new LoopTimers(((VertxInternal) vertx).createEventLoopContext(), on(vertx));
    }

    /** A timer that is cancelled before it was set is never set. */
    private record LoopTimers(Context loop, Timers timers) implements Timers {
        @Override
        public Timer after(Duration delay, Runnable task) {
            return set(() -> timers.after(delay, task));
        }

        @Override
        public Timer every(Duration period, Runnable task) {
            return set(() -> timers.every(period, task));
        }

        private Timer set(Supplier<Timer> setting) {
            var handle = new Handle(loop);
            loop.runOnContext(on -> handle.set(setting));
            return handle;
        }
    }

    private static final class Handle implements Timer {
        private final Context loop;
        private @Nullable Timer timer; // the loop only
        private volatile boolean cancelled;

        Handle(Context loop) {
            this.loop = loop;
        }

        void set(Supplier<Timer> setting) {
            if (cancelled) return;
            timer = setting.get();
        }

        @Override
        public void cancel() {
            cancelled = true;
            loop.runOnContext(
                    on -> {
                        if (timer != null) timer.cancel();
                    });
        }
    }

    @Override
    public Timer after(Duration delay, Runnable task) {
        var pending = new Pending(vertx, task);
        pending.id = vertx.setTimer(ms(delay), id -> pending.run());
        return pending;
    }

    @Override
    public Timer every(Duration period, Runnable task) {
        var pending = new Pending(vertx, task);
        pending.id = vertx.setPeriodic(ms(period), id -> pending.run());
        return pending;
    }

    /** Rounded up: nothing runs before its time. */
    private static long ms(Duration delay) {
        return Math.max(1, delay.plusNanos(999_999).toMillis());
    }

    private static final class Pending implements Timer {
        private final Vertx vertx;
        private final Runnable task;
        private long id; // the asker's thread only
        private volatile boolean cancelled; // for a task that is on its way to its loop already

        Pending(Vertx vertx, Runnable task) {
            this.vertx = vertx;
            this.task = task;
        }

        void run() {
            if (!cancelled) task.run();
        }

        @Override
        public void cancel() {
            cancelled = true;
            vertx.cancelTimer(id);
        }
    }
}
