package dev.loadline.guard;

import io.vertx.circuitbreaker.CircuitBreaker;
import io.vertx.circuitbreaker.CircuitBreakerOptions;
import io.vertx.circuitbreaker.CircuitBreakerState;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;

import org.jspecify.annotations.Nullable;

import java.time.Duration;
import java.util.concurrent.locks.ReentrantLock;

/**
 * A switch whose position is that of a {@link CircuitBreaker}.
 *
 * <p>The library's breaker is used for what it is good at: to be open, to become half-open after a
 * time, and to let one call through then. Its judgement is not asked: nothing goes through it while
 * it is closed, so nothing is counted; it has no time-out and no retries.
 *
 * <ul>
 *   <li>Each opening is a new breaker: the time until half-open is fixed when one is made, and a
 *       timer of an earlier opening, which the library does not cancel, would end a later one.
 *   <li>A half-open breaker passes one {@code execute} that must complete. Probes without a verdict
 *       follow each other inside the same one, and each has a time by which it has failed.
 *   <li>The library changes its state later, on an event loop, when an {@code execute} completes. A
 *       call that asks meanwhile would be turned away, so a probe that passed closes the breaker by
 *       {@code reset} at once, and one that failed replaces it by one that is open.
 * </ul>
 *
 * <p>Any thread. The timers run on the context of who opens or probes, and end with its verticle.
 */
final class VertxSwitch implements Switch {
    private final Vertx vertx;
    private final String name;
    private final ReentrantLock lock = new ReentrantLock();

    // Behind the lock:
    private CircuitBreaker breaker;
    private long openMs = 1; // how long it was last opened for
    private @Nullable Promise<Void> execution; // the one that it passed
    private @Nullable Trial trial; // who has it

    VertxSwitch(Vertx vertx, String name) {
        this.vertx = vertx;
        this.name = name;
        this.breaker = breaker();
    }

    @Override
    public State state() {
        lock.lock();
        try {
            return switch (breaker.state()) {
                case CLOSED -> State.CLOSED;
                case OPEN -> State.OPEN;
                case HALF_OPEN -> State.HALF_OPEN;
            };
        } finally {
            lock.unlock();
        }
    }

    @Override
    public void open(Duration untilHalfOpen) {
        lock.lock();
        try {
            open(ms(untilHalfOpen));
        } finally {
            lock.unlock();
        }
    }

    @Override
    public @Nullable Probe probe(Duration atMost) {
        lock.lock();
        try {
            if (trial != null || breaker.state() != CircuitBreakerState.HALF_OPEN) return null;
            if (execution == null) {
                Promise<Void> mine = Promise.promise();
                breaker.execute(
                        () -> {
                            execution = mine;
                            return mine.future();
                        });
                if (execution == null) return null;
            }
            var next = new Trial();
            next.timer = vertx.setTimer(ms(atMost), id -> next.end(() -> open(openMs)));
            trial = next;
            return next;
        } finally {
            lock.unlock();
        }
    }

    private void open(long ms) {
        Promise<Void> before = execution;
        endTrial();
        execution = null;
        openMs = ms;
        breaker = breaker();
        breaker.open();
        if (before != null) before.complete(); // only the breaker that is gone hears it
    }

    private void close() {
        breaker.reset();
        Promise<Void> before = execution;
        execution = null;
        if (before != null) before.complete();
    }

    private void endTrial() {
        if (trial == null) return;
        vertx.cancelTimer(trial.timer);
        trial = null;
    }

    private CircuitBreaker breaker() {
        return CircuitBreaker.create(
                name,
                vertx,
                new CircuitBreakerOptions()
                        .setTimeout(-1)
                        .setMaxRetries(0)
                        .setMaxFailures(Integer.MAX_VALUE)
                        .setResetTimeout(openMs)
                        .setNotificationAddress(null));
    }

    /** Rounded up, as no timer is shorter than a millisecond. */
    private static long ms(Duration time) {
        return Math.max(1, time.plusNanos(999_999).toMillis());
    }

    private final class Trial implements Probe {
        private long timer;

        @Override
        public void passed() {
            end(VertxSwitch.this::close);
        }

        @Override
        public void failed(Duration untilHalfOpen) {
            end(() -> open(ms(untilHalfOpen)));
        }

        @Override
        public void undecided() {
            end(() -> {});
        }

        private void end(Runnable word) {
            lock.lock();
            try {
                if (trial != this) return;
                endTrial();
                word.run();
            } finally {
                lock.unlock();
            }
        }
    }
}
