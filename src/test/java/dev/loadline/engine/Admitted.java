package dev.loadline.engine;

import dev.loadline.mailbox.Slot;

import org.jspecify.annotations.Nullable;

/** What the simulation sees of a submission on its way to a loop, and may do to its slot. */
public final class Admitted {
    private Admitted() {}

    /** Null: the command is something else. */
    public static @Nullable Submission submission(Object command) {
        return command instanceof Command.Submit submit ? submit.submission() : null;
    }

    /** Null: it brings none. */
    public static @Nullable Slot slot(Object command) {
        return command instanceof Command.Submit submit ? submit.slot() : null;
    }

    /** The same submission with another slot. */
    @SuppressWarnings("unchecked") // what comes in is a command, and so is what goes out
    public static <M> M with(M command, Slot slot) {
        var submit = (Command.Submit) command;
        return (M) new Command.Submit(submit.submission(), submit.agent(), slot);
    }
}
