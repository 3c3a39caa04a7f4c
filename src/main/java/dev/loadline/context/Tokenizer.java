package dev.loadline.context;

import dev.loadline.core.Prompt;

/** Counts the tokens of a text as a family of models does. Any thread. */
public interface Tokenizer {
    /** A UTF-16 unit has at most three bytes of UTF-8, and a token at least one of them. */
    int TOKENS_PER_UNIT_MAX = 3;

    int count(String text);

    /** As {@link #count}, but once more than {@code enough} it may stop, still above it. */
    default int count(String text, int enough) {
        return count(text);
    }

    /** A message's tokens; may be remembered by its id. */
    default int count(Prompt.Said message) {
        return count(message.whole());
    }

    /** UTF-16 units that {@link #count(Prompt.Said)} would have to go through. */
    default int unknown(Prompt.Said message) {
        return message.whole().length();
    }

    /**
     * The encoding of OpenAI's current models ({@code o200k_base}), a fair estimate for others.
     * Blocks: its tables take some 300 ms to load, so load it on a worker, once.
     */
    static Tokenizer o200k() {
        return new O200kTokenizer();
    }

    /** Remembers the counts of the last {@code messages} messages. */
    static Tokenizer remembering(Tokenizer tokenizer, int messages) {
        return new RememberingTokenizer(tokenizer, messages);
    }
}
