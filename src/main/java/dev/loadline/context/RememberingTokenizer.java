package dev.loadline.context;

import dev.loadline.core.Prompt;

import org.jspecify.annotations.Nullable;

import java.util.LinkedHashMap;
import java.util.Map;

/**
 * A history's messages are the same at every turn, so each is counted once. Bounded; the ones used
 * longest ago are forgotten. Any thread; the counting itself is done outside the lock.
 */
final class RememberingTokenizer implements Tokenizer {
    private static final float LOAD = 0.75f;

    /**
     * The text's length and hash stand for it: the same id with another text is another message.
     */
    private record Key(String id, int length, int hash) {
        static Key of(Prompt.Said message) {
            String text = message.whole();
            return new Key(message.id(), text.length(), text.hashCode());
        }
    }

    private final Tokenizer tokenizer;
    private final Map<Key, Integer> counts; // under its own lock

    RememberingTokenizer(Tokenizer tokenizer, int messages) {
        this.tokenizer = tokenizer;
        this.counts =
                new LinkedHashMap<>(16, LOAD, true) {
                    private static final long serialVersionUID = 1L;

                    @Override
                    protected boolean removeEldestEntry(Map.Entry<Key, Integer> eldest) {
                        return size() > messages;
                    }
                };
    }

    @Override
    public int count(String text) {
        return tokenizer.count(text);
    }

    @Override
    public int count(String text, int enough) {
        return tokenizer.count(text, enough);
    }

    @Override
    public int count(Prompt.Said message) {
        if (message.id().isEmpty()) return tokenizer.count(message);
        Key key = Key.of(message);
        Integer known = known(key);
        if (known != null) return known;
        int tokens = tokenizer.count(message);
        synchronized (counts) {
            counts.put(key, tokens);
        }
        return tokens;
    }

    @Override
    public int unknown(Prompt.Said message) {
        if (message.id().isEmpty()) return tokenizer.unknown(message);
        return known(Key.of(message)) == null ? tokenizer.unknown(message) : 0;
    }

    private @Nullable Integer known(Key key) {
        synchronized (counts) {
            return counts.get(key);
        }
    }
}
