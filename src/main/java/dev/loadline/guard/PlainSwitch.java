package dev.loadline.guard;

import dev.loadline.core.Clock;

import org.jspecify.annotations.Nullable;

import java.time.Duration;
import java.util.concurrent.locks.ReentrantLock;

/** A switch by the clock alone, for where no Vert.x is. */
final class PlainSwitch implements Switch {
    private final Clock clock;
    private final ReentrantLock lock = new ReentrantLock();

    // Behind the lock:
    private State state = State.CLOSED;
    private long openNanos; // how long it was last opened for
    private long due; // open: of half-open; half-open: of the probe's end
    private @Nullable Trial trial;

    PlainSwitch(Clock clock) {
        this.clock = clock;
    }

    @Override
    public State state() {
        lock.lock();
        try {
            settle(clock.nanos());
            return state;
        } finally {
            lock.unlock();
        }
    }

    @Override
    public void open(Duration untilHalfOpen) {
        lock.lock();
        try {
            open(untilHalfOpen.toNanos(), clock.nanos());
        } finally {
            lock.unlock();
        }
    }

    @Override
    public @Nullable Probe probe(Duration atMost) {
        lock.lock();
        try {
            long now = clock.nanos();
            settle(now);
            if (state != State.HALF_OPEN || trial != null) return null;
            due = now + atMost.toNanos();
            trial = new Trial();
            return trial;
        } finally {
            lock.unlock();
        }
    }

    private void open(long nanos, long from) {
        state = State.OPEN;
        openNanos = nanos;
        due = from + nanos;
        trial = null;
    }

    private void settle(long now) {
        if (trial != null && now - due >= 0) open(openNanos, due);
        if (state == State.OPEN && now - due >= 0) state = State.HALF_OPEN;
    }

    private final class Trial implements Probe {
        @Override
        public void passed() {
            end(() -> state = State.CLOSED);
        }

        @Override
        public void failed(Duration untilHalfOpen) {
            end(() -> open(untilHalfOpen.toNanos(), clock.nanos()));
        }

        @Override
        public void undecided() {
            end(() -> {});
        }

        private void end(Runnable word) {
            lock.lock();
            try {
                settle(clock.nanos());
                if (trial != this) return;
                trial = null;
                word.run();
            } finally {
                lock.unlock();
            }
        }
    }
}
