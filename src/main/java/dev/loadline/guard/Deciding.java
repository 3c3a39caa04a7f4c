package dev.loadline.guard;

import dev.loadline.core.Deadline;
import dev.loadline.core.WorkClass;

import org.jspecify.annotations.Nullable;

import java.time.Duration;
import java.util.Objects;

/**
 * What a guard says to a call that wants to go: deadline, gate, breaker, concurrency limit,
 * time-out, in this order. Under the group's lock.
 */
final class Deciding {
    private static final long MS = 1_000_000;
    private static final long LIMIT_WAIT_MAX = 1000 * MS;
    private static final Duration CONNECTING = Duration.ofSeconds(2);
    private static final Duration SWITCH_MARGIN = Duration.ofSeconds(1);

    private final Rules rules;
    private final Judging judging;

    Deciding(Rules rules, Judging judging) {
        this.rules = rules;
        this.judging = judging;
    }

    Verdict decide(Ask ask, long now) {
        if (rules.held) return new Verdict.Refused(Reason.HELD, Duration.ZERO);
        if (!rules.drills.guarded())
            return new Verdict.Go(let(ask, Attempt.Nature.NAIVE, null, now));
        judging.lookAtRunning(now);
        rules.breaker.asked(ask, now);
        int bucket = bucket(ask);
        long left = ask.deadline().leftNanos(now);
        if (left <= 0 || left < rules.pace.learnedMedian(bucket, now))
            return new Verdict.Refused(Reason.LATE, Duration.ZERO);
        if (rules.group.gate.room(now) == 0) return atGate(ask, now);
        return switch (rules.breaker.state()) {
            case CLOSED -> atLimit(ask, now);
            case OPEN -> atOpen(ask, now);
            case HALF_OPEN -> atHalfOpen(ask, now);
        };
    }

    private int bucket(Ask ask) {
        return rules.pace.bucket(ask.size(), ask.reasoning());
    }

    private long median(Ask ask, long now) {
        return rules.pace.median(bucket(ask), ask.size(), now);
    }

    /** Its own schedule or outbox comes again. */
    private static boolean isLow(Ask ask) {
        return ask.workClass() == WorkClass.BACKGROUND || ask.workClass() == WorkClass.SCHEDULED;
    }

    private Verdict atGate(Ask ask, long now) {
        Gate gate = rules.group.gate;
        long closed = gate.closedFor(now);
        // In the ramp the next success makes room, long before time does.
        long wait = closed > 0 ? closed : Math.min(gate.roomIn(now), median(ask, now));
        Reason reason = Objects.requireNonNull(gate.reason());
        long needed = wait + rules.pace.learnedMedian(bucket(ask), now);
        boolean fits = needed <= ask.deadline().leftNanos(now);
        if (reason == Reason.EXHAUSTED)
            return new Verdict.Refused(reason, atLeastMs(gate.roomIn(now)));
        if (isLow(ask) || !fits) return new Verdict.Refused(reason, atLeastMs(wait));
        rules.group.watch(now);
        return waits(wait, reason);
    }

    private Verdict waits(long nanos, Reason reason) {
        rules.hungry = true;
        return new Verdict.Wait(atLeastMs(nanos), reason);
    }

    private static Duration atLeastMs(long nanos) {
        return Duration.ofNanos(Math.max(MS, nanos));
    }

    private Verdict atOpen(Ask ask, long now) {
        return rules.breaker.letsBy(ask)
                ? atLimit(ask, now)
                : new Verdict.Refused(Reason.OPEN, Duration.ofNanos(rules.breaker.openFor(now)));
    }

    private Verdict atHalfOpen(Ask ask, long now) {
        boolean aside = rules.breaker.probesAside();
        if (!aside) {
            Attempt probe = probe(ask, now);
            if (probe != null) return new Verdict.Go(probe);
        }
        if (rules.breaker.letsBy(ask)) return atLimit(ask, now);
        long median = median(ask, now);
        boolean fits = median <= ask.deadline().leftNanos(now);
        // Another's probe will tell soon, and nobody else can answer this one.
        if (!aside && ask.onlyAnswer() && !isLow(ask) && fits) return waits(median, Reason.OPEN);
        return new Verdict.Refused(Reason.OPEN, Duration.ZERO);
    }

    private Verdict atLimit(Ask ask, long now) {
        if (isLow(ask) && rules.isStrained(now))
            return new Verdict.Refused(Reason.LIMIT, Rules.STRAINED);
        if (rules.free() <= 0)
            return waits(Math.min(median(ask, now), LIMIT_WAIT_MAX), Reason.LIMIT);
        return new Verdict.Go(let(ask, Attempt.Nature.ORDINARY, null, now));
    }

    /** Leave for a probe off the path; null: none is due. */
    @Nullable Attempt probeAside(long now) {
        if (rules.held || !rules.drills.guarded() || !rules.breaker.probesAside()) return null;
        if (rules.breaker.state() != Switch.State.HALF_OPEN) return null;
        if (rules.group.gate.room(now) == 0) return null;
        return probe(new Ask(new Deadline(now), WorkClass.INTERACTIVE), now);
    }

    private @Nullable Attempt probe(Ask ask, long now) {
        long ceiling = rules.pace.ceiling(ask.reasoning());
        Duration atMost = Duration.ofNanos(ceiling).plus(CONNECTING);
        Switch.Probe probe = rules.breaker.probe(atMost.plus(SWITCH_MARGIN));
        if (probe == null) return null;
        Attempt attempt = let(ask, Attempt.Nature.PROBE, probe, now);
        // Whatever its caller forgets; and before the switch does it, which tells nobody.
        Runnable late = () -> rules.group.locked(() -> judging.givenUp(attempt, rules.now()));
        rules.group.then(() -> rules.world.timers().after(atMost, late));
        return attempt;
    }

    private Attempt let(Ask ask, Attempt.Nature nature, Switch.@Nullable Probe probe, long now) {
        long median = median(ask, now);
        Injury injury = rules.drills.draw(rules.policy.name(), median, rules.world.random());
        var attempt =
                new Attempt(
                        judging,
                        ask,
                        nature,
                        probe,
                        bounds(ask, nature, now),
                        injury,
                        bucket(ask),
                        rules.breaker.generation(),
                        now);
        if (nature != Attempt.Nature.NAIVE) rules.group.gate.pass(now);
        rules.limit.take(now);
        rules.retries.called(now);
        if (nature == Attempt.Nature.PROBE && rules.breaker.probesAside())
            rules.amplification.beside(now);
        else rules.amplification.attempt(ask.cause(), now);
        if (ask.cause() != Cause.ORIGINAL) rules.meter.retried(ask.cause().wire());
        return attempt;
    }

    private Attempt.Bounds bounds(Ask ask, Attempt.Nature nature, long now) {
        Pace pace = rules.pace;
        long mark = pace.mark(bucket(ask), ask.size(), now);
        boolean loading = pace.mayBeLoading(now);
        Duration gap = Duration.ofNanos(pace.gap(now));
        return switch (nature) {
            case NAIVE ->
                    new Attempt.Bounds(Drills.NAIVE_TIMEOUT, Drills.NAIVE_TIMEOUT, mark, loading);
            case PROBE -> {
                Duration ceiling = Duration.ofNanos(pace.ceiling(ask.reasoning()));
                yield new Attempt.Bounds(ceiling, gap, mark, loading);
            }
            case ORDINARY -> {
                Duration timeout = Duration.ofNanos(pace.timeout(bucket(ask), ask, now));
                yield new Attempt.Bounds(timeout, gap, mark, loading);
            }
        };
    }
}
