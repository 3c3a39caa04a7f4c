package dev.loadline.store;

import dev.loadline.core.ConversationKey;
import dev.loadline.core.Principal;
import dev.loadline.core.TurnId;
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

/** The turns in a {@link Db}, whichever it is. Any thread. */
public final class SqlTurnStore implements TurnStore {
    private final Conversations conversations;
    private final MessagePages messages;
    private final TurnRows turns = new TurnRows();
    private final Submits submits;
    private final Endings endings;
    private final Ownership ownership;
    private final TakeOvers takeOvers;
    private final Retention retention;
    private final Db db;

    /**
     * @param db with the schema of {@code db/migration}
     */
    public SqlTurnStore(Db db) {
        this.db = db;
        conversations = new Conversations(db);
        messages = new MessagePages(db);
        submits = new Submits(db);
        endings = new Endings(db, turns);
        ownership = new Ownership(db);
        takeOvers = new TakeOvers(db, turns);
        retention = new Retention(db);
    }

    @Override
    public Future<Opened> open(ConversationKey key, String agent, long nowMs) {
        return conversations.open(key, agent, nowMs);
    }

    @Override
    public Future<Optional<Conversation>> conversation(ConversationKey key) {
        return conversations.find(key);
    }

    @Override
    public Future<Optional<Page<Conversation>>> conversations(
            Principal principal, int limit, @Nullable String before) {
        return conversations.page(principal, limit, before);
    }

    @Override
    public Future<Optional<Page<Message>>> messages(
            ConversationKey key, int limit, @Nullable String before, @Nullable String after) {
        return messages.page(key, limit, before, after);
    }

    @Override
    public Future<Optional<Page<StoredTurn>>> turns(
            ConversationKey key, int limit, @Nullable String before) {
        return db.read(tx -> turns.page(tx, key, limit, before));
    }

    @Override
    public Future<Optional<StoredTurn>> turn(TurnId id) {
        return db.read(tx -> turns.find(tx, id));
    }

    @Override
    public Future<List<Message>> history(ConversationKey key, long seq, int charsMax) {
        return messages.history(key, seq, charsMax);
    }

    @Override
    public Future<Optional<List<TurnId>>> delete(ConversationKey key) {
        return conversations.delete(key);
    }

    @Override
    public Future<SubmitDecision> submit(
            Fence fence, NewTurn turn, Consumer<SubmitDecision> beforeCommit) {
        return submits.submit(fence, turn, beforeCommit);
    }

    @Override
    public Future<Boolean> checkpoint(Fence fence, TurnId turn, TurnMemo memo, Step finished) {
        return endings.checkpoint(fence, turn, memo, finished);
    }

    @Override
    public Future<Ending> end(Fence fence, EndedTurn turn) {
        return endings.end(fence, turn);
    }

    @Override
    public Future<Void> askCancel(TurnId turn, By by) {
        return ownership.askCancel(turn, by);
    }

    @Override
    public Future<Map<TurnId, By>> cancelsAsked(Fence fence) {
        return ownership.cancelsAsked(fence);
    }

    @Override
    public Future<Fence> join(String node, Duration lease) {
        return ownership.join(node, lease);
    }

    @Override
    public Future<Boolean> renew(Fence fence, Duration lease) {
        return ownership.renew(fence, lease);
    }

    @Override
    public Future<Void> leave(Fence fence) {
        return ownership.leave(fence);
    }

    @Override
    public Future<List<StoredTurn>> takeOver(
            Fence fence, boolean everything, int conversationsMax) {
        return takeOvers.takeOver(fence, everything, conversationsMax);
    }

    @Override
    public Future<Integer> retain(long endedBeforeMs, int turnsMax) {
        return retention.retain(endedBeforeMs, turnsMax);
    }
}
