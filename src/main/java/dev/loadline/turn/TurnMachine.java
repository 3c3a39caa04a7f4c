package dev.loadline.turn;

import dev.loadline.core.Problem;
import dev.loadline.turn.TurnEffect.Announce;
import dev.loadline.turn.TurnEffect.Assemble;
import dev.loadline.turn.TurnEffect.CallModel;
import dev.loadline.turn.TurnEffect.Leave;
import dev.loadline.turn.TurnEffect.Save;
import dev.loadline.turn.TurnEffect.StopModel;
import dev.loadline.turn.TurnInput.Begin;
import dev.loadline.turn.TurnInput.DeadlinePassed;
import dev.loadline.turn.TurnInput.Deleted;
import dev.loadline.turn.TurnInput.Fenced;
import dev.loadline.turn.TurnInput.GivenUp;
import dev.loadline.turn.TurnInput.HandOver;
import dev.loadline.turn.TurnInput.LimitReached;
import dev.loadline.turn.TurnInput.ModelFailed;
import dev.loadline.turn.TurnInput.ModelSaid;
import dev.loadline.turn.TurnInput.PromptFailed;
import dev.loadline.turn.TurnInput.PromptReady;
import dev.loadline.turn.TurnInput.Saved;
import dev.loadline.turn.TurnInput.Stop;
import dev.loadline.turn.TurnState.Assembling;
import dev.loadline.turn.TurnState.Ended;
import dev.loadline.turn.TurnState.Left;
import dev.loadline.turn.TurnState.Queued;
import dev.loadline.turn.TurnState.Saving;
import dev.loadline.turn.TurnState.Thinking;

import org.jspecify.annotations.Nullable;

/**
 * What a turn does next. Queued -begin-> Assembling -prompt-> Thinking -says-> Saving -saved->
 * Ended; whatever ends it early goes to Saving, too, so that no last event is told before it is
 * durable; losing the turn goes to Left. Pure.
 */
public final class TurnMachine {
    private TurnMachine() {}

    /**
     * Input that comes too late for its state changes nothing; input that can't come is a bug and
     * throws.
     */
    public static Decision decide(TurnState state, TurnInput input) {
        return switch (state) {
            case Queued now -> whileQueued(now, input);
            case Assembling now -> whileAssembling(now, input);
            case Thinking now -> whileThinking(now, input);
            case Saving now -> whileSaving(now, input);
            case Ended done -> Decision.go(done);
            case Left gone -> Decision.go(gone);
        };
    }

    private static Decision whileQueued(Queued now, TurnInput input) {
        TurnEnd end = early(input);
        if (end != null) return save(end);
        return switch (input) {
            case Begin(int step) -> Decision.go(new Assembling(step), new Assemble(step));
            case Fenced gone -> Decision.go(new Left(), new Leave());
            case HandOver gone -> Decision.go(new Left(), new Leave());
            case Deleted gone -> deleted();
            case PromptReady out -> throw impossible(now, out);
            case PromptFailed out -> throw impossible(now, out);
            case ModelSaid out -> throw impossible(now, out);
            case ModelFailed out -> throw impossible(now, out);
            case LimitReached out -> throw impossible(now, out);
            case Saved out -> throw impossible(now, out);
            case Stop out -> throw impossible(now, out);
            case DeadlinePassed out -> throw impossible(now, out);
            case GivenUp out -> throw impossible(now, out);
        };
    }

    private static Decision whileAssembling(Assembling now, TurnInput input) {
        TurnEnd end = early(input);
        if (end != null) return save(end);
        return switch (input) {
            case PromptReady ready ->
                    Decision.go(new Thinking(now.step()), new CallModel(now.step()));
            case PromptFailed(Problem why) -> save(new TurnEnd.Failed(why));
            case Fenced gone -> Decision.go(new Left(), new Leave());
            case HandOver gone -> Decision.go(new Left(), new Leave());
            case Deleted gone -> deleted();
            case Begin out -> throw impossible(now, out);
            case ModelSaid out -> throw impossible(now, out);
            case ModelFailed out -> throw impossible(now, out);
            case LimitReached out -> throw impossible(now, out);
            case Saved out -> throw impossible(now, out);
            case Stop out -> throw impossible(now, out);
            case DeadlinePassed out -> throw impossible(now, out);
            case GivenUp out -> throw impossible(now, out);
        };
    }

    private static Decision whileThinking(Thinking now, TurnInput input) {
        TurnEnd end = early(input);
        if (end != null) return stopAndSave(end);
        return switch (input) {
            case ModelSaid(Finish finish) -> save(new TurnEnd.Completed(finish));
            case ModelFailed(Problem why) -> save(new TurnEnd.Failed(why));
            case LimitReached(Finish limit) -> stopAndSave(new TurnEnd.Completed(limit));
            case Fenced gone -> Decision.go(new Left(), new StopModel(), new Leave());
            case HandOver gone -> Decision.go(new Left(), new StopModel(), new Leave());
            case Deleted gone -> {
                TurnEnd by = new TurnEnd.Cancelled(By.DELETED);
                yield Decision.go(new Ended(by), new StopModel(), new Announce(by));
            }
            case Begin out -> throw impossible(now, out);
            case PromptReady out -> throw impossible(now, out);
            case PromptFailed out -> throw impossible(now, out);
            case Saved out -> throw impossible(now, out);
            case Stop out -> throw impossible(now, out);
            case DeadlinePassed out -> throw impossible(now, out);
            case GivenUp out -> throw impossible(now, out);
        };
    }

    private static Decision whileSaving(Saving now, TurnInput input) {
        return switch (input) {
            case Saved in -> Decision.go(new Ended(now.end()), new Announce(now.end()));
            case Fenced gone -> Decision.go(new Left(), new Leave());
            case Deleted gone -> deleted();
            // How it ends is decided; a hand-over waits for the write, whoever comes next finds it
            // ended.
            case HandOver late -> Decision.go(now);
            case Stop late -> Decision.go(now);
            case DeadlinePassed late -> Decision.go(now);
            case PromptReady late -> Decision.go(now);
            case PromptFailed late -> Decision.go(now);
            case ModelSaid late -> Decision.go(now);
            case ModelFailed late -> Decision.go(now);
            case LimitReached late -> Decision.go(now);
            case GivenUp late -> Decision.go(now);
            case Begin late -> Decision.go(now);
        };
    }

    /**
     * How a turn ends that is stopped before its work is done; null if the input does not stop it.
     */
    private static @Nullable TurnEnd early(TurnInput input) {
        return switch (input) {
            case Stop(By by) -> new TurnEnd.Cancelled(by);
            case DeadlinePassed late ->
                    new TurnEnd.Failed(
                            Problem.of(
                                    Problem.Code.DEADLINE_EXCEEDED,
                                    "the turn's deadline passed before it was done"));
            case GivenUp(Problem why) -> new TurnEnd.Failed(why);
            case Begin other -> null;
            case PromptReady other -> null;
            case PromptFailed other -> null;
            case ModelSaid other -> null;
            case ModelFailed other -> null;
            case LimitReached other -> null;
            case Saved other -> null;
            case Fenced other -> null;
            case Deleted other -> null;
            case HandOver other -> null;
        };
    }

    private static Decision save(TurnEnd end) {
        return Decision.go(new Saving(end), new Save(end));
    }

    private static Decision stopAndSave(TurnEnd end) {
        return Decision.go(new Saving(end), new StopModel(), new Save(end));
    }

    private static Decision deleted() {
        TurnEnd end = new TurnEnd.Cancelled(By.DELETED);
        return Decision.go(new Ended(end), new Announce(end));
    }

    private static IllegalStateException impossible(TurnState state, TurnInput input) {
        return new IllegalStateException("a turn that is " + state + " can't see " + input);
    }
}
