package dev.loadline.engine;

import dev.loadline.core.Agent;
import dev.loadline.core.Outcome;
import dev.loadline.core.ToolCall;
import dev.loadline.core.Usage;
import dev.loadline.model.LanguageModel;
import dev.loadline.model.ModelAnswer;
import dev.loadline.model.ModelListener;
import dev.loadline.model.ModelWait;
import dev.loadline.model.Setback;
import dev.loadline.telemetry.StageClock.Mark;
import dev.loadline.turn.Degradation;
import dev.loadline.turn.Finish;
import dev.loadline.turn.TurnEvent;
import dev.loadline.turn.TurnInput;

import org.jspecify.annotations.Nullable;

import java.util.List;

/**
 * One step's conversation with a model: its text goes straight to the feed, its end to the machine.
 * Per token: one append, two comparisons, no timer, no allocation of its own. The turn's loop.
 *
 * <p>The model may be asked more than once, or another in its place. What is stored is of the one
 * that answered. Each attempt that was sent is counted as a call, and one that was given up after
 * it had said something with its prompt and what it said, as its provider does; one that said
 * nothing (429, 503, no connection) has cost nothing that anybody tells of.
 */
final class Talk implements ModelListener {
    private static final int CHARS_PER_TOKEN = 4;
    private static final int CHECK_EVERY = 256;

    private final Engine engine;
    private final LiveTurn turn;
    private final LanguageModel asked; // with all that stand in for it
    private LanguageModel model; // that answers now
    private final long promptTokens;
    private final long begunNanos;
    private int checkAt = CHECK_EVERY;
    private @Nullable Usage usage;
    private long tookMs;
    private boolean begun;
    private boolean sent; // the attempt under way
    private Usage givenUp = Usage.NONE; // attempts before it
    private @Nullable Setback setback;
    private boolean over;

    Talk(Engine engine, LiveTurn turn, LanguageModel model, long promptTokens, long nowNanos) {
        this.engine = engine;
        this.turn = turn;
        this.asked = model;
        this.model = model;
        this.promptTokens = promptTokens;
        this.begunNanos = nowNanos;
    }

    @Override
    public void asks(LanguageModel next) {
        if (!speaks()) return;
        attemptEnds();
        model = next;
        begun = false;
    }

    @Override
    public void waits(ModelWait wait) {
        if (speaks()) engine.parking().waits(turn, wait);
    }

    @Override
    public void resumes(Runnable go) {
        if (speaks()) engine.parking().resumes(turn, go);
    }

    @Override
    public void degraded(Setback what) {
        if (!speaks()) return;
        if (!what.waited()) setback = what;
        turn.degraded(
                new Degradation(
                        what.dependency(),
                        what.reason(),
                        what.waited() ? "waited" : "fallback",
                        what.waited() ? what.waitMs() : null,
                        what.instead(),
                        turn.memo.step()));
    }

    @Override
    public void reset(String reason) {
        if (!speaks()) return;
        boolean shown = turn.feed.textLength() + turn.feed.reasoningLength() > 0;
        if (shown && turn.asked().irrevocable()) {
            engine.input(turn, new TurnInput.GivenUp(Problems.brokenOff(model.name(), setback)));
            return;
        }
        attemptEnds();
        checkAt = CHECK_EVERY;
        turn.feed.reset(reason);
    }

    private void attemptEnds() {
        if (!sent) return;
        sent = false;
        boolean said = turn.feed.textLength() + turn.feed.reasoningLength() > 0;
        givenUp = givenUp.plus(said ? estimate() : new Usage(0, 0, 0, 0, null, 1, null));
    }

    @Override
    public void sent() {
        sent = true;
        turn.stages.reached(Mark.MODEL_REQUEST, engine.now());
    }

    @Override
    public void text(String delta) {
        if (!speaks()) return;
        turn.feed.text(delta);
        heard();
    }

    @Override
    public void reasoning(String delta) {
        if (!speaks()) return;
        turn.feed.reasoning(delta);
        heard();
    }

    @Override
    public void ended(Outcome<ModelAnswer> outcome) {
        if (!speaks()) return;
        over = true;
        took();
        turn.stages.modelGivesItBack(engine.now());
        turn.call = null;
        switch (outcome) {
            case Outcome.Ok<ModelAnswer>(ModelAnswer answer) -> {
                usage = answer.usage();
                if (!turn.asked().tools().isEmpty()) asksFor(answer.calls());
                Finish finish =
                        answer.reason() == ModelAnswer.Reason.LENGTH ? Finish.LENGTH : Finish.STOP;
                engine.input(turn, new TurnInput.ModelSaid(finish, turn.mayGoOn()));
            }
            case Outcome.Failed<ModelAnswer> failed ->
                    engine.input(
                            turn,
                            new TurnInput.ModelFailed(Problems.ofModel(asked.name(), failed)));
        }
    }

    /** They are the caller's to do. */
    private void asksFor(List<ToolCall> calls) {
        for (ToolCall call : calls)
            turn.feed.happened(
                    new TurnEvent.ToolCalled(
                            turn.memo.step(), call.id(), call.name(), call.arguments()));
    }

    /** We ended it; nothing more is heard. */
    void stopped() {
        over = true;
        took();
    }

    private void took() {
        tookMs = (engine.now() - begunNanos) / 1_000_000;
    }

    /** An owner whose lease is over falls silent at once. */
    private boolean speaks() {
        if (over) return false;
        if (engine.ours(turn)) return true;
        engine.input(turn, new TurnInput.Fenced());
        return false;
    }

    private void begins() {
        begun = true;
        turn.stages.reached(Mark.FIRST_TOKEN, engine.now());
    }

    private void heard() {
        if (!begun) begins();
        int chars = turn.feed.textLength() + turn.feed.reasoningLength();
        if (chars < checkAt) return;
        checkAt = chars + CHECK_EVERY;
        Agent.Limits limits = turn.agent.limits();
        Usage sofar = turn.memo.usage().plus(used());
        if (sofar.input() + sofar.output() > limits.tokens()) {
            engine.input(turn, new TurnInput.LimitReached(Finish.TOKENS));
        } else if (sofar.cost() != null && sofar.cost() > limits.cost()) {
            engine.input(turn, new TurnInput.LimitReached(Finish.COST));
        }
    }

    /** True if it is known what the step used: the provider said so, or nothing was sent. */
    boolean told() {
        return usage != null || !sent;
    }

    /** The provider did not say, so we counted. */
    void counted(int text, int reasoning) {
        usage = estimate((long) text + reasoning, reasoning);
    }

    /** What this step used: as the provider says, else as counted, else by length. */
    Usage used() {
        if (usage == null && !sent) return givenUp;
        return givenUp.plus(usage != null ? usage : estimate());
    }

    long tookMs() {
        return tookMs;
    }

    String model() {
        return model.name();
    }

    private Usage estimate() {
        long reasoning = tokens(turn.feed.reasoningLength());
        return estimate(tokens(turn.feed.textLength()) + reasoning, reasoning);
    }

    private Usage estimate(long output, long reasoning) {
        return new Usage(
                promptTokens, 0, output, reasoning, model.cost(promptTokens, 0, output), 1, true);
    }

    private static long tokens(int chars) {
        return Math.ceilDiv(chars, CHARS_PER_TOKEN);
    }
}
