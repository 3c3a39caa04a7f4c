package dev.loadline.transport;

import io.vertx.core.Context;
import io.vertx.core.Vertx;

import org.jspecify.annotations.Nullable;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * The readers of a node whose connection takes nothing of what is there for them, and what each
 * holds. When memory is short those are cut that hold most, until there is room: one that reads,
 * however slowly, is left alone, and one that is cut resumes at its cursor. Any thread.
 */
final class Stalls {
    /** From this share of the memory in use on readers are cut; at 1 all that hold any. */
    static final double MARK = 0.8;

    /** Who took something this short ago is a reader. */
    static final Duration GRACE = Duration.ofSeconds(2);

    private static final Duration ROUND = Duration.ofSeconds(1);

    /** One reader that is stalled, until {@link Stalls#end}. */
    static final class Stall {
        private final long held;
        private final Runnable cut;
        private final @Nullable Context loop;
        private volatile long takenNanos;

        Stall(long held, long nowNanos, Runnable cut) {
            this.held = held;
            this.cut = cut;
            this.loop = Vertx.currentContext();
            this.takenNanos = nowNanos;
        }

        /** The client took something. */
        void took(long nowNanos) {
            takenNanos = nowNanos;
        }

        long held() {
            return held;
        }

        boolean lasts(long nowNanos) {
            return nowNanos - takenNanos >= GRACE.toNanos();
        }

        private void cut() {
            if (loop == null) cut.run();
            else loop.runOnContext(on -> cut.run());
        }
    }

    private final Set<Stall> all = ConcurrentHashMap.newKeySet();
    private final Object lock = new Object();
    private @Nullable Long roundNanos; // of the last; under the lock
    private double cutAt = Double.NaN; // the share at which was cut last; under the lock

    /**
     * A reader stalls.
     *
     * @param held bytes it keeps in memory
     * @param cut ends it, unless it has begun to take again; on the loop that calls this
     */
    Stall begin(long held, long nowNanos, Runnable cut) {
        var stall = new Stall(held, nowNanos, cut);
        all.add(stall);
        return stall;
    }

    void end(Stall stall) {
        all.remove(stall);
    }

    int size() {
        return all.size();
    }

    /**
     * Cuts whom it must, once a second at most, however many loops ask. A share that is the same as
     * at the last cut is a reading that has not been renewed since (the heap's is, by collections):
     * it says nothing about what that cut has brought.
     *
     * @param share of the memory in use, 0..1
     */
    void relieve(double share, long nowNanos) {
        synchronized (lock) {
            if (roundNanos != null && nowNanos - roundNanos < ROUND.toNanos()) return;
            roundNanos = nowNanos;
            if (share == cutAt) return;
            cutAt = share < MARK ? Double.NaN : share;
        }
        if (share >= MARK) for (Stall each : chosen(all, share, nowNanos)) each.cut();
    }

    /**
     * Whom to cut: the largest first, until they hold that part of all stalled bytes by which the
     * share is past the mark on its way to 1; at least one.
     */
    static List<Stall> chosen(Collection<Stall> stalled, double share, long nowNanos) {
        if (share < MARK) return List.of();
        List<Stall> candidates =
                stalled.stream()
                        .filter(each -> each.lasts(nowNanos))
                        .sorted(Comparator.comparingLong(Stall::held).reversed())
                        .toList();
        double part = Math.min(1, (share - MARK) / (1 - MARK));
        double goal = part * candidates.stream().mapToLong(Stall::held).sum();
        List<Stall> chosen = new ArrayList<>();
        long sum = 0;
        for (Stall each : candidates) {
            if (!chosen.isEmpty() && sum >= goal) break;
            chosen.add(each);
            sum += each.held();
        }
        return chosen;
    }
}
