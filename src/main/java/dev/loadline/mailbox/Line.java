package dev.loadline.mailbox;

import dev.loadline.core.Deadline;
import dev.loadline.core.WorkClass;
import dev.loadline.telemetry.RecentTimes;

import org.jspecify.annotations.Nullable;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.EnumMap;
import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;

/**
 * What a mailbox decides: who waits, who may begin, who is refused. State and time go in, what to
 * do comes out; it does nothing itself. Between calls, letters wait only while all slots are taken.
 *
 * <p>Not thread-safe: its mailbox calls it under one lock.
 */
final class Line<T> {
    static final String EXPIRED = "expired";

    private static final int SAMPLES = 512;
    private static final Duration RETRY_UNKNOWN = Duration.ofSeconds(1);
    private static final Duration RETRY_MIN = Duration.ofMillis(100);
    private static final Duration RETRY_MAX = Duration.ofSeconds(60);
    static final Duration RETRY_DRAINING = Duration.ofSeconds(2);

    /** A letter that waits or, if its asker still wants to know, is in work. */
    static final class Entry<T> {
        final T item;
        final WorkClass workClass;
        final boolean asked;
        private final long number;
        private final long arrivedNanos;
        private final Deadline deadline;
        private final @Nullable Deadline bound;
        private long waitedNanos;
        private Slots.@Nullable Held slot; // once it has begun

        private Entry(
                Line<T> line,
                T item,
                WorkClass workClass,
                Deadline deadline,
                boolean asked,
                long now) {
            this.item = item;
            this.workClass = workClass;
            this.asked = asked;
            this.number = line.numbers++;
            this.arrivedNanos = now;
            this.deadline = deadline;
            Duration wait = line.policy.wait(workClass);
            this.bound = wait == null ? null : new Deadline(now + wait.toNanos());
        }

        /** How long it waited; settled when it left the line. */
        long waitedNanos() {
            return waitedNanos;
        }

        boolean begun() {
            return slot != null;
        }

        Slots.Held slot() {
            return Objects.requireNonNull(slot, "a letter has a slot once it has begun");
        }

        private boolean late(long now) {
            return bound != null && bound.passed(now);
        }
    }

    /** What the door says. */
    sealed interface Door<T> {
        record Begin<T>(Entry<T> entry) implements Door<T> {}

        record Wait<T>(int depth) implements Door<T> {}

        record Refuse<T>(Refusal reason, Duration retryAfter) implements Door<T> {}

        /** Its deadline had passed when it came. */
        record Expire<T>() implements Door<T> {}
    }

    /** What to do now: begin these, and tell the others that they waited too long. */
    record Due<T>(
            List<Entry<T>> begin,
            List<Entry<T>> late,
            List<Entry<T>> expired,
            Duration retryAfter) {}

    /** The answer of an entry is there. {@code open}: its asker has not been told anything yet. */
    record Ended<T>(boolean open, Due<T> due) {}

    private final MailboxPolicy policy;
    private final Map<WorkClass, Deque<Entry<T>>> waiting = new EnumMap<>(WorkClass.class);
    private final Set<Entry<T>> awaited = new LinkedHashSet<>(); // in work, asker not answered yet
    private final RecentTimes waits = new RecentTimes(SAMPLES);
    private final Slots slots;
    private final Map<WorkClass, Map<String, Long>> refused = new EnumMap<>(WorkClass.class);
    private long numbers;
    private boolean draining;

    Line(MailboxPolicy policy) {
        this.policy = policy;
        this.slots = new Slots(policy.concurrency(), SAMPLES);
        for (WorkClass workClass : WorkClass.values()) {
            waiting.put(workClass, new ArrayDeque<>());
            refused.put(workClass, new TreeMap<>());
        }
    }

    Door<T> offer(T item, WorkClass workClass, Deadline deadline, boolean asked, long now) {
        if (deadline.passed(now)) {
            count(workClass, EXPIRED);
            return new Door.Expire<>();
        }
        if (draining && workClass != WorkClass.CONTROL)
            return refuse(workClass, Refusal.DRAINING, RETRY_DRAINING);
        var entry = new Entry<>(this, item, workClass, deadline, asked, now);
        if (slots.anyFree()) return new Door.Begin<>(begin(entry, now));
        if (entry.late(now)) return refuse(workClass, Refusal.LATE, retryAfter());
        if (!hasRoom(workClass)) return refuse(workClass, Refusal.FULL, retryAfter());
        queue(workClass).add(entry);
        return new Door.Wait<>(depth());
    }

    private Door<T> refuse(WorkClass workClass, Refusal reason, Duration retryAfter) {
        count(workClass, reason.wire());
        return new Door.Refuse<>(reason, retryAfter);
    }

    private void count(WorkClass workClass, String reason) {
        Objects.requireNonNull(refused.get(workClass)).merge(reason, 1L, Long::sum);
    }

    private boolean hasRoom(WorkClass workClass) {
        int own = policy.controlRoom();
        if (workClass == WorkClass.CONTROL) return depth() < policy.capacity() + own;
        return depth() - Math.min(own, depth(WorkClass.CONTROL)) < policy.capacity();
    }

    private Entry<T> begin(Entry<T> entry, long now) {
        left(entry, now);
        entry.slot = slots.forLetter(now);
        if (entry.asked) awaited.add(entry);
        return entry;
    }

    private void left(Entry<T> entry, long now) {
        entry.waitedNanos = now - entry.arrivedNanos;
        waits.add(entry.waitedNanos);
    }

    // --- slots

    Slots slots() {
        return slots;
    }

    /** Null: the slot was given back before. */
    @Nullable Due<T> release(Slots.Held slot, long now) {
        return switch (slots.release(slot, now)) {
            case NOW -> due(now);
            case SOON -> nothing();
            case TWICE -> null;
        };
    }

    /** The service has returned: a release that it called itself counts from here on. */
    Due<T> handled(Slots.Held slot, long now) {
        return slots.handled(slot, now) ? due(now) : nothing();
    }

    Ended<T> answered(Entry<T> entry, long now) {
        boolean open = awaited.remove(entry);
        return new Ended<>(open, slots.answered(entry.slot(), now) ? due(now) : nothing());
    }

    private Due<T> nothing() {
        return new Due<>(List.of(), List.of(), List.of(), Duration.ZERO);
    }

    // --- time

    /** Looks for what waited too long, and for askers whose deadline passed during the work. */
    Due<T> sweep(long now) {
        Due<T> due = due(now);
        for (Deque<Entry<T>> queue : waiting.values()) {
            for (Iterator<Entry<T>> all = queue.iterator(); all.hasNext(); ) {
                Entry<T> entry = all.next();
                if (giveUp(entry, due, now)) all.remove();
            }
        }
        for (Iterator<Entry<T>> all = awaited.iterator(); all.hasNext(); ) {
            Entry<T> entry = all.next();
            if (!entry.deadline.passed(now)) continue;
            count(entry.workClass, EXPIRED);
            due.expired.add(entry);
            all.remove();
        }
        return due;
    }

    private Due<T> due(long now) {
        var due = new Due<T>(new ArrayList<>(), new ArrayList<>(), new ArrayList<>(), retryAfter());
        while (slots.anyFree()) {
            Deque<Entry<T>> queue = firstQueue();
            if (queue == null) break;
            Entry<T> first = queue.remove();
            if (!giveUp(first, due, now)) due.begin.add(begin(first, now));
        }
        return due;
    }

    private boolean giveUp(Entry<T> entry, Due<T> due, long now) {
        if (entry.deadline.passed(now)) {
            count(entry.workClass, EXPIRED);
            due.expired.add(entry);
        } else if (entry.late(now)) {
            count(entry.workClass, Refusal.LATE.wire());
            due.late.add(entry);
        } else {
            return false;
        }
        left(entry, now);
        return true;
    }

    /** The queue whose head goes next: control's, else that of the one that came first. */
    private @Nullable Deque<Entry<T>> firstQueue() {
        Deque<Entry<T>> control = queue(WorkClass.CONTROL);
        if (!control.isEmpty()) return control;
        Deque<Entry<T>> first = null;
        for (Deque<Entry<T>> queue : waiting.values()) {
            if (queue.isEmpty()) continue;
            if (first == null || queue.element().number < first.element().number) first = queue;
        }
        return first;
    }

    void drain() {
        draining = true;
    }

    /** True while someone waits whom only time may end. */
    boolean needsSweep() {
        return depth() > 0 || !awaited.isEmpty();
    }

    int depth() {
        int sum = 0;
        for (Deque<Entry<T>> queue : waiting.values()) sum += queue.size();
        return sum;
    }

    int depth(WorkClass workClass) {
        return queue(workClass).size();
    }

    List<RefusedReading> refused(String mailbox) {
        var all = new ArrayList<RefusedReading>();
        refused.forEach(
                (workClass, reasons) ->
                        reasons.forEach(
                                (why, count) ->
                                        all.add(
                                                new RefusedReading(
                                                        mailbox, workClass, why, count))));
        return all;
    }

    long oldestNanos(WorkClass workClass, long now) {
        Entry<T> first = queue(workClass).peek();
        return first == null ? 0 : now - first.arrivedNanos;
    }

    /** How it is at one moment; to be finished without the lock. */
    record Snapshot(
            int depth,
            int inWork,
            long oldestNanos,
            RecentTimes.Sorted waits,
            RecentTimes.Sorted services) {
        MailboxReading finish(String name, MailboxPolicy policy) {
            return new MailboxReading(
                    name,
                    depth,
                    policy.capacity() + policy.controlRoom(),
                    inWork,
                    policy.concurrency(),
                    TimeUnit.NANOSECONDS.toMillis(oldestNanos),
                    waits.quantileMs(0.50),
                    waits.quantileMs(0.99),
                    services.quantileMs(0.50));
        }
    }

    Snapshot snapshot(long now) {
        long oldest = 0;
        for (WorkClass workClass : WorkClass.values())
            oldest = Math.max(oldest, oldestNanos(workClass, now));
        return new Snapshot(depth(), slots.taken(), oldest, waits.sorted(), slots.times().sorted());
    }

    /** When a newcomer may find a slot: what stands before it, at the mean pace. */
    private Duration retryAfter() {
        long mean = slots.times().mean();
        if (mean == 0) return RETRY_UNKNOWN;
        double nanos = (double) mean * (depth() + 1) / policy.concurrency();
        if (nanos >= RETRY_MAX.toNanos()) return RETRY_MAX;
        return Duration.ofNanos(Math.max(RETRY_MIN.toNanos(), (long) nanos));
    }

    private Deque<Entry<T>> queue(WorkClass workClass) {
        return Objects.requireNonNull(waiting.get(workClass));
    }
}
