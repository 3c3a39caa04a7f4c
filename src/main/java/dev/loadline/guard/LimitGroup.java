package dev.loadline.guard;

import org.jspecify.annotations.Nullable;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;

/**
 * Who shares a rate limit: one gate, and one lock for the guards behind it. What is to be told to
 * others is kept until the lock is free. Any thread; what says so, under its lock.
 */
final class LimitGroup {
    private final String name;
    private final GuardWorld world;
    private final List<LocalGuard> members = new ArrayList<>(); // complete before the first call
    private final List<Runnable> afterwards = new ArrayList<>(); // under the lock
    private final Object lock = new Object();
    private boolean waking; // under the lock: a timer will look whether there is room
    private long wakesAt;

    final Gate gate;

    LimitGroup(String name, GuardWorld world) {
        this.name = name;
        this.world = world;
        this.gate = new Gate(world.random());
    }

    void add(LocalGuard guard) {
        members.add(guard);
    }

    /** Under the lock. To be done once it is free. */
    void then(Runnable task) {
        afterwards.add(task);
    }

    /** Does it under the lock, and afterwards what is to be told. */
    <T extends @Nullable Object> T locked(Supplier<T> task) {
        T result;
        List<Runnable> told;
        synchronized (lock) {
            result = task.get();
            told = told();
        }
        told.forEach(Runnable::run);
        return result;
    }

    void locked(Runnable task) {
        List<Runnable> told;
        synchronized (lock) {
            task.run();
            told = told();
        }
        told.forEach(Runnable::run);
    }

    private List<Runnable> told() {
        if (afterwards.isEmpty()) return List.of();
        List<Runnable> all = List.copyOf(afterwards);
        afterwards.clear();
        return all;
    }

    /** Under the lock: an answer has closed the gate. */
    void closed(long now) {
        Reason reason = gate.reason();
        long left = gate.closedFor(now);
        if (reason == null || left <= 0) return;
        var item = new News.GateClosed(name, reason, Duration.ofNanos(left));
        then(() -> world.news().tell(item));
        watch(now);
    }

    /** Under the lock: sees to it that who waits hears when time alone makes room. */
    void watch(long now) {
        long in = gate.roomIn(now);
        if (in <= 0 || (waking && wakesAt - now <= in)) return;
        waking = true;
        wakesAt = now + in;
        long at = wakesAt;
        then(() -> world.timers().after(Duration.ofNanos(in), () -> locked(() -> wake(at))));
    }

    private void wake(long at) {
        if (waking && wakesAt == at) waking = false;
        roomCame(world.clock().nanos());
    }

    /** Under the lock: there may be room where there was none. */
    void roomCame(long now) {
        for (LocalGuard member : members) member.roomCame(now);
        watch(now);
    }

    /** Another node's word. */
    void told(News.GateClosed news) {
        locked(
                () -> {
                    long now = world.clock().nanos();
                    gate.told(news.left(), news.reason(), now);
                    watch(now);
                });
    }

    /** Under the lock; null: open. */
    @Nullable Reason reason(long now) {
        return gate.closedFor(now) > 0 ? gate.reason() : null;
    }

    boolean isClosed() {
        return locked(() -> gate.closedFor(world.clock().nanos()) > 0);
    }
}
