package dev.loadline.context;

import dev.loadline.core.Agent;
import dev.loadline.core.ContextReport;
import dev.loadline.core.Prompt;

import org.jspecify.annotations.Nullable;

import java.util.List;

/** What the address {@code context} is asked. */
public sealed interface ContextTask {
    /**
     * Make a prompt. {@code history}: what was said before, oldest first, already bounded by the
     * store; {@code input}: what was said in this turn in order, never cut (texts of the user with
     * nothing between become one user message, joined by blank lines); {@code callers}:
     * instructions of the caller's, which follow the agent's and are marked; may be empty; {@code
     * asking}: what the agent's sources are told; null: none is asked.
     */
    record Assemble(
            Agent agent,
            int step,
            List<Prompt.Said> history,
            List<Prompt.Said> input,
            String callers,
            @Nullable Asking asking)
            implements ContextTask {
        public Assemble(
                Agent agent,
                int step,
                List<Prompt.Said> history,
                List<Prompt.Said> input,
                String callers) {
            this(agent, step, history, input, callers, null);
        }

        public Assemble(Agent agent, int step, List<Prompt.Said> history, List<Prompt.Said> input) {
            this(agent, step, history, input, "");
        }
    }

    /** Does this text with the agent's and the caller's instructions fit the agent's budget? */
    record Measure(Agent agent, String text, String callers) implements ContextTask {
        public Measure(Agent agent, String text) {
            this(agent, text, "");
        }
    }

    /** How many tokens is what a model said? For providers that don't tell. */
    record Count(String text, String reasoning) implements ContextTask {}

    /** What is answered. */
    sealed interface Answer {
        record Assembled(Prompt prompt, ContextReport report) implements Answer {}

        /**
         * {@code tokens}: instructions and text together; a bound, sure to be on the right side of
         * the budget, where counting it all is not needed to know that.
         */
        record Measured(int tokens, boolean fits) implements Answer {}

        /** In tokens. */
        record Counted(int text, int reasoning) implements Answer {}
    }
}
