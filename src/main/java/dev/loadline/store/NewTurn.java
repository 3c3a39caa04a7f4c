package dev.loadline.store;

import dev.loadline.core.ConversationKey;
import dev.loadline.core.Origin;
import dev.loadline.core.TurnId;
import dev.loadline.core.WhenBusy;
import dev.loadline.core.WorkClass;
import dev.loadline.turn.Asked;
import dev.loadline.turn.Chain;

import org.jspecify.annotations.Nullable;

import java.util.Map;

/**
 * A message to be stored as a turn, with all that the transaction needs to decide.
 *
 * @param id chosen by the caller: the same insert tried again after a lost commit finds itself by
 *     it
 * @param whenBusySaid true if the client named a mode: then a resend of the same text is not held
 *     for impatience
 * @param whenBusy what to do if a turn of the conversation runs or waits
 * @param waitingMax how many turns may wait in a conversation
 * @param resendWindowMs how young the newest unfinished turn must be for the same text to attach to
 *     it
 * @param attachDuplicateText true: attach even under another key
 * @param createdMs wall clock now
 * @param deadlineMs wall clock at which the turn fails unless ended
 * @param retried true if the client says that it got no good answer to this: a turn that was
 *     completed in the resend window is its answer, too
 * @param mayBegin false: it may attach or join, but not make a turn of its own
 * @param asked what the caller asks for beside the text; absent: nothing
 * @param opens true: a conversation that is not there is created with it, for this agent
 */
public record NewTurn(
        TurnId id,
        ConversationKey conversation,
        String agent,
        Origin origin,
        WorkClass workClass,
        String messageId,
        String text,
        @Nullable String key,
        boolean whenBusySaid,
        WhenBusy whenBusy,
        int waitingMax,
        long resendWindowMs,
        boolean attachDuplicateText,
        long createdMs,
        long deadlineMs,
        @Nullable Map<String, String> metadata,
        Chain chain,
        boolean retried,
        boolean mayBegin,
        @Nullable Asked asked,
        boolean opens) {

    /** Its caller asks for nothing beside the text. */
    public NewTurn(
            TurnId id,
            ConversationKey conversation,
            String agent,
            Origin origin,
            WorkClass workClass,
            String messageId,
            String text,
            @Nullable String key,
            boolean whenBusySaid,
            WhenBusy whenBusy,
            int waitingMax,
            long resendWindowMs,
            boolean attachDuplicateText,
            long createdMs,
            long deadlineMs,
            @Nullable Map<String, String> metadata,
            Chain chain) {
        this(
                id,
                conversation,
                agent,
                origin,
                workClass,
                messageId,
                text,
                key,
                whenBusySaid,
                whenBusy,
                waitingMax,
                resendWindowMs,
                attachDuplicateText,
                createdMs,
                deadlineMs,
                metadata,
                chain,
                false,
                true,
                null,
                false);
    }
}
