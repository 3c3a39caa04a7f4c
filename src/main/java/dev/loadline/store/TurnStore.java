package dev.loadline.store;

import dev.loadline.core.ConversationKey;
import dev.loadline.core.Principal;
import dev.loadline.core.TurnId;
import dev.loadline.core.WorkClass;
import dev.loadline.turn.By;
import dev.loadline.turn.Conversation;
import dev.loadline.turn.Message;
import dev.loadline.turn.Page;
import dev.loadline.turn.Step;
import dev.loadline.turn.TurnMemo;

import io.vertx.core.Future;

import org.jspecify.annotations.Nullable;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Function;

/**
 * Conversations, messages, turns, steps, and who owns them. Each method is one transaction, and
 * each that writes can be called again with the same ids after {@link StoreFailure.Kind#UNKNOWN}
 * and then answers what it would have answered.
 */
public interface TurnStore {
    /** A conversation that was created, or was there. */
    sealed interface Opened {
        record Created(Conversation conversation) implements Opened {}

        record Existed(Conversation conversation) implements Opened {}

        /** The id stands for a conversation with this other agent. */
        record AgentDiffers(String agent) implements Opened {}
    }

    /** What became of a write that is fenced. */
    sealed interface Ending {
        /**
         * It is durable; {@code next} is the turn that waited longest and now is the running one,
         * one attempt more.
         */
        record Stored(@Nullable StoredTurn next) implements Ending {}

        /**
         * Not done: these texts joined the turn, and no step has seen them. Never answered if the
         * outcome says what becomes of them.
         */
        record Unseen(List<Message> texts) implements Ending {}

        /** The conversation has another owner, or is gone: nothing was changed. */
        record Fenced() implements Ending {}
    }

    Future<Opened> open(ConversationKey key, String agent, long nowMs);

    Future<Optional<Conversation>> conversation(ConversationKey key);

    /** Newest first. Empty if {@code before} is not a conversation of this principal. */
    Future<Optional<Page<Conversation>>> conversations(
            Principal principal, int limit, @Nullable String before);

    /**
     * In order of turns, without a cursor the newest; after a message: what was written since, as
     * it was written. Empty if a cursor is no message of this conversation.
     */
    Future<Optional<Page<Message>>> messages(
            ConversationKey key, int limit, @Nullable String before, @Nullable String after);

    /** Newest first, without steps. Empty if {@code before} is no turn of this conversation. */
    Future<Optional<Page<StoredTurn>>> turns(
            ConversationKey key, int limit, @Nullable String before);

    Future<Optional<StoredTurn>> turn(TurnId id);

    /**
     * What was said in turns before {@code seq}, oldest first: the newest messages up to {@code
     * charsMax} in all (at least one).
     */
    Future<List<Message>> history(ConversationKey key, long seq, int charsMax);

    /**
     * Removes a conversation and all of its rows; answers the turns that had not ended, or empty if
     * there is none.
     */
    Future<Optional<List<TurnId>>> delete(ConversationKey key);

    /**
     * Decides and stores; the first statement advances the conversation's sequence. An interrupt
     * writes the wish to cancel the running turn down with it.
     *
     * @param beforeCommit hears what is decided while the commit is still under way: {@link
     *     Db#write(WorkClass, Function, Consumer)}
     */
    Future<SubmitDecision> submit(Fence fence, NewTurn turn, Consumer<SubmitDecision> beforeCommit);

    default Future<SubmitDecision> submit(Fence fence, NewTurn turn) {
        return submit(fence, turn, decided -> {});
    }

    /** A step has ended and another follows: stores both; takeovers count anew. False if fenced. */
    Future<Boolean> checkpoint(Fence fence, TurnId turn, TurnMemo memo, Step finished);

    /** The outcome; lets the next waiting turn run if the ended one was the running one. */
    Future<Ending> end(Fence fence, EndedTurn turn);

    /**
     * Writes down that somebody wants the turn cancelled, wherever it runs; who asked first stays
     * the one who did.
     */
    Future<Void> askCancel(TurnId turn, By by);

    /** The turns owned under this fence that are to be cancelled, and by whom. */
    Future<Map<TurnId, By>> cancelsAsked(Fence fence);

    /** Starts a life of this node: its epoch is one more than that of its life before. */
    Future<Fence> join(String node, Duration lease);

    /** Prolongs the lease by the database's clock. False if this life is over (a newer epoch). */
    Future<Boolean> renew(Fence fence, Duration lease);

    /** The lease ends now, as a hand-over: who takes over does not count it as a failed attempt. */
    Future<Void> leave(Fence fence);

    /**
     * Takes over conversations with unfinished turns whose owner's lease has expired; with {@code
     * everything} also of owners whose lease seems to run (where a lock proves them dead). Makes
     * {@code fence} their owner, counts one more attempt for each turn and one more takeover for
     * each running one. A conversation without a running turn gets its oldest waiting one running.
     * Interactive first, at most {@code conversationsMax} conversations; ask again until empty.
     * Answers all unfinished turns of these, per conversation in order. Turns of a newer {@link
     * TurnMemo#VERSION} are left alone.
     */
    Future<List<StoredTurn>> takeOver(Fence fence, boolean everything, int conversationsMax);

    /**
     * Deletes steps and state of turns that ended before this time; answers how many turns lost
     * their steps.
     */
    Future<Integer> retain(long endedBeforeMs, int turnsMax);
}
