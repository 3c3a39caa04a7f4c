package dev.loadline.engine;

import dev.loadline.core.ConversationKey;
import dev.loadline.core.Problem;
import dev.loadline.core.WhenBusy;
import dev.loadline.turn.Asked;
import dev.loadline.turn.Submitted;

import org.jspecify.annotations.Nullable;

import java.util.Map;

/**
 * A message for a conversation, already checked by the door for form and ranges.
 *
 * @param asked what the caller asks for beside the text; absent: nothing
 * @param opensWith the agent of the conversation, which is created if it is not there; null: it
 *     must be there
 * @param overQuota what is answered if the message would make a turn of its own; null: it may. What
 *     attaches or joins is not charged, so a resend is served where nothing new is
 * @param retried true if the client says that it has sent this before and got no good answer
 * @param receivedNanos monotonic clock when the last byte of the request was read
 * @param authenticatedNanos monotonic clock when the principal was known
 */
public record Submission(
        ConversationKey conversation,
        String text,
        @Nullable String key,
        @Nullable WhenBusy whenBusy,
        @Nullable Long deadlineMs,
        @Nullable Map<String, String> metadata,
        @Nullable Asked asked,
        boolean retried,
        @Nullable String opensWith,
        @Nullable Problem overQuota,
        long receivedNanos,
        long authenticatedNanos) {

    public Submission(
            ConversationKey conversation,
            String text,
            @Nullable String key,
            @Nullable WhenBusy whenBusy,
            @Nullable Long deadlineMs,
            @Nullable Map<String, String> metadata,
            long receivedNanos,
            long authenticatedNanos) {
        this(
                conversation,
                text,
                key,
                whenBusy,
                deadlineMs,
                metadata,
                null,
                false,
                null,
                null,
                receivedNanos,
                authenticatedNanos);
    }

    /** Its conversation need not be there yet. */
    public Submission opening(String agent) {
        return with(agent, overQuota);
    }

    Submission overQuota(Problem why) {
        return with(opensWith, why);
    }

    private Submission with(@Nullable String agent, @Nullable Problem why) {
        return new Submission(
                conversation,
                text,
                key,
                whenBusy,
                deadlineMs,
                metadata,
                asked,
                retried,
                agent,
                why,
                receivedNanos,
                authenticatedNanos);
    }

    /** Where the message went. Attach to {@code submitted.turn()} for its events. */
    public record Reply(Submitted submitted) {
        /** Whether this message makes a turn of its own. */
        boolean begins() {
            return !submitted.duplicate()
                    && submitted.steered() == null
                    && submitted.collected() == null;
        }
    }
}
