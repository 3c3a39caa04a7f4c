package dev.loadline.store;

import dev.loadline.core.Clock;

import org.jspecify.annotations.Nullable;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/**
 * What waits for the database: two bounded lines, the urgent one first. Any thread offers.
 *
 * <p>While the oldest has waited too long nothing is taken but what is urgent. What has waited five
 * times that (the disk hangs) is refused after all: it was not begun.
 */
final class AskQueue {
    private static final int GIVE_UP_FACTOR = 5;

    private final int max;
    private final long waitMaxNanos;
    private final Clock clock;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition some = lock.newCondition();
    private final ArrayDeque<Ask<?>> urgent = new ArrayDeque<>(); // under the lock, as all below
    private final ArrayDeque<Ask<?>> others = new ArrayDeque<>();
    private boolean closed;
    private long refused;

    /**
     * @param max in each line
     */
    AskQueue(int max, Duration waitMax, Clock clock) {
        this.max = max;
        this.waitMaxNanos = waitMax.toNanos();
        this.clock = clock;
    }

    /** Takes it, or fails it at once. */
    void offer(Ask<?> ask, boolean isUrgent) {
        var givenUp = new ArrayList<Ask<?>>();
        String refusal;
        lock.lock();
        try {
            long now = clock.nanos();
            giveUp(urgent, now, givenUp);
            giveUp(others, now, givenUp);
            refusal = refusal(isUrgent, now);
            if (refusal == null) {
                (isUrgent ? urgent : others).add(ask);
                some.signal();
            } else refused++;
            refused += givenUp.size();
        } finally {
            lock.unlock();
        }
        if (refusal != null) ask.fail(new StoreFailure(StoreFailure.Kind.NOT_DONE, refusal, null));
        failAll(givenUp);
    }

    /** Refuses after all what has waited too long, though nothing new is offered. */
    void giveUpOld() {
        var givenUp = new ArrayList<Ask<?>>();
        lock.lock();
        try {
            long now = clock.nanos();
            giveUp(urgent, now, givenUp);
            giveUp(others, now, givenUp);
            refused += givenUp.size();
        } finally {
            lock.unlock();
        }
        failAll(givenUp);
    }

    private static void failAll(List<Ask<?>> givenUp) {
        for (Ask<?> each : givenUp) {
            each.fail(
                    new StoreFailure(
                            StoreFailure.Kind.NOT_DONE, "store busy: waited too long", null));
        }
    }

    private void giveUp(ArrayDeque<Ask<?>> line, long now, List<Ask<?>> to) {
        while (!line.isEmpty()
                && line.peekFirst().waitedNanos(now) > GIVE_UP_FACTOR * waitMaxNanos) {
            to.add(line.removeFirst());
        }
    }

    private @Nullable String refusal(boolean isUrgent, long now) {
        if (closed) return "the store is closed";
        if ((isUrgent ? urgent : others).size() >= max) return "store busy: too many wait";
        if (!isUrgent && oldestNanos(now) > waitMaxNanos) {
            return "store busy: the oldest has waited too long";
        }
        return null;
    }

    private long oldestNanos(long now) {
        Ask<?> first = urgent.peekFirst();
        Ask<?> other = others.peekFirst();
        return Math.max(
                first == null ? 0 : first.waitedNanos(now),
                other == null ? 0 : other.waitedNanos(now));
    }

    /** The next, waiting for it at most this long; null if there is none, or it was closed. */
    @Nullable Ask<?> take(Duration atMost) throws InterruptedException {
        lock.lock();
        try {
            long left = atMost.toNanos();
            while (urgent.isEmpty() && others.isEmpty()) {
                if (closed || left <= 0) return null;
                left = some.awaitNanos(left);
            }
            return next();
        } finally {
            lock.unlock();
        }
    }

    /** The next, if there is one now. */
    @Nullable Ask<?> poll() {
        lock.lock();
        try {
            return next();
        } finally {
            lock.unlock();
        }
    }

    private @Nullable Ask<?> next() {
        Ask<?> first = urgent.pollFirst();
        return first == null ? others.pollFirst() : first;
    }

    /** All that wait now. */
    List<Ask<?>> drain() {
        lock.lock();
        try {
            var all = new ArrayList<Ask<?>>(urgent);
            all.addAll(others);
            urgent.clear();
            others.clear();
            return all;
        } finally {
            lock.unlock();
        }
    }

    /** Takes nothing more; what waits can still be taken out. */
    void close() {
        lock.lock();
        try {
            closed = true;
            some.signalAll();
        } finally {
            lock.unlock();
        }
    }

    boolean over() {
        lock.lock();
        try {
            return closed && urgent.isEmpty() && others.isEmpty();
        } finally {
            lock.unlock();
        }
    }

    /** How it stands. */
    record Standing(int waiting, long oldestMs, long refused) {}

    Standing standing() {
        lock.lock();
        try {
            return new Standing(
                    urgent.size() + others.size(),
                    TimeUnit.NANOSECONDS.toMillis(oldestNanos(clock.nanos())),
                    refused);
        } finally {
            lock.unlock();
        }
    }
}
