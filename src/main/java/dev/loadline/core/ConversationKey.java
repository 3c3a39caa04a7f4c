package dev.loadline.core;

/**
 * What names a conversation: a client's own conversation id is unique only within its principal.
 */
public record ConversationKey(Principal principal, String id) {}
