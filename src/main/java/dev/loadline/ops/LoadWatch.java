package dev.loadline.ops;

import dev.loadline.core.Timers;
import dev.loadline.core.WorkClass;
import dev.loadline.mailbox.Mailbox;
import dev.loadline.mailbox.MailboxReading;
import dev.loadline.telemetry.LoadMeter;

import org.jspecify.annotations.Nullable;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;

/**
 * Looks twice a second how loaded the node is, says so to the meters, and to the mailbox before new
 * turns how pressed the node is beside it. Any thread.
 */
public final class LoadWatch {
    private static final Duration EVERY = Duration.ofMillis(500);

    private final Mailbox<?, ?> turns;
    private final LoadLevel.Marks marks;
    private final Supplier<List<Double>> lagsMs;
    private final Supplier<@Nullable Double> heap;
    private final LoadMeter meter;

    /**
     * @param turns the mailbox before new turns
     * @param lagsMs of each loop that has been measured
     * @param heap what was in use after the last collection, as a share of the maximum; null: there
     *     was none
     */
    public LoadWatch(
            Mailbox<?, ?> turns,
            LoadLevel.Marks marks,
            Supplier<List<Double>> lagsMs,
            Supplier<@Nullable Double> heap,
            LoadMeter meter) {
        this.turns = turns;
        this.marks = marks;
        this.lagsMs = lagsMs;
        this.heap = heap;
        this.meter = meter;
    }

    /** Looks from now on, until the timer is cancelled or its loop ends. */
    public Timers.Timer keep(Timers timers) {
        return timers.every(EVERY, this::look);
    }

    private void look() {
        LoadLevel now = level();
        Map<String, Double> causes = new TreeMap<>();
        now.causes().forEach((cause, level) -> causes.put(cause.wire(), level));
        meter.looked(now.level(), causes);
        turns.press(now.pressure());
    }

    /** As it is now. */
    public LoadLevel level() {
        MailboxReading reading = turns.reading();
        Double lag = lagsMs.get().stream().max(Double::compare).orElse(null);
        var signals = new LoadLevel.Signals(reading.inWork(), waitMs(reading), lag, heap.get());
        return LoadLevel.of(signals, marks);
    }

    /** What the first waits already, or the next one would: by the median time a slot is held. */
    private double waitMs(MailboxReading reading) {
        double oldest = TimeUnit.NANOSECONDS.toMicros(turns.oldestNanos(WorkClass.INTERACTIVE));
        Double service = reading.serviceP50Ms();
        if (service == null || reading.inWork() < reading.limit()) return oldest / 1000;
        int before = turns.depth(WorkClass.CONTROL) + turns.depth(WorkClass.INTERACTIVE);
        return Math.max(oldest / 1000, (before + 1) * service / reading.limit());
    }
}
