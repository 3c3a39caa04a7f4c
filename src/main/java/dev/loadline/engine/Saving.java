package dev.loadline.engine;

import dev.loadline.context.ContextTask;
import dev.loadline.core.Deadline;
import dev.loadline.core.Principal;
import dev.loadline.mailbox.Letter;
import dev.loadline.mailbox.Reply;
import dev.loadline.store.EndedTurn;
import dev.loadline.store.StoredTurn;
import dev.loadline.store.TurnStore.Ending;
import dev.loadline.telemetry.Stage;
import dev.loadline.telemetry.StageClock;
import dev.loadline.telemetry.StageClock.Mark;
import dev.loadline.turn.Finish;
import dev.loadline.turn.Message;
import dev.loadline.turn.Step;
import dev.loadline.turn.Timings;
import dev.loadline.turn.TurnEnd;
import dev.loadline.turn.TurnInput;
import dev.loadline.turn.TurnMemo;
import dev.loadline.turn.TurnState;

import io.vertx.core.Future;

import org.jspecify.annotations.Nullable;

import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.function.Consumer;

/**
 * Writes a turn's finished steps and its outcome down, again and again until they are in or the
 * turn is not ours any more. The turn's loop.
 */
final class Saving {
    private static final Duration FIRST_PAUSE = Duration.ofMillis(100);
    private static final Duration COUNT_WAIT = Duration.ofSeconds(2);
    private static final Duration LONGEST_PAUSE = Duration.ofSeconds(2);

    private final Engine engine;
    private final Hands hands;

    Saving(Engine engine, Hands hands) {
        this.engine = engine;
        this.hands = hands;
    }

    void save(LiveTurn turn, TurnEnd end) {
        turn.stages.reached(Mark.COMPLETED, engine.now());
        boolean told = !turn.ephemeral() || end instanceof TurnEnd.Completed;
        stepEnds(turn, told, () -> write(turn, outcome(turn, end), FIRST_PAUSE));
    }

    /** A step has ended and another follows. */
    void keep(LiveTurn turn, int step) {
        turn.stages.notYet(Mark.COMPLETED);
        stepEnds(turn, true, () -> keepCounted(turn, step));
    }

    /**
     * @param told whether anybody is told what the step used
     */
    private void stepEnds(LiveTurn turn, boolean told, Runnable then) {
        turn.feed.stepEnds();
        Talk talk = turn.talk;
        if (talk == null || talk.told() || !told) {
            then.run();
            return;
        }
        count(turn, talk)
                .onComplete(
                        done -> {
                            if (engine.find(turn.head.id()) == turn) then.run();
                        });
    }

    /**
     * The provider did not tell what the step used; if we can't count either, a guess by length
     * stands.
     */
    private Future<?> count(LiveTurn turn, Talk talk) {
        var task = new ContextTask.Count(turn.feed.stepText(), turn.feed.stepReasoning());
        var letter =
                new Letter<ContextTask>(
                        task, turn.head.workClass(), Deadline.after(hands.clock(), COUNT_WAIT));
        return hands.bus()
                .<ContextTask, ContextTask.Answer>ask("context", letter)
                .onSuccess(
                        reply -> {
                            if (reply
                                    instanceof
                                    Reply.Answer<ContextTask.Answer>(
                                            ContextTask.Answer.Counted counted)) {
                                talk.counted(counted.text(), counted.reasoning());
                            }
                        });
    }

    private void write(LiveTurn turn, EndedTurn ended, Duration pause) {
        if (!engine.ours(turn)) {
            engine.input(turn, new TurnInput.Fenced());
            return;
        }
        turn.outcome = ended;
        if (turn.ephemeral()) {
            var usage = ended.memo().usage(); // all that is written of it
            hands.quotas().tokensSpent(principal(turn), usage.input() + usage.output());
            engine.input(turn, new TurnInput.Saved());
            return;
        }
        hands.store()
                .end(engine.fence(), ended)
                .onComplete(
                        done -> {
                            if (ended.tokensCharged() > 0)
                                hands.quotas().tokensWritten(principal(turn));
                            if (done.succeeded()) answered(turn, done.result());
                            else later(turn, pause, longer -> write(turn, ended, longer));
                        });
    }

    private void answered(LiveTurn turn, Ending ending) {
        switch (ending) {
            case Ending.Stored(@Nullable StoredTurn next) -> {
                turn.next = next;
                engine.input(turn, new TurnInput.Saved());
            }
            case Ending.Unseen(List<Message> texts) -> {
                texts.forEach(turn.texts::join);
                engine.input(turn, new TurnInput.Unseen(turn.memo.step()));
                engine.tellTexts(turn);
            }
            case Ending.Fenced gone -> engine.input(turn, new TurnInput.Fenced());
        }
    }

    /** Unless the turn is gone by then. */
    private void later(LiveTurn turn, Duration pause, Consumer<Duration> again) {
        Duration twice = pause.multipliedBy(2);
        Duration longer = twice.compareTo(LONGEST_PAUSE) > 0 ? LONGEST_PAUSE : twice;
        hands.timers()
                .after(
                        pause,
                        () -> {
                            if (engine.find(turn.head.id()) == turn) again.accept(longer);
                        });
    }

    private void keepCounted(LiveTurn turn, int step) {
        Step finished = step(turn, Objects.requireNonNull(turn.talk, "a step without a model"));
        TurnMemo memo = turn.memo;
        var after =
                new TurnMemo(
                        memo.version(),
                        step + 1,
                        memo.usage().plus(Objects.requireNonNull(finished.usage())),
                        memo.timings(),
                        memo.context(),
                        memo.degradations(),
                        turn.earlierText().length() + finished.text().length(),
                        turn.texts.seenBy(step),
                        memo.asked());
        checkpoint(turn, after, finished, FIRST_PAUSE);
    }

    private void checkpoint(LiveTurn turn, TurnMemo after, Step finished, Duration pause) {
        if (!turn.state.equals(new TurnState.Keeping(finished.step()))) return;
        if (!engine.ours()) {
            engine.input(turn, new TurnInput.Fenced());
            return;
        }
        hands.store()
                .checkpoint(engine.fence(), turn.head.id(), after, finished)
                .onComplete(
                        done -> {
                            if (done.failed())
                                later(
                                        turn,
                                        pause,
                                        longer -> checkpoint(turn, after, finished, longer));
                            else kept(turn, after, finished, done.result());
                        });
    }

    private void kept(LiveTurn turn, TurnMemo after, Step finished, boolean stored) {
        if (!turn.state.equals(new TurnState.Keeping(finished.step()))) return;
        if (!stored) {
            engine.input(turn, new TurnInput.Fenced());
            return;
        }
        turn.done.add(finished);
        turn.memo = after;
        turn.talk = null;
        turn.prompt = null;
        turn.feed.stepBegins(after.step());
        // Who goes away begins no other step.
        engine.input(turn, engine.leaving() ? new TurnInput.HandOver() : new TurnInput.Kept());
    }

    private static Step step(LiveTurn turn, Talk talk) {
        String reasoning = turn.feed.stepReasoning();
        return new Step(
                turn.memo.step(),
                talk.model(),
                turn.feed.stepText(),
                reasoning.isEmpty() ? null : reasoning,
                List.of(),
                talk.used(),
                talk.tookMs());
    }

    private EndedTurn outcome(LiveTurn turn, TurnEnd end) {
        Talk talk = turn.talk;
        TurnMemo memo = turn.memo;
        String earlier = turn.earlierText();
        var usage = talk == null ? memo.usage() : memo.usage().plus(talk.used());
        var ended =
                new TurnMemo(
                        memo.version(),
                        memo.step(),
                        usage,
                        timings(turn.stages),
                        memo.context(),
                        memo.degradations(),
                        earlier.length(),
                        turn.texts.seenBy(memo.step()));
        return new EndedTurn(
                turn.head.id(),
                end,
                ended,
                talk == null ? null : step(turn, talk),
                earlier + turn.feed.stepText(),
                turn.answerId,
                turn.feed.afterNextEvent().toString(),
                hands.clock().millis(),
                onward(turn, end),
                hands.quotas().countsTokens(principal(turn)) ? usage.input() + usage.output() : 0);
    }

    private static Principal principal(LiveTurn turn) {
        return turn.head.conversation().principal();
    }

    /** The turn is deleted before its outcome was to be written, and so is what would hold it. */
    void chargeDeleted(LiveTurn turn) {
        var usage = turn.memo.usage();
        boolean speaking =
                turn.state instanceof TurnState.Thinking
                        || turn.parked()
                        || turn.state instanceof TurnState.Keeping;
        if (speaking && turn.talk != null) usage = usage.plus(turn.talk.used());
        hands.quotas().tokensSpent(principal(turn), usage.input() + usage.output());
    }

    /** Texts that joined a turn which must not take another step become one of their own. */
    private EndedTurn.@Nullable Onward onward(LiveTurn turn, TurnEnd end) {
        if (!(end instanceof TurnEnd.Completed(Finish finish))) return null;
        boolean limited = finish != Finish.STOP && finish != Finish.LENGTH;
        if (!limited && turn.mayGoOn()) return null;
        if (turn.onward == null) turn.onward = hands.ids().turn();
        long deadline = hands.clock().millis() + turn.agent.limits().deadline().toMillis();
        return new EndedTurn.Onward(turn.onward, deadline);
    }

    static Timings timings(StageClock stages) {
        Long authenticated = ms(stages.of(Stage.AUTHENTICATED));
        return new Timings(
                authenticated == null ? 0 : authenticated,
                ms(stages.of(Stage.ACCEPTED)),
                ms(stages.of(Stage.QUEUED)),
                ms(stages.of(Stage.STATE)),
                ms(stages.of(Stage.CONTEXT)),
                ms(stages.at(Mark.MODEL_REQUEST)),
                ms(stages.of(Stage.FIRST_TOKEN)),
                ms(stages.at(Mark.COMPLETED)),
                ms(stages.of(Stage.MODEL)),
                ms(stages.of(Stage.OVERHEAD)));
    }

    private static @Nullable Long ms(@Nullable Duration length) {
        return length == null ? null : Long.valueOf(length.toMillis());
    }
}
