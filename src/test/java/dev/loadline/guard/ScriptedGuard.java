package dev.loadline.guard;

import dev.loadline.core.Outcome;

import org.jspecify.annotations.Nullable;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;

/** A guard that says what a test tells it to, and remembers what it was told. Any thread. */
public final class ScriptedGuard implements Guard {
    /** All that was asked, in order. */
    public final List<Ask> asks = new CopyOnWriteArrayList<>();

    /** How attempts ended, in order. */
    public final List<Outcome<?>> outcomes = new CopyOnWriteArrayList<>();

    /** Permits that are out. */
    public final AtomicInteger out = new AtomicInteger();

    public volatile Duration timeout = Duration.ofMillis(250);
    public volatile Injury injury;
    private final GuardPolicy policy;
    private final Queue<Verdict> verdicts = new ConcurrentLinkedQueue<>();
    private final Queue<Duration> pauses = new ConcurrentLinkedQueue<>();
    private final AtomicInteger probes = new AtomicInteger();
    private volatile Supplier<Verdict> otherwise = () -> new Verdict.Go(permit());
    private volatile int room;
    private volatile Room listener = () -> {};

    public ScriptedGuard(String name) {
        this.policy =
                new GuardPolicy(
                        name,
                        DependencyKind.SOURCE,
                        false,
                        name,
                        Duration.ofMillis(40),
                        Duration.ZERO,
                        true,
                        true,
                        GuardPolicy.Settings.DEFAULT);
    }

    /** The next asks get these, one each; then all may go, or what {@link #always} says. */
    public ScriptedGuard next(Verdict... all) {
        verdicts.addAll(List.of(all));
        return this;
    }

    public void always(Verdict verdict) {
        otherwise = () -> verdict;
    }

    public void alwaysGo() {
        otherwise = () -> new Verdict.Go(permit());
    }

    /** The next retries are allowed after these; without one there is none. */
    public void retryAfter(Duration... all) {
        pauses.addAll(List.of(all));
    }

    /** So many probes are due. */
    public void probesDue(int count) {
        probes.set(count);
    }

    public void room(int calls) {
        room = calls;
        listener.came();
    }

    public Permit permit() {
        out.incrementAndGet();
        return new Given();
    }

    @Override
    public GuardPolicy policy() {
        return policy;
    }

    @Override
    public Verdict ask(Ask ask) {
        asks.add(ask);
        Verdict scripted = verdicts.poll();
        return scripted == null ? otherwise.get() : scripted;
    }

    @Override
    public Permit probe() {
        return probes.getAndUpdate(left -> Math.max(0, left - 1)) > 0 ? permit() : null;
    }

    @Override
    public Duration retryIn(Outcome.Failed<?> outcome, int retries, boolean harmless) {
        return harmless ? pauses.poll() : null;
    }

    @Override
    public void limits(ProviderLimits limits) {
        throw new UnsupportedOperationException();
    }

    @Override
    public void onRoom(Room heard) {
        listener = heard;
    }

    @Override
    public int room() {
        return room;
    }

    @Override
    public @Nullable Reason cutOff() {
        return null;
    }

    @Override
    public GuardReading reading() {
        throw new UnsupportedOperationException();
    }

    /** These guards, all enabled. */
    public static Guards guards(ScriptedGuard... all) {
        return new Guards() {
            @Override
            public Guard get(String name) {
                for (ScriptedGuard guard : all) if (guard.policy.name().equals(name)) return guard;
                throw new IllegalArgumentException(name);
            }

            @Override
            public List<Guard> all() {
                return List.of(all);
            }

            @Override
            public boolean enabled() {
                return true;
            }

            @Override
            public void enable(boolean guarded) {
                throw new UnsupportedOperationException();
            }

            @Override
            public void hold(String dependency) {
                throw new UnsupportedOperationException();
            }

            @Override
            public void release(String dependency) {
                throw new UnsupportedOperationException();
            }

            @Override
            public void relearn(String dependency) {
                throw new UnsupportedOperationException();
            }

            @Override
            public Map<String, Fault> faults() {
                return Map.of();
            }

            @Override
            public void fault(String dependency, Fault fault) {
                throw new UnsupportedOperationException();
            }
        };
    }

    private final class Given implements Permit {
        private final Queue<Object> ends = new ArrayDeque<>();
        private final Injury mine = ScriptedGuard.this.injury;

        @Override
        public Duration timeout() {
            return timeout;
        }

        @Override
        public Duration gap() {
            return Duration.ZERO;
        }

        @Override
        public Injury injury() {
            return mine;
        }

        @Override
        public void sent() {}

        @Override
        public void begun() {
            throw new AssertionError("a single call is no stream");
        }

        @Override
        public synchronized void ended(Outcome<?> outcome, long longestGapNanos) {
            ends.add(outcome);
            if (ends.size() > 1) throw new AssertionError("ended twice: " + ends);
            outcomes.add(outcome);
            out.decrementAndGet();
        }
    }
}
