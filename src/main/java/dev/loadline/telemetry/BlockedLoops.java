package dev.loadline.telemetry;

import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.core.impl.VertxThread;
import io.vertx.core.internal.VertxInternal;
import io.vertx.core.internal.threadchecker.BlockedThreadEvent;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.event.Level;

import java.util.Arrays;
import java.util.Map;
import java.util.WeakHashMap;
import java.util.concurrent.TimeUnit;

/**
 * Counts and logs what Vert.x's own check of its threads finds. A task that holds an event loop for
 * {@value #LOOP_MS} ms is found, ten times a second for as long as it does: so the count's rate
 * tells how much of the time a loop is blocked. The log is told once of a block, and again each
 * time it has become twice as long. Work on a worker thread may take a minute, and is logged only.
 *
 * <p>Thread: the checker's own.
 */
public final class BlockedLoops {
    private static final Logger LOG = LoggerFactory.getLogger(BlockedLoops.class);
    private static final long LOOP_MS = 200;
    private static final long EVERY_MS = 100;
    private static final long GRAVE_MS = 2000; // shorter ones may be a busy machine's
    private static final int FRAMES = 30;

    private final Metrics metrics;
    private final Map<Thread, Long> saidNanos = new WeakHashMap<>(); // how long it was then

    private BlockedLoops(Metrics metrics) {
        this.metrics = metrics;
    }

    /** The options with limits that mean something for event loops. */
    public static VertxOptions limits(VertxOptions options) {
        return new VertxOptions(options)
                .setMaxEventLoopExecuteTime(LOOP_MS)
                .setMaxEventLoopExecuteTimeUnit(TimeUnit.MILLISECONDS)
                .setBlockedThreadCheckInterval(EVERY_MS)
                .setBlockedThreadCheckIntervalUnit(TimeUnit.MILLISECONDS);
    }

    /** Counts from now on; {@code vertx} was made with {@link #limits}. */
    public static void watch(Vertx vertx, Metrics metrics) {
        ((VertxInternal) vertx)
                .blockedThreadChecker()
                .setThreadBlockedHandler(new BlockedLoops(metrics)::blocked);
    }

    private void blocked(BlockedThreadEvent event) {
        boolean loop = !(event.thread() instanceof VertxThread known && known.isWorker());
        if (loop) metrics.loopBlocked();
        Long said = saidNanos.get(event.thread());
        if (said != null && said <= event.duration() && event.duration() < 2 * said) return;
        saidNanos.put(event.thread(), event.duration());
        long ms = event.duration() / 1_000_000;
        LOG.atLevel(ms < GRAVE_MS ? Level.INFO : Level.WARN)
                .setCause(where(event.thread()))
                .log("{} is held by one task for {} ms so far", event.thread().getName(), ms);
    }

    private static Throwable where(Thread thread) {
        StackTraceElement[] all = thread.getStackTrace();
        var where = new Throwable("where it is");
        where.setStackTrace(Arrays.copyOf(all, Math.min(all.length, FRAMES)));
        return where;
    }
}
