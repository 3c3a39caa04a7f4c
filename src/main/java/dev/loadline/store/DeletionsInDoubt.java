package dev.loadline.store;

import dev.loadline.core.ConversationKey;
import dev.loadline.core.TurnId;

import org.jspecify.annotations.Nullable;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What a deletion whose commit is unknown would have answered. Asked again, it finds nothing if it
 * was done, and the turns it ended would be forgotten. The last 256 are kept. Any thread.
 */
final class DeletionsInDoubt {
    private static final int MAX = 256;

    private final Map<ConversationKey, List<TurnId>> answers = new LinkedHashMap<>();

    synchronized void note(ConversationKey key, @Nullable List<TurnId> answer, Throwable failure) {
        boolean unknown =
                failure instanceof StoreFailure store && store.kind() == StoreFailure.Kind.UNKNOWN;
        if (!unknown || answer == null) return;
        answers.put(key, answer);
        if (answers.size() > MAX) answers.remove(answers.keySet().iterator().next());
    }

    synchronized Optional<List<TurnId>> settle(ConversationKey key, Optional<List<TurnId>> answer) {
        List<TurnId> before = answers.remove(key);
        return answer.or(() -> Optional.ofNullable(before));
    }
}
