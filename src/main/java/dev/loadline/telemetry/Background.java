package dev.loadline.telemetry;

import dev.loadline.core.Clock;
import dev.loadline.core.Rfc3339;

import io.vertx.core.Future;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;

/**
 * The only way to start work that nobody waits for: what fails is logged, what succeeds is counted,
 * and the age of what has not ended is known. The work brings its own deadline. Any thread.
 */
public final class Background {
    private static final Logger LOG = LoggerFactory.getLogger(Background.class);

    /**
     * How one kind of work does.
     *
     * @param lastOkAt absent if none succeeded yet
     * @param oldestPendingMs 0 if nothing is under way
     */
    public record OperationReading(
            String name, long ok, long failed, @Nullable String lastOkAt, long oldestPendingMs) {}

    private final Clock clock;
    private final Metrics metrics;
    private final Map<String, Operation> operations = new ConcurrentHashMap<>();

    public Background(Clock clock, Metrics metrics) {
        this.clock = clock;
        this.metrics = metrics;
    }

    /**
     * Starts work at once, on the caller's thread.
     *
     * @param operation what kind of work it is; one of few, it is a label
     */
    public void run(String operation, Supplier<? extends Future<?>> work) {
        Operation kind = operations.computeIfAbsent(operation, Operation::new);
        long number = kind.begun();
        Future<?> done;
        try {
            done = work.get();
        } catch (RuntimeException | Error bug) {
            done = Future.failedFuture(bug);
        }
        done.onComplete(
                result -> kind.ended(number, true), failure -> kind.failed(number, failure));
    }

    /** By name; only what was run at least once. */
    public List<OperationReading> readings() {
        return operations.entrySet().stream()
                .sorted(Map.Entry.comparingByKey())
                .map(operation -> operation.getValue().reading())
                .toList();
    }

    private final class Operation {
        private final String name;
        private final OperationMeter meter;
        // Under its lock:
        private final Map<Long, Long> pending = new LinkedHashMap<>(); // number to start, in order
        private long numbers;
        private long ok;
        private long failed;
        private @Nullable String lastOkAt;

        Operation(String name) {
            this.name = name;
            this.meter = metrics.operation(name);
            meter.watchOldest(this::oldestNanos);
        }

        synchronized long begun() {
            pending.put(++numbers, clock.nanos());
            return numbers;
        }

        void failed(long number, Throwable failure) {
            LOG.warn("background work {} failed", name, failure);
            ended(number, false);
        }

        void ended(long number, boolean succeeded) {
            meter.ended(succeeded);
            settle(number, succeeded);
        }

        private synchronized void settle(long number, boolean succeeded) {
            pending.remove(number);
            if (succeeded) {
                ok++;
                lastOkAt = Rfc3339.of(clock.millis());
            } else {
                failed++;
            }
        }

        private synchronized long oldestNanos() {
            for (long started : pending.values()) return clock.nanos() - started;
            return 0;
        }

        synchronized OperationReading reading() {
            long oldestMs = TimeUnit.NANOSECONDS.toMillis(oldestNanos());
            return new OperationReading(name, ok, failed, lastOkAt, oldestMs);
        }
    }
}
