package dev.loadline.telemetry;

import dev.loadline.core.WorkClass;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;

import org.jspecify.annotations.Nullable;

import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.TimeUnit;

/** A mailbox's meters, by work class. */
final class MailboxMeter implements MailboxCounters {
    private static final List<String> REASONS =
            List.of("full", "late", "expired", "draining", "share");
    private static final double NANOS_PER_SECOND = 1e9;

    private record OfClass(Timer waits, Map<String, Counter> refused) {}

    private final Map<WorkClass, OfClass> classes = new EnumMap<>(WorkClass.class);
    private final Counter lateResults;
    private final Counter releasedTwice;
    private volatile @Nullable Waiting waiting;

    MailboxMeter(MeterRegistry registry, String mailbox) {
        for (WorkClass workClass : WorkClass.values())
            classes.put(workClass, ofClass(registry, mailbox, workClass));
        this.lateResults =
                Counter.builder("loadline.mailbox.late.results")
                        .description("Results dropped because their asker had given up")
                        .tags("mailbox", mailbox)
                        .register(registry);
        this.releasedTwice =
                Counter.builder("loadline.mailbox.slots.released.twice")
                        .description("Slots given back a second time: a bug")
                        .tags("mailbox", mailbox)
                        .register(registry);
    }

    private OfClass ofClass(MeterRegistry registry, String mailbox, WorkClass workClass) {
        String[] tags = {"mailbox", mailbox, "work_class", workClass.wire()};
        Gauge.builder("loadline.mailbox.depth", () -> depth(workClass))
                .description("Letters that wait")
                .tags(tags)
                .register(registry);
        Gauge.builder("loadline.mailbox.oldest", () -> oldestSeconds(workClass))
                .description("How long the first of them has waited")
                .baseUnit("seconds")
                .tags(tags)
                .register(registry);
        Gauge.builder("loadline.mailbox.overloaded", () -> overloaded(workClass))
                .description(
                        "1 while the class is overloaded: served newest first, lower ones shed")
                .tags(tags)
                .register(registry);
        Gauge.builder("loadline.mailbox.in.work", () -> inWork(workClass))
                .description("Slots that are taken")
                .tags(tags)
                .register(registry);
        Timer waits =
                Timer.builder("loadline.mailbox.wait")
                        .description("How long a letter waited until it was begun")
                        .tags(tags)
                        .serviceLevelObjectives(Buckets.WAITING)
                        .register(registry);
        var refused = new HashMap<String, Counter>();
        for (String reason : REASONS)
            refused.put(
                    reason,
                    Counter.builder("loadline.mailbox.refused")
                            .description("Letters that were refused or given up")
                            .tags(tags)
                            .tag("reason", reason)
                            .register(registry));
        return new OfClass(waits, Map.copyOf(refused));
    }

    private int depth(WorkClass workClass) {
        Waiting now = waiting;
        return now == null ? 0 : now.depth(workClass);
    }

    private double oldestSeconds(WorkClass workClass) {
        Waiting now = waiting;
        return now == null ? 0 : now.oldestNanos(workClass) / NANOS_PER_SECOND;
    }

    private int overloaded(WorkClass workClass) {
        Waiting now = waiting;
        return now != null && now.overloaded(workClass) ? 1 : 0;
    }

    private int inWork(WorkClass workClass) {
        Waiting now = waiting;
        return now == null ? 0 : now.inWork(workClass);
    }

    @Override
    public void watch(Waiting waiting) {
        this.waiting = waiting;
    }

    @Override
    public void waited(WorkClass workClass, long nanos) {
        of(workClass).waits.record(nanos, TimeUnit.NANOSECONDS);
    }

    @Override
    public void refused(WorkClass workClass, String reason) {
        Objects.requireNonNull(of(workClass).refused.get(reason), reason).increment();
    }

    @Override
    public void lateResult() {
        lateResults.increment();
    }

    @Override
    public void releasedTwice() {
        releasedTwice.increment();
    }

    private OfClass of(WorkClass workClass) {
        return Objects.requireNonNull(classes.get(workClass));
    }
}
