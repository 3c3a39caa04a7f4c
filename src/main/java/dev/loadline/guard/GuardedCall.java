package dev.loadline.guard;

import dev.loadline.core.Outcome;
import dev.loadline.core.Timers;

import io.vertx.core.Future;
import io.vertx.core.Promise;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.time.Duration;
import java.util.concurrent.Executor;
import java.util.function.Consumer;

/**
 * One call with all its attempts. Everything happens on {@link #home}, but for {@link #woken}.
 *
 * @see GuardedCalls
 */
final class GuardedCall<T> {
    private static final Logger LOG = LoggerFactory.getLogger(GuardedCall.class);
    private static final Duration ASK_AGAIN_MIN = Duration.ofMillis(5);

    private final GuardedCalls calls;
    private final Guard guard;
    private final Ask ask;
    private final Executor home;
    private final GuardedCalls.Attempt<T> attempt;
    private final Consumer<T> late;
    private final Promise<Outcome<T>> answer = Promise.promise();
    private boolean answered;
    private boolean standing; // in line
    private int retries;
    private @Nullable Outcome<T> failure; // of the attempt before
    private @Nullable Alarm deadline;
    private Timers.@Nullable Timer again;

    GuardedCall(
            GuardedCalls calls,
            Ask ask,
            Executor home,
            GuardedCalls.Attempt<T> attempt,
            Consumer<T> late) {
        this.calls = calls;
        this.guard = calls.guard;
        this.ask = ask;
        this.home = home;
        this.attempt = attempt;
        this.late = late;
    }

    Future<Outcome<T>> start() {
        ask(false);
        if (!answered)
            deadline = calls.alarm(Duration.ofNanos(Math.max(1, leftNanos())), this::cut);
        return answer.future();
    }

    private long leftNanos() {
        return ask.deadline().leftNanos(calls.clock.nanos());
    }

    private void ask(boolean waited) {
        if (answered) return;
        switch (guard.ask(retries == 0 ? ask : asRetry())) {
            case Verdict.Go(Permit permit) -> new Flight(permit).begin();
            case Verdict.Wait(Duration time, Reason reason) -> {
                boolean fits = time.toNanos() < leftNanos();
                if (fits && calls.stand(this, waited)) askAgainIn(time);
                else refused(reason, time);
            }
            case Verdict.Refused(Reason reason, Duration after) -> {
                refused(reason, after);
                if (reason == Reason.OPEN || reason == Reason.HELD) calls.cutOff();
                Permit probe = guard.probe();
                if (probe != null) new Flight(probe).begin();
            }
        }
    }

    private Ask asRetry() {
        return new Ask(
                ask.deadline(),
                ask.workClass(),
                Cause.GUARD,
                ask.size(),
                ask.reasoning(),
                ask.onlyAnswer());
    }

    private void askAgainIn(Duration time) {
        standing = true;
        Duration wait = time.compareTo(ASK_AGAIN_MIN) < 0 ? ASK_AGAIN_MIN : time;
        again = calls.timers.after(wait, () -> askAgain(time));
    }

    /**
     * The others' turn comes after the first's: so they keep their places, and the guard its peace.
     */
    private void askAgain(Duration time) {
        if (!standing) return;
        if (calls.isFirst(this)) outOfLine();
        else askAgainIn(time);
    }

    /** There is room, and this call is out of the line. Any thread. */
    void woken() {
        home.execute(this::outOfLine);
    }

    private void outOfLine() {
        if (!standing) return; // its timer and the room came at once
        stopWaiting();
        ask(true);
    }

    private void stopWaiting() {
        if (!standing) return;
        standing = false;
        if (again != null) again.cancel();
        calls.leave(this);
    }

    private void refused(Reason reason, Duration after) {
        if (failure != null) answer(failure);
        else answer(new Outcome.Refused<>(word(reason), after, "refused: " + reason.wire()));
    }

    private static String word(Reason reason) {
        return switch (reason) {
            case RATE_LIMITED, EXHAUSTED -> "rate_limited";
            case OPEN, HELD -> "open";
            case LIMIT, LATE -> "shed";
        };
    }

    private void cut() {
        stopWaiting();
        answer(new Outcome.CutShort<>("no answer in the time that was left for it"));
    }

    private void answer(Outcome<T> outcome) {
        if (answered) return;
        answered = true;
        if (deadline != null) deadline.cancel();
        answer.complete(outcome);
    }

    private void landed(Outcome<T> outcome) {
        if (answered) {
            if (outcome instanceof Outcome.Ok<T>(T value)) late.accept(value);
            return;
        }
        Duration pause = outcome instanceof Outcome.Failed<T> failed ? pause(failed) : null;
        if (pause == null) {
            answer(outcome);
            return;
        }
        failure = outcome;
        retries++;
        calls.timers.after(pause, () -> ask(false));
    }

    /** Null: it is not tried again. */
    private @Nullable Duration pause(Outcome.Failed<T> failed) {
        if (leftNanos() <= 0) return null;
        Duration pause = guard.retryIn(failed, retries, guard.policy().retryable());
        return pause != null && pause.toNanos() < leftNanos() ? pause : null;
    }

    /** One attempt, with what a drill does to it. */
    private final class Flight implements GuardedCalls.Progress<T> {
        private final Permit permit;
        private final @Nullable Injury injury;
        private Runnable giveUp = () -> {};
        private @Nullable Alarm timeout;
        private boolean sent;
        private boolean ended; // the attempt itself; it may be held back yet
        private boolean over;

        Flight(Permit permit) {
            this.permit = permit;
            this.injury = permit.injury();
        }

        void begin() {
            if (injury == null || (!injury.hangs() && instead(injury) == null)) {
                beginReally();
                return;
            }
            sent();
            Outcome<T> instead = instead(injury);
            if (!injury.hangs() && instead != null) ended(instead);
        }

        private void beginReally() {
            try {
                Runnable gone = attempt.begin(this);
                if (!ended) giveUp = gone;
            } catch (RuntimeException bug) { // or its permit would never come back
                LOG.error("a call of {} could not be begun", guard.policy().name(), bug);
                ended(new Outcome.Cancelled<>("the call could not be begun"));
            }
        }

        private @Nullable Outcome<T> instead(Injury injury) {
            if (injury.cutAfter() >= 0) return new Outcome.Unavailable<>("cut off by a drill");
            @SuppressWarnings("unchecked") // a failure holds no answer of any type
            Outcome<T> failed = (Outcome<T>) (Outcome<?>) injury.outcome();
            return failed;
        }

        @Override
        public void sent() {
            if (over || sent) return;
            sent = true;
            permit.sent();
            timeout = calls.alarm(permit.timeout(), this::timedOut);
        }

        @Override
        public void ended(Outcome<T> outcome) {
            if (ended) return;
            ended = true;
            giveUp = () -> {};
            Duration delay = injury == null ? Duration.ZERO : injury.delay();
            if (sent && delay.isPositive()) calls.timers.after(delay, () -> end(outcome));
            else end(outcome);
        }

        private void timedOut() {
            ended = true;
            giveUp.run();
            end(new Outcome.TimedOut<>("no answer in " + permit.timeout().toMillis() + " ms"));
        }

        private void end(Outcome<T> outcome) {
            if (over) return;
            over = true;
            if (timeout != null) timeout.cancel();
            permit.ended(outcome);
            landed(outcome);
        }
    }
}
