package dev.loadline.telemetry;

import dev.loadline.core.Clock;
import dev.loadline.core.Timers;

import io.micrometer.core.instrument.Timer;

import org.jspecify.annotations.Nullable;

import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/**
 * Measures how late a 20 ms timer fires on one event loop: what every task of that loop waits. What
 * the garbage collector stopped everything for meanwhile is not the loop's fault and left out. It
 * is started and stopped on that loop; read on any thread.
 */
public final class LoopLag {
    private static final Duration PERIOD = Duration.ofMillis(20);
    private static final int SAMPLES = 50; // of a second
    private static final double SIGNAL = 0.9;

    /** A loop that owes a probe for so long does not run, which a probe of its own can't tell. */
    private static final Duration STANDSTILL = PERIOD.multipliedBy(SAMPLES);

    private final Clock clock;
    private final Timers timers;
    private final LongSupplier pauses;
    private final Timer metric;
    private final RecentTimes recent = new RecentTimes(SAMPLES); // under its own lock
    private int probes; // under that lock
    private volatile long due;
    private long pausedBefore; // this loop
    private Timers.@Nullable Timer next; // this loop
    private boolean stopped; // this loop

    private LoopLag(Clock clock, Timers timers, LongSupplier pauses, Timer metric) {
        this.clock = clock;
        this.timers = timers;
        this.pauses = pauses;
        this.metric = metric;
    }

    /**
     * Begins on the caller's event loop.
     *
     * @param pauses nanoseconds for which the collector has stopped the process so far
     * @param loop its number, for the metric
     */
    public static LoopLag start(
            Clock clock, Timers timers, LongSupplier pauses, Metrics metrics, int loop) {
        var probe = new LoopLag(clock, timers, pauses, metrics.loopLag(loop));
        probe.arm();
        return probe;
    }

    private void arm() {
        pausedBefore = pauses.getAsLong();
        due = clock.nanos() + PERIOD.toNanos();
        next = timers.after(PERIOD, this::fired);
    }

    private void fired() {
        long paused = pauses.getAsLong() - pausedBefore;
        long late = Math.max(0, clock.nanos() - due - paused);
        synchronized (recent) {
            recent.add(late);
            probes++;
        }
        metric.record(late, TimeUnit.NANOSECONDS);
        if (!stopped) arm();
    }

    /**
     * Nine of ten of the last fifty probes were at most this late, so that one long task is no lag;
     * a loop that owes a probe for a second is as late as that already. Null before there were
     * fifty: what a start loads holds each loop for once.
     */
    public @Nullable Double recentMs() {
        RecentTimes.Sorted sorted;
        synchronized (recent) {
            if (probes < SAMPLES) return null;
            sorted = recent.sorted();
        }
        Double signal = sorted.quantileMs(SIGNAL);
        long overdue = clock.nanos() - due;
        if (signal == null || overdue < STANDSTILL.toNanos()) return signal;
        return Math.max(signal, overdue / 1e6);
    }

    public void stop() {
        stopped = true;
        if (next != null) next.cancel();
    }
}
