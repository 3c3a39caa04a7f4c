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

/**
 * Writes a turn's outcome down, again and again until it is in or the turn is not ours any more.
 * The turn's loop.
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
        turn.feed.stepEnds();
        turn.stages.reached(Mark.COMPLETED, engine.now());
        Talk talk = turn.talk;
        if (talk == null || talk.told()) {
            write(turn, outcome(turn, end), FIRST_PAUSE);
            return;
        }
        count(turn, talk)
                .onComplete(
                        done -> {
                            if (engine.find(turn.head.id()) == turn)
                                write(turn, outcome(turn, end), FIRST_PAUSE);
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
        if (!engine.ours()) {
            engine.input(turn, new TurnInput.Fenced());
            return;
        }
        hands.store()
                .end(engine.fence(), ended)
                .onComplete(
                        done -> {
                            if (ended.tokensCharged() > 0)
                                hands.quotas().tokensWritten(principal(turn));
                            if (done.failed()) {
                                Duration longer = pause.multipliedBy(2);
                                hands.timers()
                                        .after(
                                                pause,
                                                () ->
                                                        again(
                                                                turn,
                                                                ended,
                                                                longer.compareTo(LONGEST_PAUSE) > 0
                                                                        ? LONGEST_PAUSE
                                                                        : longer));
                                return;
                            }
                            switch (done.result()) {
                                case Ending.Stored(@Nullable StoredTurn next) -> {
                                    turn.next = next;
                                    engine.input(turn, new TurnInput.Saved());
                                }
                                case Ending.Fenced gone ->
                                        engine.input(turn, new TurnInput.Fenced());
                            }
                        });
    }

    private void again(LiveTurn turn, EndedTurn ended, Duration pause) {
        if (engine.find(turn.head.id()) == turn) write(turn, ended, pause);
    }

    private EndedTurn outcome(LiveTurn turn, TurnEnd end) {
        Talk talk = turn.talk;
        String said = turn.feed.stepText();
        Step step = null;
        TurnMemo memo = turn.memo;
        var usage = memo.usage();
        if (talk != null) {
            String reasoning = turn.feed.stepReasoning();
            step =
                    new Step(
                            memo.step(),
                            talk.model(),
                            said,
                            reasoning.isEmpty() ? null : reasoning,
                            List.of(),
                            talk.used(),
                            talk.tookMs());
            usage = usage.plus(talk.used());
        }
        String text = turn.earlierText + said;
        turn.memo =
                new TurnMemo(
                        memo.version(),
                        memo.step(),
                        usage,
                        timings(turn.stages),
                        memo.context(),
                        memo.degradations(),
                        turn.earlierText.length());
        return new EndedTurn(
                turn.head.id(),
                end,
                turn.memo,
                step,
                text,
                turn.answerId,
                turn.feed.afterNextEvent().toString(),
                hands.clock().millis(),
                hands.quotas().countsTokens(principal(turn)) ? usage.input() + usage.output() : 0);
    }

    private static Principal principal(LiveTurn turn) {
        return turn.head.conversation().principal();
    }

    /** The turn is deleted before its outcome was to be written, and so is what would hold it. */
    void chargeDeleted(LiveTurn turn) {
        var usage = turn.memo.usage();
        if (turn.state instanceof TurnState.Thinking && turn.talk != null)
            usage = usage.plus(turn.talk.used());
        hands.quotas().tokensSpent(principal(turn), usage.input() + usage.output());
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
