package dev.loadline.engine;

import dev.loadline.core.Agent;
import dev.loadline.core.ConversationKey;
import dev.loadline.core.Principal;
import dev.loadline.core.TurnId;
import dev.loadline.turn.By;
import dev.loadline.turn.Conversation;
import dev.loadline.turn.Message;
import dev.loadline.turn.Page;
import dev.loadline.turn.Turn;

import io.vertx.core.Future;

import org.jspecify.annotations.Nullable;

import java.util.List;
import java.util.function.Consumer;

/**
 * What the doors may ask. Any event loop; answers come on the asker's context. A failed future
 * carries a {@link dev.loadline.core.ProblemException} with the problem to answer (what belongs to
 * another principal is {@code not_found}); anything else is a bug.
 */
public interface Turns {
    /** A conversation, and whether this call created it. */
    record Opened(Conversation conversation, boolean created) {}

    /** The configured agents, by name. */
    List<AgentView> agents();

    /** An agent as the wire shows it. */
    record AgentView(
            String name,
            @Nullable String description,
            List<String> tools,
            String model,
            boolean rehearsal) {
        public static AgentView of(Agent agent, boolean rehearsal) {
            return new AgentView(
                    agent.name(), agent.description(), List.of(), agent.model(), rehearsal);
        }
    }

    /**
     * Creates a conversation or finds it; {@code conflict} (agent_differs) if it has another agent.
     */
    Future<Opened> open(Principal principal, String agent, @Nullable String id);

    Future<Conversation> conversation(ConversationKey key);

    Future<Page<Conversation>> conversations(
            Principal principal, int limit, @Nullable String before);

    Future<Page<Message>> messages(
            ConversationKey key, int limit, @Nullable String before, @Nullable String after);

    /** Newest first, without steps. */
    Future<Page<Turn>> turns(ConversationKey key, int limit, @Nullable String before);

    Future<Void> delete(ConversationKey key);

    /** Completes once the message is durable (or the turn that it repeats is known). */
    Future<Submission.Reply> submit(Submission submission);

    /**
     * Admitted like a submission, but nothing is stored and no store is needed: the turn runs while
     * its one reader is there, and a server that ends ends it. {@code invalid_request} (422) for an
     * agent that is not configured.
     */
    Future<Conversed> converse(Conversing conversing);

    Future<Turn> turn(Principal principal, TurnId id);

    /** Idempotent, also on an ended turn; completes once the wish is with the turn's owner. */
    Future<Turn> cancel(Principal principal, TurnId id, By by);

    /**
     * {@code after}: a cursor from the wire, or null for the start. {@code invalid_request} (path
     * after) if it is none of this turn.
     */
    Future<Attachment> attach(Principal principal, TurnId id, @Nullable String after);

    /**
     * Tells of every turn of the conversation that comes to this node from now on, whoever asked
     * for it. It must be there already: what it is about is for {@link #conversation} to say, to be
     * asked after this call, so that nothing falls between.
     *
     * @param entered called on any thread, perhaps twice for a turn; must not block
     * @param deleted called, likewise, once the conversation is deleted here
     */
    Watch watch(ConversationKey key, Consumer<TurnId> entered, Runnable deleted);

    /** Lasts until it is closed; a call may still be on its way then. */
    interface Watch {
        void close();
    }
}
