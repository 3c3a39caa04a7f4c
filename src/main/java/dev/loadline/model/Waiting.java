package dev.loadline.model;

import dev.loadline.core.Deadline;
import dev.loadline.core.Timers;
import dev.loadline.core.WorkClass;
import dev.loadline.guard.Reason;
import dev.loadline.guard.Verdict;
import dev.loadline.mailbox.Letter;

import org.jspecify.annotations.Nullable;

import java.time.Duration;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;

/**
 * How one call waits: where it stands, until when, and what its turn hears of it. At a closed gate
 * its deadline alone judges; where a model is only full, a person waits twice the budget for the
 * first token, from the first word of it on. On the call's loop.
 */
final class Waiting implements WaitingLine.Waiter {
    private static final Duration UNTOLD = Duration.ofMillis(100);
    private static final int BUDGETS = 2;

    private final ChainCall call;
    private final Guarding guarding;
    private final ModelRequest asked;
    private final ModelListener listener;
    private final Executor loop;
    private int gateWaits;
    private WaitingLine.@Nullable Place place;
    private @Nullable String dependency; // that is waited for; null: nobody waits
    private String reason = ""; // as the wire calls it
    private long beganNanos;
    private Timers.@Nullable Timer untold;
    private boolean told; // and the turn has not gone on since
    private boolean lapsed; // its turn had no slot in time, which is no new wait
    private boolean visible; // the turn has heard of it

    Waiting(
            ChainCall call,
            Guarding guarding,
            ModelRequest asked,
            ModelListener listener,
            Executor loop) {
        this.call = call;
        this.guarding = guarding;
        this.asked = asked;
        this.listener = listener;
        this.loop = loop;
        this.gateWaits = asked.standing().gateWaits();
    }

    /** How often the turn has stood at a gate. */
    int gateWaits() {
        return lapsed ? gateWaits - 1 : gateWaits;
    }

    /** Another model is asked: what was waited for the one before is over. */
    void begin() {
        dependency = null;
        visible = false;
    }

    /** Whether a person would wait longer for a model that is full than is good. */
    boolean isTooLong(boolean gate, long nanos) {
        if (gate || asked.standing().workClass() != WorkClass.INTERACTIVE) return false;
        return waited() + nanos >= bound();
    }

    private long bound() {
        return guarding.firstToken().toNanos() * BUDGETS;
    }

    private long waited() {
        return dependency == null ? 0 : guarding.clock().nanos() - beganNanos;
    }

    void stand(GuardedModel before, WaitingLine line, Verdict.Wait why) {
        boolean gate = Reasons.isGate(why.reason());
        if (dependency == null) beganNanos = guarding.clock().nanos();
        dependency = before.dependency();
        if (gate) gateWaits = gateWaits() + 1;
        lapsed = false;
        reason = Reasons.of(why.reason());
        place = line.stand(letter(gate), why, this, loop);
        if (told || untold != null) return;
        long left = UNTOLD.toNanos() - waited();
        if (gate || visible || left <= 0) tell(why.time());
        else untold = guarding.timers().after(Duration.ofNanos(left), () -> tell(why.time()));
    }

    private Letter<String> letter(boolean gate) {
        ModelRequest.Standing standing = asked.standing();
        boolean bounded = !gate && standing.workClass() == WorkClass.INTERACTIVE;
        Deadline until = asked.deadline();
        if (bounded) until = until.sooner(new Deadline(beganNanos + bound()));
        return new Letter<>("", standing.workClass(), until, standing.sender());
    }

    private void tell(Duration time) {
        stopTimer();
        if (dependency == null) return;
        told = true;
        visible = true;
        listener.waits(new ModelWait(dependency, reason, time));
    }

    @Override
    public void turnCame() {
        stopTimer();
        onward(this::askAgain);
    }

    private void askAgain() {
        if (call.over()) return;
        if (call.pastDeadline()) {
            call.end(ChainCall.tooLate());
            return;
        }
        WaitingLine.Place had = place;
        place = null;
        lapsed = had != null && had.lapsed() && gateWaits > 0;
        Verdict verdict = call.verdict();
        if (had != null) had.leave();
        call.decideAgain(verdict);
    }

    @Override
    public boolean isInVain() {
        return !call.over() && call.isInVain();
    }

    @Override
    public void turnedAway(boolean full) {
        place = null;
        stopTimer();
        if (call.pastDeadline()) {
            call.end(ChainCall.tooLate());
        } else if (full) {
            call.refused(Reason.LIMIT, Duration.ZERO);
        } else {
            onward(this::askLast);
        }
    }

    /** It has stood here as long as it may; but the gate may have closed meanwhile. */
    private void askLast() {
        if (call.over()) return;
        call.decide(call.verdict());
    }

    /** Goes on, with a slot of the turn's if that gave its own back. */
    void onward(Runnable task) {
        if (!told) {
            task.run();
            return;
        }
        told = false;
        boolean[] went = {false};
        listener.resumes(
                () -> {
                    if (went[0]) return;
                    went[0] = true;
                    task.run();
                });
    }

    /** It may go. What the turn is to be told of the wait; null: nothing. */
    @Nullable Setback over() {
        if (dependency == null) return null;
        long ms = TimeUnit.NANOSECONDS.toMillis(waited());
        Setback setback = visible ? new Setback(dependency, reason, true, ms, null) : null;
        begin();
        return setback;
    }

    /** Leaves nothing behind. */
    void leave() {
        stopTimer();
        WaitingLine.Place had = place;
        place = null;
        if (had != null) had.leave();
    }

    private void stopTimer() {
        if (untold != null) untold.cancel();
        untold = null;
    }
}
