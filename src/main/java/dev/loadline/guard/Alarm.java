package dev.loadline.guard;

import dev.loadline.core.Clock;
import dev.loadline.core.Timers;

import java.time.Duration;

/**
 * A time-out. If it fires late, our own thread was held up, and what it waits for may be there
 * already: then the sockets are read before it rings. One thread.
 */
final class Alarm {
    private static final long LATE_NANOS = Duration.ofMillis(20).toNanos();
    private static final Duration ONE_LOOK = Duration.ofMillis(1);

    private final Clock clock;
    private final Timers timers;
    private final long atNanos;
    private final Runnable ring;
    private Timers.Timer timer;

    Alarm(Clock clock, Timers timers, Duration length, Runnable ring) {
        this.clock = clock;
        this.timers = timers;
        this.atNanos = clock.nanos() + length.toNanos();
        this.ring = ring;
        this.timer = timers.after(length, this::due);
    }

    private void due() {
        if (clock.nanos() - atNanos <= LATE_NANOS) ring.run();
        else timer = timers.after(ONE_LOOK, ring);
    }

    void cancel() {
        timer.cancel();
    }
}
