package dev.loadline.model;

import static java.util.Objects.requireNonNull;

import dev.loadline.core.Outcome;
import dev.loadline.core.Timers;
import dev.loadline.core.WorkClass;
import dev.loadline.guard.Ask;
import dev.loadline.guard.Cause;
import dev.loadline.guard.Permit;
import dev.loadline.guard.Reason;
import dev.loadline.guard.Verdict;

import io.vertx.core.Future;

import org.jspecify.annotations.Nullable;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.Executor;

/**
 * One answer by a chain of models: asks the guard before each attempt, retries as it says while
 * nothing was shown, waits where it says so, and falls back. One attempt at a time: the next begins
 * when the one before is closed at the provider's. All of it on the loop of its caller.
 *
 * <p>A 429 is no retry: the call stands before the gate that it closed, like all others. With
 * nobody left to ask, the end names the first cause.
 */
final class ChainCall implements ModelCall {
    private static final int GATE_WAITS_MAX = 2;
    private static final Duration CLOSING_MAX = Duration.ofSeconds(1);
    private static final Duration PAUSE = Duration.ofMillis(50);

    private final Guarding guarding;
    private final ModelRequest asked;
    private final ModelListener listener;
    private final Executor loop;
    private final Deque<GuardedModel> left; // not asked yet
    private final List<Setback> untold = new ArrayList<>(); // models given up since one went
    private final StringBuilder later = new StringBuilder(); // what failed after the first cause
    private final Waiting waiting;
    private GuardedModel now;
    private Cause cause;
    private int retries; // of this model
    private int limited; // times that it said 429
    private Outcome.@Nullable Failed<ModelAnswer> last; // of this model
    private Outcome.@Nullable Failed<ModelAnswer> first;
    private @Nullable GuardedAttempt attempt;
    private Timers.@Nullable Timer timer;
    private boolean shown;
    private boolean over;

    /**
     * @param models at least one
     */
    ChainCall(
            List<GuardedModel> models,
            Guarding guarding,
            ModelRequest asked,
            ModelListener listener,
            Executor loop) {
        this.guarding = guarding;
        this.asked = asked;
        this.listener = listener;
        this.loop = loop;
        this.left = new ArrayDeque<>(models);
        this.now = left.remove();
        this.cause = asked.standing().cause();
        this.waiting = new Waiting(this, guarding, asked, listener, loop);
    }

    void start() {
        ask();
    }

    boolean over() {
        return over;
    }

    // --- leave

    /** Who comes stands behind those who wait. */
    void ask() {
        timer = null;
        if (over) return;
        if (pastDeadline()) {
            end(tooLate());
            return;
        }
        WaitingLine line = now.busy();
        if (line != null && now.guard().room() > 0) decide(line.behind(), line);
        else decide(verdict());
    }

    /** After its turn in a line has come, or its time there is over. */
    Verdict verdict() {
        return now.guard()
                .ask(
                        new Ask(
                                asked.deadline(),
                                asked.standing().workClass(),
                                cause,
                                asked.prompt().tokens(),
                                reasons(),
                                left.isEmpty()));
    }

    private boolean reasons() {
        String effort = asked.options().reasoningEffort();
        return effort != null && !effort.equals("none") && !effort.equals("minimal");
    }

    void decide(Verdict verdict) {
        switch (verdict) {
            case Verdict.Go(Permit permit) -> go(permit);
            case Verdict.Wait wait -> decide(wait, now.line(wait.reason()));
            case Verdict.Refused(Reason reason, Duration retryAfter) -> refused(reason, retryAfter);
        }
    }

    private void decide(Verdict.Wait wait, WaitingLine line) {
        boolean gate = Reasons.isGate(wait.reason());
        WorkClass workClass = asked.standing().workClass();
        boolean low = workClass == WorkClass.SCHEDULED || workClass == WorkClass.BACKGROUND;
        long time = wait.time().toNanos();
        boolean fits = time < asked.deadline().leftNanos(now()) && !waiting.isTooLong(gate, time);
        boolean exhausted = wait.reason() == Reason.EXHAUSTED;
        boolean again = gate && waiting.gateWaits() >= GATE_WAITS_MAX;
        if (exhausted || gate && low || !fits || again) refused(wait.reason(), wait.time());
        else waiting.stand(now, line, wait);
    }

    /** Waiting on helps nobody: it would be refused, and another model may answer, or none does. */
    boolean isInVain() {
        Reason cutOff = now.guard().cutOff();
        return cutOff == Reason.HELD || cutOff == Reason.OPEN && !left.isEmpty();
    }

    /** Its turn had come. A guard that has room, but not for this one, is not asked in a circle. */
    void decideAgain(Verdict verdict) {
        if (verdict instanceof Verdict.Wait && now.guard().room() > 0)
            timer = guarding.timers().after(PAUSE, this::ask);
        else decide(verdict);
    }

    void refused(Reason reason, Duration retryAfter) {
        failed(last != null ? last : Reasons.refused(reason, retryAfter));
    }

    private void go(Permit permit) {
        tellBefore();
        if (!over) listener.asks(now.model());
        if (over) {
            permit.ended(new Outcome.Cancelled<>("its turn ended"));
            return;
        }
        attempt = new GuardedAttempt(this, now, permit, listener);
        attempt.start(asked, guarding);
    }

    /** What the answer comes in spite of. The listener may end the call at any word. */
    private void tellBefore() {
        Setback waited = waiting.over();
        if (waited != null) listener.degraded(waited);
        for (Setback setback : List.copyOf(untold))
            if (!over)
                listener.degraded(
                        new Setback(
                                setback.dependency(),
                                setback.reason(),
                                false,
                                0,
                                now.model().name()));
        untold.clear();
        if (shown && !over) listener.reset("fallback");
        shown = false;
    }

    // --- what becomes of an attempt

    void shows() {
        shown = true;
    }

    /** The permit is back. */
    void ended(GuardedAttempt ended, Outcome<ModelAnswer> outcome) {
        if (over) return;
        attempt = null;
        switch (outcome) {
            case Outcome.Ok<ModelAnswer> ok -> end(ok);
            case Outcome.Failed<ModelAnswer> failed ->
                    whenClosed(ended.closed(), () -> next(failed));
        }
    }

    /** A connection that does not close within a second holds nobody up. */
    private void whenClosed(Future<Void> closed, Runnable task) {
        if (closed.isComplete()) {
            task.run();
            return;
        }
        boolean[] gone = {false};
        Runnable once =
                () -> {
                    if (gone[0] || over) return;
                    gone[0] = true;
                    requireNonNull(timer).cancel();
                    timer = null;
                    task.run();
                };
        timer = guarding.timers().after(CLOSING_MAX, once);
        closed.onComplete(done -> loop.execute(once));
    }

    private void next(Outcome.Failed<ModelAnswer> failed) {
        if (over) return;
        last = failed;
        if (failed instanceof Outcome.CutShort && pastDeadline()) {
            end(failed);
            return;
        }
        if (shown) {
            failed(failed);
            return;
        }
        Duration pause = now.guard().retryIn(failed, retries, true);
        if (pause != null && pause.toNanos() < asked.deadline().leftNanos(now())) {
            retries++;
            cause = Cause.GUARD;
            timer = guarding.timers().after(pause, this::ask);
        } else if (failed instanceof Outcome.RateLimited
                && guarding.guards().enabled()
                && limited++ < GATE_WAITS_MAX) {
            cause = Cause.GUARD;
            ask();
        } else {
            failed(failed);
        }
    }

    /** This model has no answer. */
    private void failed(Outcome.Failed<ModelAnswer> failed) {
        String dependency = now.dependency();
        if (first == null) first = failed;
        else later.append("; then ").append(dependency).append(": ").append(failed.detail());
        untold.add(new Setback(dependency, Reasons.of(failed), false, 0, null));
        boolean mayGoOn = !shown || asked.standing().mayReset();
        GuardedModel other =
                mayGoOn && Reasons.anotherHelps(failed, shown) ? another(failed) : null;
        if (other == null) end(Reasons.inWords(first, first.detail() + later));
        else waiting.onward(() -> change(other));
    }

    private @Nullable GuardedModel another(Outcome.Failed<ModelAnswer> failed) {
        if (Reasons.isOfGroup(failed)) {
            String group = now.limitGroup();
            left.removeIf(one -> one.limitGroup().equals(group));
        }
        return left.poll();
    }

    private void change(GuardedModel to) {
        if (over) return;
        now = to;
        cause = Cause.FALLBACK;
        retries = 0;
        limited = 0;
        last = null;
        waiting.begin();
        ask();
    }

    // --- the end

    boolean pastDeadline() {
        return asked.deadline().passed(now());
    }

    static Outcome<ModelAnswer> tooLate() {
        return new Outcome.CutShort<>("the deadline passed");
    }

    void end(Outcome<ModelAnswer> outcome) {
        if (over) return;
        stop();
        listener.ended(outcome);
    }

    private void stop() {
        over = true;
        if (timer != null) timer.cancel();
        waiting.leave();
    }

    @Override
    public void cancel() {
        if (over) return;
        stop();
        if (attempt != null) attempt.cancel();
    }

    @Override
    public long longestGapNanos() {
        return attempt == null ? 0 : attempt.longestGapNanos();
    }

    @Override
    public Future<Void> closed() {
        return attempt == null ? Future.succeededFuture() : attempt.closed();
    }

    private long now() {
        return guarding.clock().nanos();
    }
}
