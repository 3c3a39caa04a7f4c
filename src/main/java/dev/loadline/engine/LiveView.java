package dev.loadline.engine;

import dev.loadline.core.ContextReport;
import dev.loadline.core.Problem;
import dev.loadline.core.Rfc3339;
import dev.loadline.core.Usage;
import dev.loadline.turn.By;
import dev.loadline.turn.Cursor;
import dev.loadline.turn.Degradation;
import dev.loadline.turn.Feed;
import dev.loadline.turn.Finish;
import dev.loadline.turn.Message;
import dev.loadline.turn.Spoken;
import dev.loadline.turn.Status;
import dev.loadline.turn.Step;
import dev.loadline.turn.Timings;
import dev.loadline.turn.Turn;
import dev.loadline.turn.TurnEvent;
import dev.loadline.turn.TurnHead;
import dev.loadline.turn.Waiting;

import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** A live turn as the wire shows it: the fold of its feed up to a cursor. Any thread. */
final class LiveView {
    private final String model;
    private final long nowMs;
    private final Map<Integer, String> answeredBy = new HashMap<>(); // steps of other models
    private Status status = Status.QUEUED;
    private @Nullable Waiting waitingFor;
    private @Nullable String node;
    private final List<Message> input;
    private @Nullable ContextReport context;
    private final List<Degradation> degradations = new ArrayList<>();
    private @Nullable Finish finish;
    private @Nullable Problem problem;
    private @Nullable By by;
    private Usage usage = Usage.NONE;
    private Timings timings = Timings.NONE;

    private LiveView(String model, List<Message> made, long nowMs) {
        this.model = model;
        this.nowMs = nowMs;
        this.input = new ArrayList<>(made);
    }

    /**
     * @param model which answers, unless the feed says that another does
     * @param nowMs wall clock
     */
    static Turn of(Feed feed, Cursor upTo, String model, long nowMs) {
        var view = new LiveView(model, feed.head().input(), nowMs);
        int whole = Math.min(upTo.entry(), feed.size());
        for (int i = 0; i < whole; i++) {
            if (feed.entry(i) instanceof Feed.Happened(TurnEvent event)) view.see(event);
        }
        return view.turn(feed, upTo);
    }

    private void see(TurnEvent event) {
        switch (event) {
            case TurnEvent.Accepted first -> status = Status.QUEUED;
            case TurnEvent.Input(int step, Message text) -> input.add(text);
            case TurnEvent.Queued(int position) -> status = Status.QUEUED;
            case TurnEvent.Started(String where, int attempt) -> {
                status = Status.RUNNING;
                node = where;
            }
            case TurnEvent.Parked wait -> {
                status = Status.WAITING;
                waitingFor = wait.at(nowMs);
            }
            case TurnEvent.Resumed on -> {
                status = Status.RUNNING;
                waitingFor = null;
            }
            case TurnEvent.ContextReady(ContextReport report) -> context = report;
            case TurnEvent.Degraded(Degradation what) -> degraded(what);
            case TurnEvent.ToolCalled call -> {} // of the caller's own: nothing of it is kept
            case TurnEvent.Reset reset -> {} // the text's fold knows it
            case TurnEvent.Completed(var why, var used, var times, var next) -> {
                status = Status.COMPLETED;
                finish = why;
                usage = used;
                timings = times;
            }
            case TurnEvent.Failed(Problem why) -> {
                status = Status.FAILED;
                problem = why;
            }
            case TurnEvent.Cancelled(By who) -> {
                status = Status.CANCELLED;
                by = who;
            }
        }
    }

    private void degraded(Degradation what) {
        degradations.add(what);
        if (what.step() != null && what.instead() != null)
            answeredBy.put(what.step(), what.instead());
    }

    private Turn turn(Feed feed, Cursor upTo) {
        Spoken spoken = Spoken.upTo(feed, upTo);
        List<Step> steps = new ArrayList<>(feed.earlier());
        for (Spoken.StepText step : spoken.steps()) {
            String thought = step.reasoning().isEmpty() ? null : step.reasoning();
            String by = answeredBy.getOrDefault(step.step(), model);
            steps.add(new Step(step.step(), by, step.text(), thought, List.of(), null, null));
        }
        TurnHead head = feed.head();
        return new Turn(
                head.id().value(),
                head.conversation().id(),
                head.agent(),
                status,
                head.origin(),
                upTo.toString(),
                status.ended() ? null : waitingFor,
                feed.attempt(),
                node,
                List.copyOf(input),
                steps,
                spoken.text(),
                finish == null ? null : spoken.answer(),
                finish,
                problem,
                by,
                usage,
                timings,
                context,
                degradations,
                List.of(),
                head.chain(),
                Rfc3339.of(head.createdMs()),
                null,
                head.metadata());
    }

    static Turn withCursor(Turn turn, Cursor cursor) {
        return new Turn(
                turn.turn(),
                turn.conversation(),
                turn.agent(),
                turn.status(),
                turn.origin(),
                cursor.toString(),
                turn.waitingFor(),
                turn.attempt(),
                turn.node(),
                turn.input(),
                turn.steps(),
                turn.text(),
                turn.answer(),
                turn.finish(),
                turn.problem(),
                turn.cancelledBy(),
                turn.usage(),
                turn.timings(),
                turn.context(),
                turn.degradations(),
                turn.approvals(),
                turn.chain(),
                turn.created(),
                turn.ended(),
                turn.metadata());
    }
}
