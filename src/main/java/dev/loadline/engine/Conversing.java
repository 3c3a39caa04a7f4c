package dev.loadline.engine;

import dev.loadline.core.Agent;
import dev.loadline.core.ConversationKey;
import dev.loadline.core.Origin;
import dev.loadline.core.Principal;
import dev.loadline.core.Prompt;
import dev.loadline.core.Rfc3339;
import dev.loadline.core.TurnId;
import dev.loadline.core.Utf16;
import dev.loadline.core.WorkClass;
import dev.loadline.turn.Asked;
import dev.loadline.turn.Chain;
import dev.loadline.turn.Message;
import dev.loadline.turn.TurnHead;

import org.jspecify.annotations.Nullable;

import java.util.List;
import java.util.Map;

/**
 * A message of a conversation that its caller keeps: nothing of it is stored, and its turn is
 * nobody's but its one reader's. Already checked by the door for form and ranges.
 *
 * @param history what was said before, oldest first; their ids are empty
 * @param receivedNanos monotonic clock when the last byte of the request was read
 * @param authenticatedNanos monotonic clock when the principal was known
 */
public record Conversing(
        Principal principal,
        String agent,
        List<Prompt.Said> history,
        String text,
        Asked asked,
        @Nullable Map<String, String> metadata,
        long receivedNanos,
        long authenticatedNanos) {
    public Conversing {
        history = List.copyOf(history);
    }

    /** Its conversation is its own: a name that no client can give. */
    TurnHead head(Agent of, TurnId id, String messageId, long nowMs) {
        Message input =
                Message.ofUser(
                        messageId,
                        id.value(),
                        Utf16.wellFormed(text),
                        Rfc3339.of(nowMs),
                        null,
                        Origin.CHAT);
        return new TurnHead(
                id,
                new ConversationKey(principal, "/" + id.value()),
                1,
                of.name(),
                Origin.CHAT,
                WorkClass.INTERACTIVE,
                List.of(input),
                nowMs,
                nowMs + of.limits().deadline().toMillis(),
                metadata,
                Chain.rootOf(id.value()));
    }
}
