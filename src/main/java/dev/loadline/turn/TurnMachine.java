package dev.loadline.turn;

import dev.loadline.core.Problem;
import dev.loadline.turn.TurnEffect.Announce;
import dev.loadline.turn.TurnEffect.Assemble;
import dev.loadline.turn.TurnEffect.CallModel;
import dev.loadline.turn.TurnEffect.GoOn;
import dev.loadline.turn.TurnEffect.Keep;
import dev.loadline.turn.TurnEffect.Leave;
import dev.loadline.turn.TurnEffect.Park;
import dev.loadline.turn.TurnEffect.Save;
import dev.loadline.turn.TurnEffect.StopModel;
import dev.loadline.turn.TurnEffect.TakeSlot;
import dev.loadline.turn.TurnInput.Begin;
import dev.loadline.turn.TurnInput.DeadlinePassed;
import dev.loadline.turn.TurnInput.Deleted;
import dev.loadline.turn.TurnInput.Fenced;
import dev.loadline.turn.TurnInput.GivenUp;
import dev.loadline.turn.TurnInput.HandOver;
import dev.loadline.turn.TurnInput.HasSlot;
import dev.loadline.turn.TurnInput.Joined;
import dev.loadline.turn.TurnInput.Kept;
import dev.loadline.turn.TurnInput.LimitReached;
import dev.loadline.turn.TurnInput.MayGo;
import dev.loadline.turn.TurnInput.ModelFailed;
import dev.loadline.turn.TurnInput.ModelSaid;
import dev.loadline.turn.TurnInput.MustWait;
import dev.loadline.turn.TurnInput.PromptFailed;
import dev.loadline.turn.TurnInput.PromptReady;
import dev.loadline.turn.TurnInput.Saved;
import dev.loadline.turn.TurnInput.Stop;
import dev.loadline.turn.TurnInput.Unseen;
import dev.loadline.turn.TurnState.Assembling;
import dev.loadline.turn.TurnState.Ended;
import dev.loadline.turn.TurnState.Keeping;
import dev.loadline.turn.TurnState.Left;
import dev.loadline.turn.TurnState.Parked;
import dev.loadline.turn.TurnState.Queued;
import dev.loadline.turn.TurnState.Saving;
import dev.loadline.turn.TurnState.Thinking;

import org.jspecify.annotations.Nullable;

/**
 * What a turn does next. Queued -begin-> Assembling -prompt-> Thinking -says-> Saving -saved->
 * Ended. A text that joins meanwhile makes it take another step: Thinking -says-> Keeping -kept->
 * Assembling. A model that has to be waited for parks it: Thinking -must wait-> Parked -may go, has
 * slot-> Thinking. That is no checkpoint: who takes over a parked turn begins its step again.
 * Whatever ends it early goes to Saving, too, so that no last event is told before it is durable;
 * losing the turn goes to Left. Pure.
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
            case Parked now -> whileParked(now, input);
            case Keeping now -> whileKeeping(now, input);
            case Saving now -> whileSaving(now, input);
            case Ended done -> Decision.go(done);
            case Left gone -> Decision.go(gone);
        };
    }

    private static Decision whileQueued(Queued now, TurnInput input) {
        TurnEnd end = early(input);
        if (end != null) return save(end);
        return switch (input) {
            case Begin(int step) -> assemble(step);
            case Joined in -> Decision.go(now); // its first step sees it
            case Fenced gone -> Decision.go(new Left(), new Leave());
            case HandOver gone -> Decision.go(new Left(), new Leave());
            case Deleted gone -> deleted();
            case PromptReady out -> throw impossible(now, out);
            case PromptFailed out -> throw impossible(now, out);
            case ModelSaid out -> throw impossible(now, out);
            case ModelFailed out -> throw impossible(now, out);
            case LimitReached out -> throw impossible(now, out);
            case MustWait out -> throw impossible(now, out);
            case MayGo out -> throw impossible(now, out);
            case HasSlot out -> throw impossible(now, out);
            case Saved out -> throw impossible(now, out);
            case Kept out -> throw impossible(now, out);
            case Unseen out -> throw impossible(now, out);
            case Stop out -> throw impossible(now, out);
            case DeadlinePassed out -> throw impossible(now, out);
            case GivenUp out -> throw impossible(now, out);
        };
    }

    private static Decision whileAssembling(Assembling now, TurnInput input) {
        TurnEnd end = early(input);
        if (end != null) return save(end);
        return switch (input) {
            case PromptReady old when now.joined() -> assemble(now.step());
            case PromptReady ready ->
                    Decision.go(new Thinking(now.step(), false), new CallModel(now.step()));
            case Joined in -> Decision.go(new Assembling(now.step(), true));
            case PromptFailed(Problem why) -> save(new TurnEnd.Failed(why));
            case Fenced gone -> Decision.go(new Left(), new Leave());
            case HandOver gone -> Decision.go(new Left(), new Leave());
            case Deleted gone -> deleted();
            case Begin out -> throw impossible(now, out);
            case ModelSaid out -> throw impossible(now, out);
            case ModelFailed out -> throw impossible(now, out);
            case LimitReached out -> throw impossible(now, out);
            case MustWait out -> throw impossible(now, out);
            case MayGo out -> throw impossible(now, out);
            case HasSlot out -> throw impossible(now, out);
            case Saved out -> throw impossible(now, out);
            case Kept out -> throw impossible(now, out);
            case Unseen out -> throw impossible(now, out);
            case Stop out -> throw impossible(now, out);
            case DeadlinePassed out -> throw impossible(now, out);
            case GivenUp out -> throw impossible(now, out);
        };
    }

    private static Decision whileThinking(Thinking now, TurnInput input) {
        TurnEnd end = early(input);
        if (end != null) return stopAndSave(end);
        return switch (input) {
            case ModelSaid(Finish finish, boolean mayGoOn) when mayGoOn && now.joined() ->
                    keep(now.step());
            case ModelSaid(Finish finish, boolean mayGoOn) -> save(new TurnEnd.Completed(finish));
            case Joined in -> Decision.go(new Thinking(now.step(), true));
            case ModelFailed(Problem why) -> save(new TurnEnd.Failed(why));
            case LimitReached(Finish limit) -> stopAndSave(new TurnEnd.Completed(limit));
            case MustWait in ->
                    Decision.go(new Parked(now.step(), now.joined(), false), new Park());
            case Fenced gone -> Decision.go(new Left(), new StopModel(), new Leave());
            case HandOver gone -> Decision.go(new Left(), new StopModel(), new Leave());
            case Deleted gone -> stopAndDeleted();
            case Begin out -> throw impossible(now, out);
            case PromptReady out -> throw impossible(now, out);
            case PromptFailed out -> throw impossible(now, out);
            case MayGo out -> throw impossible(now, out);
            case HasSlot out -> throw impossible(now, out);
            case Saved out -> throw impossible(now, out);
            case Kept out -> throw impossible(now, out);
            case Unseen out -> throw impossible(now, out);
            case Stop out -> throw impossible(now, out);
            case DeadlinePassed out -> throw impossible(now, out);
            case GivenUp out -> throw impossible(now, out);
        };
    }

    /** Until its slot is there again, whatever is said of the line changes nothing. */
    private static Decision whileParked(Parked now, TurnInput input) {
        TurnEnd end = early(input);
        if (end != null) return stopAndSave(end);
        return switch (input) {
            case MayGo in when !now.due() ->
                    Decision.go(new Parked(now.step(), now.joined(), true), new TakeSlot());
            case HasSlot in when now.due() ->
                    Decision.go(new Thinking(now.step(), now.joined()), new GoOn());
            case MustWait in -> Decision.go(now);
            case MayGo in -> Decision.go(now);
            case Joined in -> Decision.go(new Parked(now.step(), true, now.due()));
            case ModelFailed(Problem why) -> save(new TurnEnd.Failed(why));
            case Fenced gone -> Decision.go(new Left(), new StopModel(), new Leave());
            case HandOver gone -> Decision.go(new Left(), new StopModel(), new Leave());
            case Deleted gone -> stopAndDeleted();
            case HasSlot out -> throw impossible(now, out);
            case Begin out -> throw impossible(now, out);
            case PromptReady out -> throw impossible(now, out);
            case PromptFailed out -> throw impossible(now, out);
            case ModelSaid out -> throw impossible(now, out);
            case LimitReached out -> throw impossible(now, out);
            case Saved out -> throw impossible(now, out);
            case Kept out -> throw impossible(now, out);
            case Unseen out -> throw impossible(now, out);
            case Stop out -> throw impossible(now, out);
            case DeadlinePassed out -> throw impossible(now, out);
            case GivenUp out -> throw impossible(now, out);
        };
    }

    private static Decision whileKeeping(Keeping now, TurnInput input) {
        TurnEnd end = early(input);
        if (end != null) return save(end);
        return switch (input) {
            case Kept in -> assemble(now.step() + 1);
            case Joined in -> Decision.go(now); // the next step sees it
            case Fenced gone -> Decision.go(new Left(), new Leave());
            case HandOver gone -> Decision.go(new Left(), new Leave());
            case Deleted gone -> deleted();
            case Begin out -> throw impossible(now, out);
            case PromptReady out -> throw impossible(now, out);
            case PromptFailed out -> throw impossible(now, out);
            case ModelSaid out -> throw impossible(now, out);
            case ModelFailed out -> throw impossible(now, out);
            case LimitReached out -> throw impossible(now, out);
            case MustWait out -> throw impossible(now, out);
            case MayGo out -> throw impossible(now, out);
            case HasSlot out -> throw impossible(now, out);
            case Saved out -> throw impossible(now, out);
            case Unseen out -> throw impossible(now, out);
            case Stop out -> throw impossible(now, out);
            case DeadlinePassed out -> throw impossible(now, out);
            case GivenUp out -> throw impossible(now, out);
        };
    }

    private static Decision whileSaving(Saving now, TurnInput input) {
        TurnEnd late = early(input);
        if (late != null) {
            return Decision.go(new Saving(now.end(), now.late() == null ? late : now.late()));
        }
        return switch (input) {
            case Saved in -> Decision.go(new Ended(now.end()), new Announce(now.end()));
            case Unseen(int step) -> now.late() == null ? keep(step) : save(now.late());
            case Joined in -> Decision.go(now); // the store knows it, and answers Unseen
            case Fenced gone -> Decision.go(new Left(), new Leave());
            case Deleted gone -> deleted();
            // How it ends is decided; a hand-over waits for the write, whoever comes next finds it
            // ended.
            case HandOver out -> Decision.go(now);
            case Kept out -> Decision.go(now);
            case PromptReady out -> Decision.go(now);
            case PromptFailed out -> Decision.go(now);
            case ModelSaid out -> Decision.go(now);
            case ModelFailed out -> Decision.go(now);
            case LimitReached out -> Decision.go(now);
            case MustWait out -> Decision.go(now);
            case MayGo out -> Decision.go(now);
            case HasSlot out -> Decision.go(now);
            case Begin out -> Decision.go(now);
            case Stop out -> throw impossible(now, out);
            case DeadlinePassed out -> throw impossible(now, out);
            case GivenUp out -> throw impossible(now, out);
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
            case MustWait other -> null;
            case MayGo other -> null;
            case HasSlot other -> null;
            case Joined other -> null;
            case Kept other -> null;
            case Unseen other -> null;
            case Saved other -> null;
            case Fenced other -> null;
            case Deleted other -> null;
            case HandOver other -> null;
        };
    }

    private static Decision assemble(int step) {
        return Decision.go(new Assembling(step, false), new Assemble(step));
    }

    private static Decision keep(int step) {
        return Decision.go(new Keeping(step), new Keep(step));
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

    private static Decision stopAndDeleted() {
        TurnEnd end = new TurnEnd.Cancelled(By.DELETED);
        return Decision.go(new Ended(end), new StopModel(), new Announce(end));
    }

    private static IllegalStateException impossible(TurnState state, TurnInput input) {
        return new IllegalStateException("a turn that is " + state + " can't see " + input);
    }
}
