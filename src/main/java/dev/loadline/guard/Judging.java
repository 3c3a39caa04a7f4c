package dev.loadline.guard;

import dev.loadline.core.Outcome;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.time.Duration;

/** What becomes of an attempt, and what that means to each rule. Takes the group's lock. */
final class Judging {
    private static final Logger LOG = LoggerFactory.getLogger(Judging.class);
    private static final long MS = 1_000_000;
    private static final int REJECTIONS = 3;

    private final Rules rules;
    private int rejections; // 401 or 403, in a row

    Judging(Rules rules) {
        this.rules = rules;
    }

    // --- what a permit's holder says

    void sent(Attempt attempt) {
        rules.group.locked(() -> sent(attempt, rules.now()));
    }

    private void sent(Attempt attempt, long now) {
        if (attempt.isSent || attempt.isOver) return;
        attempt.isSent = true;
        attempt.sentAt = now;
        if (attempt.nature == Attempt.Nature.ORDINARY && !attempt.loading)
            rules.running.add(attempt);
    }

    void begun(Attempt attempt) {
        rules.group.locked(() -> begun(attempt, rules.now()));
    }

    private void begun(Attempt attempt, long now) {
        if (attempt.isOver || attempt.hasAnswered()) return;
        succeeded(attempt, now);
        rules.group.roomCame(now);
    }

    void ended(Attempt attempt, Outcome<?> outcome, long longestGapNanos) {
        rules.group.locked(() -> ended(attempt, outcome, longestGapNanos, rules.now()));
    }

    private void ended(Attempt attempt, Outcome<?> outcome, long longestGapNanos, long now) {
        if (attempt.isOver) return;
        attempt.isOver = true;
        rules.running.remove(attempt);
        rules.back(attempt, now);
        if (outcome instanceof Outcome.Ok && attempt.teaches())
            rules.pace.longestGap(longestGapNanos, now);
        judge(attempt, outcome, now);
        long took = attempt.hasAnswered() ? attempt.tookNanos : now - attempt.sentAt;
        rules.meter.ended(outcome, Duration.ofNanos(took));
        rules.group.roomCame(now);
    }

    // --- what it means; under the lock

    private void judge(Attempt attempt, Outcome<?> outcome, long now) {
        switch (outcome) {
            case Outcome.Ok<?> ok -> {
                if (!attempt.hasAnswered()) succeeded(attempt, now);
            }
            case Outcome.TimedOut<?> late -> {
                if (attempt.loading) nothing(attempt, now);
                else bad(attempt, true, now);
            }
            case Outcome.Unavailable<?> down -> bad(attempt, true, now);
            case Outcome.ServerError<?> broken -> bad(attempt, false, now);
            case Outcome.RateLimited<?> limited -> limited(attempt, limited.retryAfter(), now);
            case Outcome.Exhausted<?> empty -> exhausted(attempt, now);
            case Outcome.Rejected<?> wrong -> {
                rejected(wrong.status());
                nothing(attempt, now);
            }
            case Outcome.CutShort<?> ours -> nothing(attempt, now);
            case Outcome.Cancelled<?> ours -> nothing(attempt, now);
            case Outcome.Refused<?> ours -> nothing(attempt, now);
        }
    }

    private void succeeded(Attempt attempt, long now) {
        long took = now - attempt.sentAt;
        attempt.tookNanos = took;
        rules.running.remove(attempt);
        rejections = 0;
        rules.pace.succeeded(now);
        rules.retries.succeeded(now);
        boolean slow = took > attempt.markNanos && !attempt.loading;
        if (attempt.nature == Attempt.Nature.NAIVE) {
            learn(attempt, slow, now);
            return;
        }
        rules.group.gate.succeeded(attempt.askedAt, now);
        if (attempt.probe != null) probed(attempt, slow, now);
        else ordinary(attempt, slow, now);
    }

    private void probed(Attempt attempt, boolean slow, long now) {
        boolean tooSlow = slow && rules.breaker.opensWhenSlow(now);
        teach(attempt, now);
        rules.changed(rules.breaker.probed(attempt, !tooSlow, now), now);
    }

    private void ordinary(Attempt attempt, boolean slow, long now) {
        learn(attempt, slow, now);
        // Where no breaker opens for it, slow answers are what probes are elsewhere.
        if (slow && !rules.breaker.opensWhenSlow(now)) teach(attempt, now);
        if (!attempt.loading && attempt.generation == rules.breaker.generation())
            rules.limit.good(attempt.tookNanos, rules.median(attempt, now), now);
        rules.changed(rules.breaker.ended(attempt, false, slow, now), now);
    }

    /** Slowness teaches by its own door only: an outage without an error would teach, too. */
    private void learn(Attempt attempt, boolean slow, long now) {
        if (!attempt.teaches()) return;
        if (slow) rules.pace.bad(now);
        else rules.pace.good(attempt.bucket, attempt.tookNanos, now);
    }

    private void teach(Attempt attempt, long now) {
        if (!attempt.teaches()) return;
        long before = rules.pace.normalNanos();
        long size = attempt.ask.size();
        long normal = rules.pace.probed(attempt.bucket, size, attempt.tookNanos, now);
        if (normal <= 0) return;
        rules.meter.normalChanged();
        LOG.warn(
                "normal.changed: {} normally takes {} ms, not {} ms any more; its time-outs follow",
                rules.policy.name(),
                normal / MS,
                before / MS);
    }

    private void bad(Attempt attempt, boolean congested, long now) {
        rules.pace.bad(now);
        rejections = 0;
        if (attempt.nature == Attempt.Nature.NAIVE) return;
        if (!attempt.hasAnswered()) rules.group.gate.gone(attempt.askedAt);
        if (attempt.probe != null) {
            rules.changed(rules.breaker.probed(attempt, false, now), now);
            return;
        }
        if (congested && attempt.generation == rules.breaker.generation())
            rules.limit.congested(rules.median(attempt, now), now);
        rules.changed(rules.breaker.ended(attempt, true, false, now), now);
    }

    /** An end that says nothing of the dependency's health. */
    private void nothing(Attempt attempt, long now) {
        if (attempt.nature == Attempt.Nature.NAIVE) return;
        if (!attempt.hasAnswered()) rules.group.gate.gone(attempt.askedAt);
        if (attempt.probe != null) rules.changed(rules.breaker.probed(attempt, null, now), now);
        else if (attempt.isMarked)
            rules.changed(rules.breaker.ended(attempt, false, true, now), now);
    }

    private void limited(Attempt attempt, Duration retryAfter, long now) {
        if (attempt.nature == Attempt.Nature.NAIVE) return;
        rejections = 0;
        rules.limit.congested(rules.median(attempt, now), now);
        rules.gateClosed(rules.group.gate.limited(retryAfter, attempt.sentAt, now), now);
        nothing(attempt, now);
    }

    private void exhausted(Attempt attempt, long now) {
        if (attempt.nature == Attempt.Nature.NAIVE) return;
        rules.gateClosed(rules.group.gate.exhausted(attempt.sentAt, now), now);
        nothing(attempt, now);
    }

    private void rejected(int status) {
        if (status != 401 && status != 403) {
            rejections = 0;
            return;
        }
        rejections++;
        if (rejections == REJECTIONS)
            LOG.error(
                    "misconfigured: {} has answered {} for the third time in a row: check its key,"
                            + " and what the key is allowed to do",
                    rules.policy.name(),
                    status);
    }

    boolean misconfigured() {
        return rejections >= REJECTIONS;
    }

    /** Calls that still run and have become slow. */
    void lookAtRunning(long now) {
        Running running = rules.running;
        for (Attempt slow = running.pollSlow(now); slow != null; slow = running.pollSlow(now))
            rules.changed(rules.breaker.passedTheMark(slow, now), now);
    }

    /** No word came of a probe. */
    void givenUp(Attempt attempt, long now) {
        if (attempt.probe == null) return;
        Boolean good = attempt.loading ? null : Boolean.FALSE;
        rules.changed(rules.breaker.probed(attempt, good, now), now);
    }
}
