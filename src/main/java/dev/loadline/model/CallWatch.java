package dev.loadline.model;

import dev.loadline.core.Clock;
import dev.loadline.core.Timers;

import org.jspecify.annotations.Nullable;

import java.time.Duration;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Looks at the open calls of an event loop every 250 ms, so that no token starts or moves a timer.
 * A loop's calls share one timer, which runs only while there are any. Any thread; each loop
 * touches only its own part.
 */
final class CallWatch {
    static final Duration TICK = Duration.ofMillis(250);
    private static final long LATE_NANOS = TICK.plusMillis(20).toNanos();
    private static final int SCRATCH = 16 * 1024;

    /** Something that is looked at. */
    interface Watched {
        /** On the loop that it was added on; may remove itself. */
        void look(long nowNanos);
    }

    /** A verticle's timers end with it, so each has its own. */
    private record Place(Thread loop, @Nullable String deployment) {}

    private final Clock clock;
    private final Timers timers;
    private final Map<Place, Loop> loops = new ConcurrentHashMap<>();

    CallWatch(Clock clock, Timers timers) {
        this.clock = clock;
        this.timers = timers;
    }

    Clock clock() {
        return clock;
    }

    /** The part of the loop that runs this. There are no more of them than loops, so they stay. */
    Loop here(@Nullable String deployment) {
        return loops.computeIfAbsent(
                new Place(Thread.currentThread(), deployment), place -> new Loop());
    }

    /** One loop's calls, in the order in which they began. */
    final class Loop {
        /** Room for the bytes that are being read right now; what stands in it is soon replaced. */
        final byte[] scratch = new byte[SCRATCH];

        private final Set<Watched> open = new LinkedHashSet<>();
        private Timers.@Nullable Timer tick;
        private long lastNanos;
        private boolean passedOver;

        void add(Watched call) {
            open.add(call);
            if (tick != null) return;
            lastNanos = clock.nanos();
            tick = timers.every(TICK, this::look);
        }

        void remove(Watched call) {
            open.remove(call);
            if (!open.isEmpty() || tick == null) return;
            tick.cancel();
            tick = null;
        }

        /** After a pause of our own the sockets are read before anybody is called silent. */
        private void look() {
            long now = clock.nanos();
            boolean late = now - lastNanos > LATE_NANOS;
            lastNanos = now;
            passedOver = late && !passedOver;
            if (!passedOver) List.copyOf(open).forEach(call -> call.look(now));
        }
    }
}
