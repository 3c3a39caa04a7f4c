package dev.loadline.core;

import java.util.List;

/**
 * What a model is given: the agent's instructions (may be empty), then what was said, oldest first,
 * ending with the user's new message.
 *
 * @param tokens counted with the agent's tokenizer
 */
public record Prompt(String instructions, List<Said> messages, int tokens) {

    /**
     * One message. {@code id} names it for caches; empty: it may never come again, or under no id.
     */
    public record Said(String id, boolean byUser, String text) {}
}
