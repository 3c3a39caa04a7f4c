package dev.loadline.core;

import java.util.List;

/**
 * What a model is given: the agent's instructions (may be empty), then what was said, oldest first,
 * ending with the user's new message or the results of what the model had called.
 *
 * @param tokens counted with the agent's tokenizer
 * @param tools what the model may ask to be called
 */
public record Prompt(String instructions, List<Said> messages, int tokens, List<ToolOffer> tools) {
    public Prompt {
        tools = List.copyOf(tools);
    }

    /** Without tools. */
    public Prompt(String instructions, List<Said> messages, int tokens) {
        this(instructions, messages, tokens, List.of());
    }

    /** With these tools, which take so many tokens. */
    public Prompt with(List<ToolOffer> offered, int theirTokens) {
        return new Prompt(instructions, messages, tokens + theirTokens, offered);
    }

    /**
     * One message. {@code id} names it for caches; empty: it may never come again, or under no id.
     *
     * @param called what the model asked for in it, each with its result, so that no cut ever
     *     divides the two
     */
    public record Said(String id, boolean byUser, String text, List<Called> called) {
        public Said {
            called = List.copyOf(called);
        }

        /** A message of words alone. */
        public Said(String id, boolean byUser, String text) {
            this(id, byUser, text, List.of());
        }

        /** All that a model has to read of it: what a tokenizer counts. */
        public String whole() {
            if (called.isEmpty()) return text;
            var all = new StringBuilder(text);
            for (Called each : called)
                all.append('\n')
                        .append(each.call.name())
                        .append(each.call.arguments())
                        .append('\n')
                        .append(each.result);
            return all.toString();
        }
    }

    /** A call and what came of it. */
    public record Called(ToolCall call, String result) {}
}
