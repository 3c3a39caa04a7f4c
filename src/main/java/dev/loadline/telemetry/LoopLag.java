package dev.loadline.telemetry;

import dev.loadline.core.Clock;
import dev.loadline.core.Timers;

import org.jspecify.annotations.Nullable;

import java.time.Duration;

/**
 * Measures how late a 20 ms timer fires on one event loop: what every task of that loop waits. It
 * is started and stopped on that loop; read on any thread.
 */
public final class LoopLag {
    private static final Duration PERIOD = Duration.ofMillis(20);
    private static final int SAMPLES = 50; // of a second
    private static final double SIGNAL = 0.9;

    private final Clock clock;
    private final Timers timers;
    private final Metrics metrics;
    private final RecentTimes recent = new RecentTimes(SAMPLES); // under its own lock
    private Timers.@Nullable Timer next; // this loop
    private boolean stopped; // this loop

    private LoopLag(Clock clock, Timers timers, Metrics metrics) {
        this.clock = clock;
        this.timers = timers;
        this.metrics = metrics;
    }

    /** Begins on the caller's event loop. */
    public static LoopLag start(Clock clock, Timers timers, Metrics metrics) {
        var probe = new LoopLag(clock, timers, metrics);
        probe.arm();
        return probe;
    }

    private void arm() {
        long due = clock.nanos() + PERIOD.toNanos();
        next = timers.after(PERIOD, () -> fired(due));
    }

    private void fired(long due) {
        long late = Math.max(0, clock.nanos() - due);
        synchronized (recent) {
            recent.add(late);
        }
        metrics.loopLag(Duration.ofNanos(late));
        if (!stopped) arm();
    }

    /** Nine of ten probes of the last second were at most this late; null before the first. */
    public @Nullable Double recentMs() {
        RecentTimes.Sorted sorted;
        synchronized (recent) {
            sorted = recent.sorted();
        }
        return sorted.quantileMs(SIGNAL);
    }

    public void stop() {
        stopped = true;
        if (next != null) next.cancel();
    }
}
