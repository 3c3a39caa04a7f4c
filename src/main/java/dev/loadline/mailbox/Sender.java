package dev.loadline.mailbox;

import dev.loadline.core.ConversationKey;

/**
 * For whom work is done: fairness goes by tenant and user, order by line.
 *
 * @param line what stays first in, first out, whatever else is served first: a conversation
 */
public record Sender(String tenant, String user, String line) {
    /** The node itself: work of its own, and work whose sender was judged at another door. */
    public static final Sender NODE = new Sender("", "", "");

    public static Sender of(ConversationKey key) {
        return new Sender(key.principal().tenant(), key.principal().user(), key.id());
    }
}
