package dev.loadline.turn;

import dev.loadline.core.ConversationKey;
import dev.loadline.core.Origin;
import dev.loadline.core.TurnId;
import dev.loadline.core.WorkClass;

import org.jspecify.annotations.Nullable;

import java.util.List;
import java.util.Map;

/**
 * What is settled about a turn when it is accepted and never changes.
 *
 * @param seq its place among the conversation's turns
 * @param input what it was made of; texts that join it later are not here
 * @param createdMs wall clock of acceptance
 * @param deadlineMs wall clock, ms since 1970, at which it fails unless ended
 */
public record TurnHead(
        TurnId id,
        ConversationKey conversation,
        long seq,
        String agent,
        Origin origin,
        WorkClass workClass,
        List<Message> input,
        long createdMs,
        long deadlineMs,
        @Nullable Map<String, String> metadata,
        Chain chain) {}
