package dev.loadline.load.scenario;

import dev.loadline.load.bench.Spread;
import dev.loadline.load.process.ServerUnderTest;
import dev.loadline.load.report.Plot.Point;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.LockSupport;
import java.util.function.ToDoubleFunction;

/** A server's gauges, read once a second. For one thread. */
final class Watch {
    private static final long EVERY_NANOS = Duration.ofSeconds(1).toNanos();

    /** What was held so long after the run's zero. */
    record Moment(double seconds, Holdings held) {}

    private final ServerUnderTest server;
    private final long zeroNanos;
    private final List<Moment> moments = new ArrayList<>();

    Watch(ServerUnderTest server, long zeroNanos) {
        this.server = server;
        this.zeroNanos = zeroNanos;
    }

    /** Reads until so long after the run's zero. */
    void until(Duration end) {
        for (long left = left(end); left > 0; left = left(end)) {
            now();
            LockSupport.parkNanos(Math.min(EVERY_NANOS, left));
        }
    }

    /** One more reading. */
    Holdings now() {
        Holdings held = Holdings.of(server);
        moments.add(new Moment((System.nanoTime() - zeroNanos) / 1e9, held));
        return held;
    }

    /** The least and the most of a gauge between two times of the run. */
    Spread between(Duration from, Duration to, ToDoubleFunction<Holdings> gauge) {
        return Spread.of(
                moments.stream()
                        .filter(it -> it.seconds * 1e9 >= from.toNanos())
                        .filter(it -> it.seconds * 1e9 <= to.toNanos())
                        .mapToDouble(it -> gauge.applyAsDouble(it.held))
                        .toArray());
    }

    List<Point> points(ToDoubleFunction<Holdings> gauge) {
        return moments.stream()
                .map(it -> new Point(it.seconds, gauge.applyAsDouble(it.held)))
                .toList();
    }

    private long left(Duration end) {
        return zeroNanos + end.toNanos() - System.nanoTime();
    }
}
