package dev.loadline.engine;

import dev.loadline.core.Agent;
import dev.loadline.core.Origin;
import dev.loadline.core.Problem;
import dev.loadline.core.ProblemException;
import dev.loadline.core.TurnId;
import dev.loadline.core.Utf16;
import dev.loadline.core.WhenBusy;
import dev.loadline.core.WorkClass;
import dev.loadline.mailbox.Slot;
import dev.loadline.store.Joining;
import dev.loadline.store.NewTurn;
import dev.loadline.store.StoreFailure;
import dev.loadline.store.SubmitDecision;
import dev.loadline.turn.By;
import dev.loadline.turn.Chain;
import dev.loadline.turn.Message;
import dev.loadline.turn.Submitted;
import dev.loadline.turn.TurnHead;

import io.vertx.core.Future;
import io.vertx.core.Promise;

import org.jspecify.annotations.Nullable;

import java.time.Duration;
import java.util.Objects;

/**
 * Stores submissions. A commit whose answer was lost is asked again with the same ids until it is
 * known what became of it: the client is told 503 meanwhile and comes back with its key; what turns
 * out to be stored is run. This loop only.
 */
final class Submitting {
    private static final Duration FIRST_PAUSE = Duration.ofMillis(50);
    private static final Duration LONGEST_PAUSE = Duration.ofSeconds(5);
    private static final int UNSETTLED_MAX = 256;

    private final Engine engine;
    private final Hands hands;
    private int unsettled;

    Submitting(Engine engine, Hands hands) {
        this.engine = engine;
        this.hands = hands;
    }

    /**
     * @param slot null: it is for a conversation at work, whose next turn waits for its slot once
     *     it is stored
     */
    Future<Submitted> submit(Submission submission, Agent agent, @Nullable Slot slot) {
        if (engine.leaving() || !engine.ours() || unsettled >= UNSETTLED_MAX) {
            if (slot != null) slot.release();
            return Problems.failed(
                    engine.leaving() ? Problems.draining() : Problems.storeUnavailable());
        }
        Promise<Submitted> answer = Promise.promise();
        store(
                new Attempt(submission, newTurn(submission, agent), answer, slot),
                FIRST_PAUSE,
                false);
        return answer.future();
    }

    private static final class Attempt {
        final Submission submission;
        final NewTurn turn;
        final Promise<Submitted> answer;

        /** Null: it has none, has given it back, or the turn that works ahead has it. */
        @Nullable Slot slot;

        /** Works ahead until the commit is done. */
        @Nullable LiveTurn ahead;

        Attempt(
                Submission submission,
                NewTurn turn,
                Promise<Submitted> answer,
                @Nullable Slot slot) {
            this.submission = submission;
            this.turn = turn;
            this.answer = answer;
            this.slot = slot;
        }

        void releaseSlot() {
            if (slot != null) slot.release();
            slot = null;
        }
    }

    private void store(Attempt attempt, Duration pause, boolean inDoubt) {
        hands.store()
                .submit(
                        engine.fence(),
                        attempt.turn,
                        seems -> {
                            if (!inDoubt) workAhead(attempt, seems);
                        })
                .onComplete(
                        done -> {
                            if (done.succeeded() && keepsAhead(attempt, done.result())) return;
                            withdraw(attempt);
                            if (done.succeeded()) {
                                if (inDoubt) settled(attempt, done.result());
                                else decided(attempt, done.result());
                            } else if (inDoubt || isUnknown(done.cause())) {
                                if (!inDoubt) unsettled++;
                                attempt.answer.tryFail(
                                        new ProblemException(Problems.storeUnavailable()));
                                Duration longer = pause.multipliedBy(2);
                                Duration next =
                                        longer.compareTo(LONGEST_PAUSE) > 0
                                                ? LONGEST_PAUSE
                                                : longer;
                                hands.timers().after(pause, () -> store(attempt, next, true));
                            } else {
                                attempt.releaseSlot();
                                attempt.answer.tryFail(Problems.worded(done.cause()));
                            }
                        });
    }

    /** The commit comes next, and nothing speaks against beginning meanwhile. */
    private void workAhead(Attempt attempt, SubmitDecision seems) {
        if (!runsAtOnce(seems) || attempt.slot == null || attempt.ahead != null) return;
        if (engine.leaving() || !engine.ours()) return;
        var accepted = (SubmitDecision.Accepted) seems;
        Slot slot = attempt.slot;
        attempt.slot = null;
        attempt.ahead = engine.arrivals().ahead(accepted.head(), attempt.submission, slot);
    }

    private static boolean runsAtOnce(SubmitDecision decision) {
        return decision instanceof SubmitDecision.Accepted(var head, int position, var interrupts)
                && position == 0
                && interrupts == null;
    }

    /** True: what works ahead is what was stored, and goes on. */
    private boolean keepsAhead(Attempt attempt, SubmitDecision decision) {
        LiveTurn ahead = attempt.ahead;
        if (ahead == null) return false;
        boolean same =
                runsAtOnce(decision)
                        && decision instanceof SubmitDecision.Accepted accepted
                        && accepted.head().equals(ahead.head)
                        && !engine.knows(ahead.head.id());
        if (!same) return false;
        attempt.ahead = null;
        engine.durable(ahead);
        attempt.answer.tryComplete(submitted(ahead.head.id(), attempt.turn, false, null, 0));
        return true;
    }

    private void withdraw(Attempt attempt) {
        if (attempt.ahead != null) engine.withdraw(attempt.ahead);
        attempt.ahead = null;
    }

    private static boolean isUnknown(Throwable why) {
        return why instanceof StoreFailure failure && failure.kind() == StoreFailure.Kind.UNKNOWN;
    }

    /**
     * Known at last, and the client was told 503. Meanwhile others may have seen the stored turn:
     * the turn before it may have let it go, a takeover may have brought it to another loop. So it
     * is read anew, and adopted where its conversation is.
     */
    private void settled(Attempt attempt, SubmitDecision decision) {
        if (decision instanceof SubmitDecision.Accepted(var head, var position, var running)) {
            hands.store()
                    .turn(head.id())
                    .onComplete(
                            read -> {
                                if (read.failed()) {
                                    hands.timers()
                                            .after(LONGEST_PAUSE, () -> settled(attempt, decision));
                                    return;
                                }
                                unsettled--;
                                attempt.releaseSlot();
                                read.result()
                                        .filter(turn -> turn.end() == null)
                                        .ifPresent(engine.arrivals()::adoptOnItsLoop);
                            });
        } else {
            unsettled--;
            decided(attempt, decision);
        }
    }

    private void decided(Attempt attempt, SubmitDecision decision) {
        if (decision instanceof SubmitDecision.Accepted accepted) {
            accepted(attempt, accepted);
            return;
        }
        attempt.releaseSlot();
        switch (decision) {
            case SubmitDecision.Accepted other -> throw new IllegalStateException("handled above");
            case SubmitDecision.Joined(TurnId into, Message text, Joining how) -> {
                engine.joined(into, text);
                attempt.answer.tryComplete(submitted(into, attempt.turn, false, how, 0));
            }
            case SubmitDecision.Duplicate(TurnId first, @Nullable Joining how) ->
                    attempt.answer.tryComplete(submitted(first, attempt.turn, true, how, 0));
            case SubmitDecision.KeyReused(TurnId first) ->
                    refuse(
                            attempt,
                            Problem.conflict(
                                            "key_reused", "the key stands for another text already")
                                    .withTurn(first));
            case SubmitDecision.Busy(TurnId running) ->
                    refuse(
                            attempt,
                            Problem.conflict("busy", "a turn of the conversation runs or waits")
                                    .withTurn(running));
            case SubmitDecision.WaitingFull(TurnId running) ->
                    refuse(
                            attempt,
                            Problem.conflict(
                                            "waiting_full",
                                            "enough turns of the conversation wait already")
                                    .withTurn(running));
            case SubmitDecision.JoinedFull(TurnId full, String limit) ->
                    refuse(
                            attempt,
                            Problem.conflict(
                                            "waiting_full",
                                            "the turn that it would join takes no more than "
                                                    + limit
                                                    + "; wait for its answer, or send it with"
                                                    + " another whenBusy")
                                    .withTurn(full));
            case SubmitDecision.MayNotBegin over ->
                    refuse(
                            attempt,
                            Objects.requireNonNull(attempt.submission.overQuota(), "it may begin"));
            case SubmitDecision.AgentDiffers(String other) ->
                    refuse(attempt, Problems.agentDiffers(other));
            case SubmitDecision.NoConversation none ->
                    refuse(attempt, Problem.notFound("conversation"));
            case SubmitDecision.Elsewhere(String node) ->
                    refuse(attempt, Problems.storeUnavailable());
        }
    }

    private void accepted(Attempt attempt, SubmitDecision.Accepted decision) {
        TurnHead head = decision.head();
        int position = decision.position();
        TurnId running = decision.interrupts();
        if (engine.knows(head.id())) attempt.releaseSlot(); // the turn before it let it go
        else if (running == null)
            engine.arrivals().accepted(head, position, attempt.submission, attempt.slot);
        else
            engine.arrivals().interrupts(head, position, running, attempt.submission, attempt.slot);
        if (running != null) engine.cancel(running, By.INTERRUPT);
        attempt.answer.tryComplete(submitted(head.id(), attempt.turn, false, null, position));
    }

    private static void refuse(Attempt attempt, Problem problem) {
        attempt.answer.tryFail(new ProblemException(problem));
    }

    private static Submitted submitted(
            TurnId id, NewTurn turn, boolean duplicate, @Nullable Joining how, int position) {
        Boolean steered = how instanceof Joining.Steered ? Boolean.TRUE : null;
        Integer collected = how instanceof Joining.Collected(int count) ? count : null;
        Integer place = position > 0 ? position : null;
        return new Submitted(
                id.value(), turn.conversation().id(), duplicate, steered, collected, place);
    }

    private NewTurn newTurn(Submission submission, Agent agent) {
        TurnId id = hands.ids().turn();
        long now = hands.clock().millis();
        Long asked = submission.deadlineMs();
        WhenBusy said = submission.whenBusy();
        WhenBusy mode = said == null ? agent.busy().whenBusy() : said;
        @Nullable String key = submission.key();
        return new NewTurn(
                id,
                submission.conversation(),
                agent.name(),
                Origin.CHAT,
                WorkClass.INTERACTIVE,
                hands.ids().message(),
                Utf16.wellFormed(submission.text()),
                key,
                said != null,
                mode,
                agent.busy().waiting(),
                agent.busy().resendWindow().toMillis(),
                agent.busy().duplicateText() == Agent.DuplicateText.ATTACH,
                now,
                now + (asked == null ? agent.limits().deadline().toMillis() : asked),
                submission.metadata(),
                Chain.rootOf(id.value()),
                submission.retried(),
                submission.overQuota() == null,
                submission.asked(),
                submission.opensWith() != null);
    }
}
