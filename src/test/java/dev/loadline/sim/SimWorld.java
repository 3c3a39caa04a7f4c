package dev.loadline.sim;

import dev.loadline.core.Clock;
import dev.loadline.core.Timers;

import org.jspecify.annotations.Nullable;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.PriorityQueue;
import java.util.SplittableRandom;
import java.util.function.BooleanSupplier;

/**
 * One thread, one seed, one queue of events: time passes only from event to event, so that a seed
 * is a whole story that can be told again.
 */
final class SimWorld implements Clock {
    private static final long EPOCH_MS = 1_790_000_000_000L;

    private record Event(long at, long number, Place place, String what, Runnable run) {}

    /**
     * Something that can be slow or dead: its events wait while it is paused, and vanish once it is
     * dead.
     */
    static final class Place {
        final String name;
        private long pausedUntil;
        private long stoodUntil;
        private boolean dead;
        private int armed;

        Place(String name) {
            this.name = name;
        }

        void pauseUntil(long nanos) {
            pausedUntil = nanos;
            stoodUntil = Math.max(stoodUntil, nanos);
        }

        /** When the last of what its pauses held up was, or will be, done. */
        long stoodUntil() {
            return stoodUntil;
        }

        /** Timers that will fire once, if nobody cancels them. */
        int armed() {
            return armed;
        }

        void die() {
            dead = true;
        }

        boolean dead() {
            return dead;
        }
    }

    final SplittableRandom random;
    final Place outside = new Place("outside");
    private final PriorityQueue<Event> queue =
            new PriorityQueue<>(
                    Comparator.comparingLong(Event::at).thenComparingLong(Event::number));
    private final List<String> tail = new ArrayList<>();
    private final Map<String, Integer> seen = new HashMap<>();
    private final long start;
    private long now;
    private long events;
    private long trace = 1469598103934665603L;

    SimWorld(long seed) {
        random = new SplittableRandom(seed);
        start = random.nextLong(); // the monotonic clock may be anything, and may wrap
    }

    @Override
    public long nanos() {
        return start + now;
    }

    @Override
    public long millis() {
        return EPOCH_MS + now / 1_000_000;
    }

    long elapsed() {
        return now;
    }

    boolean chance(double p) {
        return random.nextDouble() < p;
    }

    Duration between(long fromMs, long toMs) {
        return Duration.ofNanos(random.nextLong(fromMs * 1_000_000, toMs * 1_000_000 + 1));
    }

    void at(Place place, Duration delay, String what, Runnable run) {
        queue.add(new Event(now + Math.max(0, delay.toNanos()), events++, place, what, run));
    }

    /**
     * Notes that something worth seeing has happened, for the "sometimes" assertions and the trace.
     */
    void saw(String what) {
        seen.merge(what, 1, Integer::sum);
        note(what);
    }

    Map<String, Integer> seen() {
        return seen;
    }

    private void note(String what) {
        for (int i = 0; i < what.length(); i++) trace = (trace ^ what.charAt(i)) * 1099511628211L;
        trace = (trace ^ now) * 1099511628211L;
        if (tail.size() >= 400) tail.removeFirst();
        tail.add(now / 1_000_000 + "ms " + what);
    }

    long trace() {
        return trace;
    }

    List<String> lastEvents() {
        return tail;
    }

    /** Runs events until the time is up or the condition holds; checks after each. */
    void run(Duration length, BooleanSupplier done, Runnable check) {
        long end = now + length.toNanos();
        while (!queue.isEmpty() && queue.peek().at() <= end && !done.getAsBoolean()) {
            Event next = queue.poll();
            now = Math.max(now, next.at());
            if (next.place().dead()) continue;
            if (next.place().pausedUntil > now) {
                queue.add(
                        new Event(
                                next.place().pausedUntil,
                                next.number(),
                                next.place(),
                                next.what(),
                                next.run()));
                continue;
            }
            note(next.place().name + " " + next.what());
            next.run().run();
            check.run();
        }
        if (!done.getAsBoolean()) now = Math.max(now, end);
    }

    Timers timers(Place place) {
        return new Timers() {
            @Override
            public Timer after(Duration delay, Runnable task) {
                var timer = new SimTimer(place);
                SimWorld.this.at(place, delay, "timer", () -> timer.fire(task));
                return timer;
            }

            @Override
            public Timer every(Duration period, Runnable task) {
                var timer = new SimTimer(null);
                again(timer, period, task);
                return timer;
            }

            private void again(SimTimer timer, Duration period, Runnable task) {
                SimWorld.this.at(
                        place,
                        period,
                        "tick",
                        () -> {
                            if (timer.cancelled) return;
                            again(timer, period, task);
                            task.run();
                        });
            }
        };
    }

    private static final class SimTimer implements Timers.Timer {
        private final @Nullable Place place; // null: it goes on and on
        private boolean cancelled;
        private boolean over;

        SimTimer(@Nullable Place place) {
            this.place = place;
            if (place != null) place.armed++;
        }

        @Override
        public void cancel() {
            cancelled = true;
            end();
        }

        private void fire(Runnable task) {
            end();
            if (!cancelled) task.run();
        }

        private void end() {
            if (place != null && !over) place.armed--;
            over = true;
        }
    }
}
