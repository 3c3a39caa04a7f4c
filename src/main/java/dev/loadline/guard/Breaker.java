package dev.loadline.guard;

import org.jspecify.annotations.Nullable;

import java.time.Duration;
import java.util.Objects;
import java.util.random.RandomGenerator;

/**
 * When the switch moves: the window judges the calls of a closed one, and the one probe those of a
 * half-open one. Calls that were let go before it moved last say nothing of how it is now. Not
 * thread-safe.
 */
final class Breaker {
    /** What became of it by the last word. */
    enum Change {
        NONE,
        OPENED,
        /** Slow, and yet nobody else can answer. */
        STRAINED,
        /** A probe failed. */
        REOPENED,
        CLOSED
    }

    private static final long SECOND = 1_000_000_000L;
    private static final long OPEN = 2 * SECOND;
    private static final long OPEN_MAX = 30 * SECOND;
    private static final double JITTER = 0.25; // up and down
    private static final double GROWING_JITTER = 0.5;
    private static final int MINIMUM = 10;
    private static final long WARNED = 10 * SECOND;
    private static final long FALLBACK_SEEN = 30 * SECOND;

    private final boolean exists;
    private final boolean optional;
    private final boolean model;
    private final Switch toggle;
    private final HealthWindow window;
    private final RandomGenerator random;
    private int generation;
    private int openings; // since it closed last
    private long openUntil;
    private boolean bySlowness;
    private boolean probing;
    private boolean fallbackSeen;
    private long lastFallback;

    Breaker(GuardPolicy policy, Switch toggle, RandomGenerator random) {
        this.exists = policy.kind() != DependencyKind.STORE;
        this.model = policy.kind() == DependencyKind.MODEL;
        this.optional = !policy.critical() && !model;
        this.toggle = toggle;
        this.random = random;
        this.window = new HealthWindow(window(policy), MINIMUM);
    }

    /** Over which calls are judged, and retries paid for, by kind. */
    static Duration window(GuardPolicy policy) {
        return Duration.ofSeconds(policy.kind() == DependencyKind.MODEL ? 30 : 10);
    }

    Switch.State state() {
        return exists ? toggle.state() : Switch.State.CLOSED;
    }

    String shown() {
        if (!exists) return "none";
        return switch (toggle.state()) {
            case CLOSED -> "closed";
            case OPEN -> "open";
            case HALF_OPEN -> "half-open";
        };
    }

    /** Grows whenever it moves. */
    int generation() {
        return generation;
    }

    /** Probes are made off every turn's path. */
    boolean probesAside() {
        return optional;
    }

    /** It is cut off for its slowness alone, which does not keep the only answer away. */
    boolean letsBy(Ask ask) {
        return bySlowness && ask.onlyAnswer();
    }

    /** It lets nobody by. */
    boolean refusesAll() {
        return state() == Switch.State.OPEN && !bySlowness;
    }

    /** Nanoseconds until it is half-open; 0: nobody knows. */
    long openFor(long now) {
        return Math.max(0, openUntil - now);
    }

    void asked(Ask ask, long now) {
        if (ask.onlyAnswer()) return;
        fallbackSeen = true;
        lastFallback = now;
    }

    /** Whether slowness opens it: where something or nothing can stand in. */
    boolean opensWhenSlow(long now) {
        if (!model) return optional;
        return fallbackSeen && now - lastFallback < FALLBACK_SEEN;
    }

    Switch.@Nullable Probe probe(Duration atMost) {
        if (!exists) return null;
        Switch.Probe probe = toggle.probe(atMost);
        probing |= probe != null;
        return probe;
    }

    /**
     * How many calls it lets go.
     *
     * @param limit as many as the limit has room for
     */
    int room(int limit) {
        return switch (state()) {
            case CLOSED -> Math.max(0, limit);
            case OPEN -> bySlowness ? Math.max(0, limit) : 0;
            case HALF_OPEN -> {
                if (bySlowness) yield Math.max(0, limit);
                yield optional || probing ? 0 : 1;
            }
        };
    }

    Change ended(Attempt attempt, boolean bad, boolean slow, long now) {
        if (!exists || attempt.generation != generation) return Change.NONE;
        if (attempt.isMarked) window.endedSlow(bad, now);
        else window.ended(bad, slow, now);
        attempt.isMarked = false;
        return judged(now);
    }

    /** A running call is slow from now on. */
    Change passedTheMark(Attempt attempt, long now) {
        if (!exists || attempt.generation != generation) return Change.NONE;
        window.passedTheMark(now);
        attempt.isMarked = true;
        return judged(now);
    }

    private Change judged(long now) {
        if (state() != Switch.State.CLOSED) return Change.NONE;
        HealthWindow.Judgement judgement = window.judge(now);
        boolean slow = judgement == HealthWindow.Judgement.SLOW;
        if (judgement == HealthWindow.Judgement.HEALTHY) return Change.NONE;
        if (slow && !opensWhenSlow(now)) return Change.STRAINED;
        bySlowness = slow;
        toggle.open(openTime(now));
        moved();
        return Change.OPENED;
    }

    /**
     * The one probe's word.
     *
     * @param good null: it says nothing of the dependency
     */
    Change probed(Attempt attempt, @Nullable Boolean good, long now) {
        Switch.Probe probe = Objects.requireNonNull(attempt.probe);
        attempt.probe = null;
        probing = false;
        if (good == null) {
            probe.undecided();
            return Change.NONE;
        }
        if (!good) {
            probe.failed(openTime(now));
            return Change.REOPENED;
        }
        probe.passed();
        if (toggle.state() != Switch.State.CLOSED) return Change.NONE; // it came too late
        openings = 0;
        moved();
        return Change.CLOSED;
    }

    /** Begin anew, as with another position. */
    void moved() {
        generation++;
        window.clear();
    }

    /** Two seconds, always, where it may be left out; else doubling to thirty. */
    private Duration openTime(long now) {
        long time = optional ? OPEN : Math.min(OPEN_MAX, OPEN << Math.min(openings, 4));
        double jitter = optional ? JITTER : GROWING_JITTER;
        openings++;
        long drawn = (long) (time * (1 + jitter * (2 * random.nextDouble() - 1)));
        openUntil = now + drawn;
        return Duration.ofNanos(drawn);
    }

    void warned(long now) {
        window.warned(Duration.ofNanos(WARNED), now);
    }
}
