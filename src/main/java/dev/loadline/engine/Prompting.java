package dev.loadline.engine;

import dev.loadline.context.Asking;
import dev.loadline.context.ContextTask;
import dev.loadline.core.ContextReport;
import dev.loadline.core.Deadline;
import dev.loadline.core.Json;
import dev.loadline.core.Problem;
import dev.loadline.core.Problem.Code;
import dev.loadline.core.ProblemException;
import dev.loadline.core.Prompt;
import dev.loadline.core.ToolOffer;
import dev.loadline.guard.Cause;
import dev.loadline.mailbox.Letter;
import dev.loadline.mailbox.Sender;
import dev.loadline.model.LanguageModel;
import dev.loadline.model.ModelRequest;
import dev.loadline.telemetry.StageClock.Mark;
import dev.loadline.turn.Degradation;
import dev.loadline.turn.Message;
import dev.loadline.turn.TurnEvent;
import dev.loadline.turn.TurnInput;
import dev.loadline.turn.TurnState;

import io.vertx.core.Future;

import org.jspecify.annotations.Nullable;

import java.time.Duration;
import java.util.List;
import java.util.Objects;

/**
 * Carries out the first half of a step: the history, the prompt, the call to the model. The turn's
 * loop.
 */
final class Prompting {
    private static final Duration STORE_PAUSE = Duration.ofMillis(500);
    private static final int CHARS_PER_TOKEN =
            8; // more than any text has, so that the bound never cuts what would fit

    private static final int CHARS_OF_A_TOKEN = 4;

    private final Engine engine;
    private final Hands hands;

    Prompting(Engine engine, Hands hands) {
        this.engine = engine;
        this.hands = hands;
    }

    void assemble(LiveTurn turn, int step) {
        if (turn.agent.model().isEmpty()) {
            engine.input(
                    turn,
                    new TurnInput.PromptFailed(
                            Problem.of(
                                    Code.INVALID_REQUEST,
                                    "the agent "
                                            + turn.agent.name()
                                            + " is no longer configured")));
            return;
        }
        if (turn.kept != null) {
            ask(turn, step, turn.kept);
            return;
        }
        history(turn)
                .onComplete(
                        read -> {
                            if (!awaits(turn, step)) return;
                            if (read.succeeded()) ask(turn, step, said(read.result()));
                            else
                                hands.timers()
                                        .after(
                                                STORE_PAUSE,
                                                () -> again(turn, step)); // acknowledged work waits
                            // for the store
                        });
    }

    private void again(LiveTurn turn, int step) {
        if (awaits(turn, step)) assemble(turn, step);
    }

    private static boolean awaits(LiveTurn turn, int step) {
        return turn.state instanceof TurnState.Assembling now && now.step() == step;
    }

    private Future<List<Message>> history(LiveTurn turn) {
        if (turn.place <= 1) return Future.succeededFuture(List.of());
        int charsMax = turn.agent.budget().tokens() * CHARS_PER_TOKEN;
        return hands.store().history(turn.head.conversation(), turn.place, charsMax);
    }

    private void ask(LiveTurn turn, int step, List<Prompt.Said> history) {
        turn.stages.reached(Mark.STATE, engine.now());
        List<Prompt.Said> own = turn.texts.prompt(step, turn.done, turn.head.id().value());
        own.addAll(turn.asked().since());
        var task =
                new ContextTask.Assemble(
                        turn.agent,
                        step,
                        history,
                        own,
                        turn.asked().instructions(),
                        turn.agent.sources().isEmpty() ? null : asking(turn, own));
        var letter = new Letter<ContextTask>(task, turn.head.workClass(), deadline(turn));
        hands.bus()
                .<ContextTask, ContextTask.Answer>ask("context", letter)
                .compose(Problems::answer)
                .onComplete(
                        done -> {
                            if (!awaits(turn, step)) return;
                            if (done.succeeded())
                                ready(turn, (ContextTask.Answer.Assembled) done.result());
                            else failed(turn, done.cause());
                        });
    }

    private Asking asking(LiveTurn turn, List<Prompt.Said> own) {
        String newest = "";
        for (Prompt.Said said : own) if (said.byUser()) newest = said.text();
        return new Asking(
                turn.head.id(),
                turn.head.conversation().principal(),
                turn.head.conversation().id(),
                newest,
                turn.head.workClass(),
                deadline(turn));
    }

    private void ready(LiveTurn turn, ContextTask.Answer.Assembled assembled) {
        turn.prompt = assembled;
        turn.stages.reached(Mark.CONTEXT, engine.now());
        engine.input(turn, new TurnInput.PromptReady());
    }

    /** Of a prompt that is sent: the report once per attempt, what it lacks at every step. */
    private void tellContext(LiveTurn turn, ContextReport report) {
        hands.counts().context(turn.head, report);
        if (!turn.contextTold) {
            turn.contextTold = true;
            turn.memo = turn.memo.withContext(report);
            turn.feed.happened(new TurnEvent.ContextReady(report));
        }
        for (ContextReport.Source source : report.sources()) {
            String reason = lacks(source.status());
            if (reason == null) continue;
            String effect = source.kept() > 0 ? "partial" : "without";
            turn.degraded(
                    new Degradation(
                            "source:" + source.name(), reason, effect, null, null, report.step()));
        }
    }

    /** Why a source has not given all that it could; null if it has. */
    private static @Nullable String lacks(ContextReport.SourceStatus status) {
        return switch (status) {
            case OK, TRIMMED, SKIPPED -> null;
            case LATE -> "timeout";
            case FAILED -> "error";
            case OPEN -> "open";
        };
    }

    private void failed(LiveTurn turn, Throwable why) {
        if (why instanceof ProblemException known)
            engine.input(turn, new TurnInput.PromptFailed(known.problem().withoutRetryAfter()));
        else engine.broke(turn, why);
    }

    void callModel(LiveTurn turn, int step) {
        if (!engine.ours(turn)) {
            engine.input(turn, new TurnInput.Fenced());
            return;
        }
        var assembled = Objects.requireNonNull(turn.prompt, "no prompt");
        tellContext(turn, assembled.report());
        Prompt prompt = offered(assembled.prompt(), turn.asked().tools());
        LanguageModel model = hands.models().apply(turn.agent);
        var talk = new Talk(engine, turn, model, prompt.tokens(), engine.now());
        turn.talk = talk;
        turn.stages.modelHasIt(engine.now());
        turn.call =
                model.stream(
                        new ModelRequest(
                                turn.head.id(),
                                turn.feed.attempt(),
                                step,
                                prompt,
                                turn.asked().options(),
                                deadline(turn),
                                standing(turn),
                                null),
                        talk);
    }

    /** What they cost is a guess by length: they are never cut. */
    private static Prompt offered(Prompt prompt, List<ToolOffer> tools) {
        if (tools.isEmpty()) return prompt;
        return prompt.with(tools, Math.ceilDiv(Json.write(tools).length(), CHARS_OF_A_TOKEN));
    }

    /** Only the step that another life had begun is asked a second time. */
    private static ModelRequest.Standing standing(LiveTurn turn) {
        return new ModelRequest.Standing(
                turn.head.workClass(),
                Sender.of(turn.head.conversation()),
                turn.takenOver && turn.memo.step() == turn.firstStep
                        ? Cause.TAKEOVER
                        : Cause.ORIGINAL,
                turn.gateWaits,
                !turn.asked().irrevocable());
    }

    private Deadline deadline(LiveTurn turn) {
        long leftMs = Math.max(1, turn.head.deadlineMs() - hands.clock().millis());
        return Deadline.after(hands.clock(), Duration.ofMillis(leftMs));
    }

    private static List<Prompt.Said> said(List<Message> messages) {
        return messages.stream()
                .map(
                        message ->
                                new Prompt.Said(
                                        message.id(),
                                        message.role() == Message.Role.USER,
                                        message.text()))
                .toList();
    }
}
