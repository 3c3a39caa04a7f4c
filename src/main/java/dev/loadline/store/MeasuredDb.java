package dev.loadline.store;

import dev.loadline.core.Clock;
import dev.loadline.core.Outcome;
import dev.loadline.core.WorkClass;
import dev.loadline.guard.DependencyKind;
import dev.loadline.guard.GuardPolicy;
import dev.loadline.guard.GuardReading;
import dev.loadline.telemetry.DependencyMeter;
import dev.loadline.telemetry.RecentTimes;

import io.vertx.core.Future;

import org.jspecify.annotations.Nullable;

import java.time.Duration;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.function.Function;

/**
 * A database whose calls are counted and timed, from being asked to being answered, so that it can
 * be shown among the dependencies. It has a deadline and a bounded queue of its own and no guard:
 * one slow disk flush must not open a breaker before everything. Any thread.
 */
public final class MeasuredDb implements Db, DependencyMeter.Guarded {
    /** Its name among the dependencies. */
    public static final String NAME = "store";

    /** What a commit, its wait for a group included, takes at most on a disk that is well. */
    private static final Duration NORMAL = Duration.ofMillis(10);

    private static final int KEPT = 512;
    private static final double NANOS_PER_MS = 1e6;

    private final Db db;
    private final int queueMax;
    private final Duration waitMax;
    private final Clock clock;
    private final DependencyMeter meter;
    private final AtomicInteger inFlight = new AtomicInteger();
    private final RecentTimes times = new RecentTimes(KEPT); // under its own lock
    private long calls; // likewise
    private long answered; // likewise

    /**
     * @param meter of the dependency {@link #NAME}
     */
    public MeasuredDb(Db db, SqliteSettings settings, Clock clock, DependencyMeter meter) {
        this.db = db;
        this.queueMax = settings.queueMax();
        this.waitMax = settings.waitMax();
        this.clock = clock;
        this.meter = meter;
    }

    @Override
    public <T> Future<T> write(
            WorkClass workClass, Function<Tx, Future<T>> work, @Nullable Consumer<T> done) {
        long asked = begun();
        return db.write(workClass, work, done).andThen(end -> ended(asked, end.cause()));
    }

    @Override
    public <T> Future<T> read(Function<Tx, Future<T>> work) {
        long asked = begun();
        return db.read(work).andThen(done -> ended(asked, done.cause()));
    }

    private long begun() {
        inFlight.incrementAndGet();
        return clock.nanos();
    }

    /** What the work itself threw says nothing of the database: that has answered. */
    private void ended(long askedNanos, @Nullable Throwable cause) {
        inFlight.decrementAndGet();
        long took = clock.nanos() - askedNanos;
        boolean failed = cause instanceof StoreFailure;
        Outcome<?> outcome =
                failed ? new Outcome.Unavailable<>("the store failed") : new Outcome.Ok<>(NAME);
        meter.ended(outcome, Duration.ofNanos(took));
        synchronized (times) {
            calls++;
            if (failed) return;
            answered++;
            times.add(took);
        }
    }

    @Override
    public Dialect dialect() {
        return db.dialect();
    }

    @Override
    public Future<Void> close() {
        return db.close();
    }

    /** As a guard's, without a breaker, a gate and a retry; its limit is its queue. */
    public GuardReading reading() {
        RecentTimes.Sorted recent;
        long made;
        long good;
        synchronized (times) {
            recent = times.sorted();
            made = calls;
            good = answered;
        }
        var policy =
                new GuardPolicy(
                        NAME,
                        DependencyKind.STORE,
                        true,
                        NAME,
                        NORMAL,
                        Duration.ZERO,
                        true,
                        true,
                        GuardPolicy.Settings.DEFAULT);
        return new GuardReading(
                policy,
                NORMAL.toNanos() / NANOS_PER_MS,
                recent.quantileMs(0.5),
                recent.quantileMs(0.95),
                recent.quantileMs(0.99),
                Math.min(good, KEPT),
                waitMax.toMillis(),
                "none",
                0,
                null,
                queueMax,
                inFlight(),
                meter.calls(),
                made,
                made,
                null,
                Map.of(),
                0,
                false,
                false);
    }

    @Override
    public double timeoutSeconds() {
        return waitMax.toMillis() / 1e3;
    }

    @Override
    public double timeoutToNormal() {
        return (double) waitMax.toNanos() / NORMAL.toNanos();
    }

    @Override
    public int breaker() {
        return 0;
    }

    @Override
    public int limit() {
        return queueMax;
    }

    @Override
    public int inFlight() {
        return inFlight.get();
    }

    @Override
    public double amplification() {
        return Double.NaN;
    }
}
