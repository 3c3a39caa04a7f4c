package dev.loadline.turn;

import org.jspecify.annotations.Nullable;

import java.util.List;

/**
 * A conversation as the wire shows it.
 *
 * @param running the turn that runs (or waits for an approval), if any
 * @param waiting the turns queued behind it, in order
 * @param title the start of the first message
 */
public record Conversation(
        String id,
        String agent,
        String created,
        String updated,
        long messages,
        @Nullable String running,
        List<String> waiting,
        @Nullable String title) {}
