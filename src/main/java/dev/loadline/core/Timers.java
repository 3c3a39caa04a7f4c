package dev.loadline.core;

import java.time.Duration;

/** Runs things later, on the thread (event loop) that asked. */
public interface Timers {
    /** Runs {@code task} once, {@code delay} from now (at least 1 ms). */
    Timer after(Duration delay, Runnable task);

    /** Runs {@code task} every {@code period} until cancelled, first after one period. */
    Timer every(Duration period, Runnable task);

    /** A pending task. */
    interface Timer {
        /** The task does not run after this returns; on an ended timer it does nothing. */
        void cancel();
    }
}
