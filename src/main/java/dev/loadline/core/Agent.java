package dev.loadline.core;

import static dev.loadline.core.Require.require;

import org.jspecify.annotations.Nullable;

import java.net.URI;
import java.time.Duration;
import java.util.List;

/**
 * An agent's definition, as configured.
 *
 * @param model a configured language model's name
 * @param fallback the models that are asked in its place, in order
 * @param sources what is asked for the prompt beside the history, in order
 */
public record Agent(
        String name,
        @Nullable String description,
        String model,
        List<String> fallback,
        String instructions,
        Budget budget,
        List<HttpSource> sources,
        Limits limits,
        Busy busy) {

    public Agent {
        fallback = List.copyOf(fallback);
        sources = List.copyOf(sources);
    }

    /**
     * A context source that is asked over HTTP: {@code POST {principal, conversation, query}}
     * answers {@code {items: [{id, text}]}}.
     *
     * @param normal the median that the operator expects
     * @param max tokens of a prompt that it may take
     * @param priority the higher, the later it is trimmed
     * @param critical a turn without it fails
     */
    public record HttpSource(
            String name, URI url, Duration normal, int max, int priority, boolean critical) {
        public HttpSource {
            require(
                    normal.isPositive() && normal.compareTo(Duration.ofMinutes(1)) <= 0,
                    "normal must be between 1ms and 1m");
            require(max >= 1, "max must be at least 1");
        }
    }

    /** What a prompt may hold, and how long its assembly may take. */
    public record Budget(int tokens, Duration time) {
        public static final Budget DEFAULT = new Budget(8000, Duration.ofMillis(200));

        public Budget {
            require(tokens >= 1, "context.budget.tokens must be at least 1");
            require(time.isPositive(), "context.budget.time must be positive");
        }
    }

    /** What one turn may use. {@code cost} is in the currency of the configured prices. */
    public record Limits(
            int steps,
            int toolCalls,
            int sameCall,
            long tokens,
            double cost,
            Duration deadline,
            int depth,
            int descendants,
            int effects) {
        public static final Limits DEFAULT =
                new Limits(12, 32, 3, 200_000, 1.00, Duration.ofMinutes(5), 3, 16, 8);

        public Limits {
            require(steps >= 1, "limits.steps must be at least 1");
            require(toolCalls >= 0, "limits.toolCalls must not be negative");
            require(sameCall >= 1, "limits.sameCall must be at least 1");
            require(tokens >= 1, "limits.tokens must be at least 1");
            require(cost > 0, "limits.cost must be positive");
            require(deadline.toMillis() >= 100, "limits.deadline must be at least 100ms");
            require(depth >= 0, "limits.depth must not be negative");
            require(descendants >= 0, "limits.descendants must not be negative");
            require(effects >= 0, "limits.effects must not be negative");
        }
    }

    /** What happens to a message that comes while a turn of its conversation runs or waits. */
    public record Busy(
            WhenBusy whenBusy,
            int waiting,
            Duration resendWindow,
            DuplicateText duplicateText,
            Duration approvalExpires) {
        public static final Busy DEFAULT =
                new Busy(
                        WhenBusy.ENQUEUE,
                        4,
                        Duration.ofSeconds(30),
                        DuplicateText.RUN,
                        Duration.ofHours(24));

        public Busy {
            require(waiting >= 0 && waiting <= 100, "busy.waiting must be 0..100");
            require(!resendWindow.isNegative(), "busy.resendWindow must not be negative");
            require(approvalExpires.isPositive(), "busy.approvalExpires must be positive");
        }
    }

    /**
     * The same text under another key: two messages ({@code RUN}), or one pressed twice ({@code
     * ATTACH}).
     */
    public enum DuplicateText {
        RUN,
        ATTACH
    }
}
