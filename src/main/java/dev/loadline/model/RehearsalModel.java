package dev.loadline.model;

import static java.util.Objects.requireNonNull;

import dev.loadline.core.Clock;
import dev.loadline.core.Outcome;
import dev.loadline.core.Prompt;
import dev.loadline.core.Timers;
import dev.loadline.core.ToolCall;
import dev.loadline.core.Usage;

import org.jspecify.annotations.Nullable;

import java.time.Duration;
import java.util.Iterator;

/**
 * A model that only plays a model's part: built in, no network, the same words always get the same
 * answer, so that everything can be tried, tested and drilled without a key. It streams word by
 * word at the given pace and says that it is not a real model.
 *
 * <p>Phrases it knows, upper or lower case:
 *
 * <ul>
 *   <li>{@code say: <text>} — exactly the text, at most one blank after the colon left out
 *   <li>{@code count to <n>} — {@code 1 2 3 … n}
 *   <li>{@code write <n> words} — n words with one blank between them
 *   <li>{@code emoji}, {@code <n> emoji} — emoji, every surrogate pair in two deltas
 *   <li>{@code think about <topic>} — reasoning first, then a sentence
 *   <li>{@code think about <topic>, then <phrase>} — reasoning first, then that phrase's answer
 *   <li>{@code slowly <phrase>} — at a tenth of the pace, at least 200 ms a word
 *   <li>{@code call <tool> {<arguments>}} — asks for that call, if a tool of this name is offered;
 *       any number in a message. With the results it answers with a sentence that quotes them
 *   <li>{@code what did I say}, {@code do you remember} — the first and the last earlier message of
 *       the user
 *   <li>{@code what are your instructions} — quotes them
 *   <li>{@code help} — this list
 *   <li>anything else — a sentence that quotes it and counts the messages before it
 * </ul>
 *
 * <p>With {@code n} 0 an answer is empty. Answers end at 2 Mi UTF-16 units as {@code LENGTH}. Usage
 * is estimated, a quarter of the length. Uses nothing but the given time, so it runs in a
 * simulation, too. Of a caller's options it obeys the bound of tokens (at four units a token) and
 * the texts to stop at.
 */
public final class RehearsalModel implements LanguageModel {
    private static final Duration SOONEST = Duration.ofMillis(1);
    private static final Duration SLOW_MIN = Duration.ofMillis(200);
    private static final int SLOWER = 10;

    /** Words a timer task says when there is no pace. */
    private static final int BATCH = 256;

    private static final int UNITS_PER_TOKEN = 4;

    private final RehearsalSettings settings;
    private final Clock clock;
    private final Timers timers;

    public RehearsalModel(RehearsalSettings settings, Clock clock, Timers timers) {
        this.settings = settings;
        this.clock = clock;
        this.timers = timers;
    }

    @Override
    public String name() {
        return settings.name();
    }

    @Override
    public boolean rehearsal() {
        return true;
    }

    @Override
    public ModelCall stream(ModelRequest request, ModelListener listener) {
        var run = new Run(request, listener);
        run.start();
        return run;
    }

    /** One answer under way. */
    private final class Run implements ModelCall {
        private final ModelRequest request;
        private final ModelListener listener;
        private final RehearsalScript script;
        private final Duration period;
        private final int batch;
        private final AnswerBound bound;
        private final StopTexts stops;
        private Timers.@Nullable Timer next;
        private Timers.@Nullable Timer deadline;
        private long reasoningUnits;
        private long textUnits;
        private boolean cut;
        private boolean over;

        Run(ModelRequest request, ModelListener listener) {
            this.request = request;
            this.listener = listener;
            this.script = RehearsalScript.of(request.prompt());
            Integer max = request.options().maxTokens();
            this.bound =
                    max == null ? new AnswerBound() : new AnswerBound((long) max * UNITS_PER_TOKEN);
            this.stops = new StopTexts(request.options().stop());
            Duration pace = settings.pace();
            if (script.slow()) pace = longer(pace.multipliedBy(SLOWER), SLOW_MIN);
            this.period = longer(pace, SOONEST);
            this.batch =
                    pace.isZero() ? BATCH : (int) Math.max(1, SOONEST.toNanos() / pace.toNanos());
        }

        void start() {
            next = timers.after(SOONEST, this::begin);
            Duration left = request.deadline().left(clock);
            deadline =
                    timers.after(
                            longer(left, SOONEST),
                            () -> end(new Outcome.CutShort<>("the deadline passed")));
        }

        private void begin() {
            listener.sent();
            if (!over) next = timers.every(period, this::say);
            say();
        }

        private void say() {
            for (int i = 0; i < batch && !over; i++) {
                Iterator<String> reasoning = script.reasoning();
                Iterator<String> text = script.text();
                boolean full = bound.full();
                if (!full && reasoning.hasNext()) think(fit(reasoning.next()));
                else if (!full && text.hasNext()) speak(stops.pass(fit(text.next())));
                if (stops.met()) finish(ModelAnswer.Reason.STOP);
                else if (full || cut) finish(ModelAnswer.Reason.LENGTH);
                else if (!reasoning.hasNext() && !text.hasNext()) finish(ModelAnswer.Reason.STOP);
            }
        }

        private String fit(String delta) {
            String fits = bound.fit(delta);
            cut = fits.length() < delta.length();
            return fits;
        }

        private void finish(ModelAnswer.Reason reason) {
            if (!over) speak(stops.rest());
            end(answer(reason));
        }

        private void think(String delta) {
            reasoningUnits += delta.length();
            if (!delta.isEmpty()) listener.reasoning(delta);
        }

        private void speak(String delta) {
            textUnits += delta.length();
            if (!delta.isEmpty()) listener.text(delta);
        }

        private Outcome<ModelAnswer> answer(ModelAnswer.Reason reason) {
            return new Outcome.Ok<>(new ModelAnswer(reason, usage(), script.calls()));
        }

        private Usage usage() {
            Prompt prompt = request.prompt();
            long given = prompt.instructions().length();
            for (Prompt.Said said : prompt.messages()) given += said.whole().length();
            long asked = 0;
            for (ToolCall call : script.calls())
                asked += call.name().length() + call.arguments().length();
            return new Usage(
                    tokens(given),
                    0,
                    tokens(reasoningUnits + textUnits + asked),
                    tokens(reasoningUnits),
                    null,
                    1,
                    true);
        }

        private void end(Outcome<ModelAnswer> outcome) {
            if (over) return;
            cancel();
            listener.ended(outcome);
        }

        @Override
        public void cancel() {
            over = true;
            requireNonNull(next).cancel();
            requireNonNull(deadline).cancel();
        }
    }

    private static long tokens(long units) {
        return Math.ceilDiv(units, UNITS_PER_TOKEN);
    }

    private static Duration longer(Duration a, Duration b) {
        return a.compareTo(b) >= 0 ? a : b;
    }
}
