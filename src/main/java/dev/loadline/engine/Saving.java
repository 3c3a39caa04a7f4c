package dev.loadline.engine;

import dev.loadline.store.EndedTurn;
import dev.loadline.store.StoredTurn;
import dev.loadline.store.TurnStore.Ending;
import dev.loadline.telemetry.StageClock;
import dev.loadline.telemetry.StageClock.Stage;
import dev.loadline.turn.Step;
import dev.loadline.turn.Timings;
import dev.loadline.turn.TurnEnd;
import dev.loadline.turn.TurnInput;
import dev.loadline.turn.TurnMemo;

import org.jspecify.annotations.Nullable;

import java.time.Duration;
import java.util.List;

/**
 * Writes a turn's outcome down, again and again until it is in or the turn is not ours any more.
 * The turn's loop.
 */
final class Saving {
    private static final Duration FIRST_PAUSE = Duration.ofMillis(100);
    private static final Duration LONGEST_PAUSE = Duration.ofSeconds(2);

    private final Engine engine;
    private final Hands hands;

    Saving(Engine engine, Hands hands) {
        this.engine = engine;
        this.hands = hands;
    }

    void save(LiveTurn turn, TurnEnd end) {
        turn.feed.stepEnds();
        turn.stages.reached(Stage.COMPLETED, engine.now());
        write(turn, outcome(turn, end), FIRST_PAUSE);
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
                hands.clock().millis());
    }

    static Timings timings(StageClock stages) {
        Long queued = between(stages, Stage.ACCEPTED, Stage.BEGUN);
        Long modelMs = between(stages, Stage.CONTEXT, Stage.FIRST_TOKEN);
        Long first = ms(stages, Stage.FIRST_TOKEN);
        Long overhead =
                first == null
                        ? null
                        : Long.valueOf(
                                Math.max(
                                        0,
                                        first
                                                - (queued == null ? 0 : queued)
                                                - (modelMs == null ? 0 : modelMs)));
        return new Timings(
                stages.nanos(Stage.AUTHENTICATED) / 1_000_000,
                ms(stages, Stage.ACCEPTED),
                queued,
                ms(stages, Stage.STATE),
                ms(stages, Stage.CONTEXT),
                ms(stages, Stage.MODEL_REQUEST),
                first,
                ms(stages, Stage.COMPLETED),
                modelMs,
                overhead);
    }

    private static @Nullable Long ms(StageClock stages, Stage stage) {
        return stages.has(stage) ? Long.valueOf(stages.nanos(stage) / 1_000_000) : null;
    }

    private static @Nullable Long between(StageClock stages, Stage from, Stage to) {
        if (!stages.has(from) || !stages.has(to)) return null;
        return Math.max(0, (stages.nanos(to) - stages.nanos(from)) / 1_000_000);
    }
}
