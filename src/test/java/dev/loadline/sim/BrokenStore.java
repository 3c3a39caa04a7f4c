package dev.loadline.sim;

import dev.loadline.core.ConversationKey;
import dev.loadline.core.Principal;
import dev.loadline.core.TurnId;
import dev.loadline.store.EndedTurn;
import dev.loadline.store.Fence;
import dev.loadline.store.NewTurn;
import dev.loadline.store.Rows;
import dev.loadline.store.StoredTurn;
import dev.loadline.store.SubmitDecision;
import dev.loadline.store.TurnStore;
import dev.loadline.turn.By;
import dev.loadline.turn.Conversation;
import dev.loadline.turn.Message;
import dev.loadline.turn.Page;
import dev.loadline.turn.Step;
import dev.loadline.turn.TurnMemo;

import io.vertx.core.Future;

import org.jspecify.annotations.Nullable;

import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;

/** The real store, with one deliberate bug if any; notes what is rare. */
final class BrokenStore implements TurnStore {
    private static final String TEXTS = "SELECT id FROM messages WHERE turn = $1";

    private final TurnStore real;
    private final Mutation mutation;
    private final SimDisk disk;
    private final SimWorld world;
    private final Attempts attempts;

    BrokenStore(
            TurnStore real, Mutation mutation, SimDisk disk, SimWorld world, Attempts attempts) {
        this.attempts = attempts;
        this.world = world;
        this.real = real;
        this.mutation = mutation;
        this.disk = disk;
    }

    /** Without fencing a write goes in whoever the owner is. */
    private Fence owner(Fence mine, TurnId turn) {
        if (mutation != Mutation.NO_FENCING) return mine;
        return disk.transaction(
                tx ->
                        tx.run(
                                        "SELECT c.owner, c.epoch FROM conversations c JOIN turns t ON t.tenant = c.tenant AND t.usr = c.usr"
                                                + " AND t.conversation = c.id WHERE t.id = $1",
                                        turn.value())
                                .map(
                                        rows ->
                                                rows.isEmpty()
                                                        ? mine
                                                        : new Fence(
                                                                rows.first().text(0),
                                                                rows.first().number(1))));
    }

    @Override
    public Future<SubmitDecision> submit(
            Fence fence, NewTurn turn, Consumer<SubmitDecision> beforeCommit) {
        return decide(fence, turn, beforeCommit)
                .onSuccess(decision -> attempts.decided(turn.metadata(), decision));
    }

    private Future<SubmitDecision> decide(
            Fence fence, NewTurn turn, Consumer<SubmitDecision> beforeCommit) {
        if (mutation != Mutation.NO_KEY) return real.submit(fence, turn, beforeCommit);
        return real.submit(
                fence,
                new NewTurn(
                        turn.id(),
                        turn.conversation(),
                        turn.agent(),
                        turn.origin(),
                        turn.workClass(),
                        turn.messageId(),
                        turn.text(),
                        null,
                        turn.whenBusySaid(),
                        turn.whenBusy(),
                        turn.waitingMax(),
                        turn.resendWindowMs(),
                        turn.attachDuplicateText(),
                        turn.createdMs(),
                        turn.deadlineMs(),
                        turn.metadata(),
                        turn.chain(),
                        turn.retried(),
                        turn.mayBegin(),
                        turn.asked(),
                        turn.opens()));
    }

    @Override
    public Future<Boolean> checkpoint(Fence fence, TurnId turn, TurnMemo memo, Step finished) {
        return real.checkpoint(owner(fence, turn), turn, memo, finished);
    }

    @Override
    public Future<Ending> end(Fence fence, EndedTurn turn) {
        EndedTurn told = mutation == Mutation.STEERED_UNSEEN ? pretending(turn) : turn;
        return real.end(owner(fence, turn.turn()), told)
                .onSuccess(
                        ending -> {
                            if (ending instanceof Ending.Unseen) world.saw("an end refused");
                        });
    }

    /** As if all texts that joined had been seen. */
    private EndedTurn pretending(EndedTurn turn) {
        TurnMemo memo = turn.memo();
        Map<String, Integer> seen = new HashMap<>();
        for (Rows.Row text : disk.transaction(tx -> tx.run(TEXTS, turn.turn().value())).rows())
            seen.put(text.text(0), memo.step());
        return new EndedTurn(
                turn.turn(),
                turn.end(),
                new TurnMemo(
                        memo.version(),
                        memo.step(),
                        memo.usage(),
                        memo.timings(),
                        memo.context(),
                        memo.degradations(),
                        memo.answerAt(),
                        seen),
                turn.lastStep(),
                turn.text(),
                turn.messageId(),
                turn.cursor(),
                turn.endedMs(),
                turn.onward(),
                turn.tokensCharged());
    }

    @Override
    public Future<Opened> open(ConversationKey key, String agent, long nowMs) {
        return real.open(key, agent, nowMs);
    }

    @Override
    public Future<Optional<Conversation>> conversation(ConversationKey key) {
        return real.conversation(key);
    }

    @Override
    public Future<Optional<Page<Conversation>>> conversations(
            Principal principal, int limit, @Nullable String before) {
        return real.conversations(principal, limit, before);
    }

    @Override
    public Future<Optional<Page<Message>>> messages(
            ConversationKey key, int limit, @Nullable String before, @Nullable String after) {
        return real.messages(key, limit, before, after);
    }

    @Override
    public Future<Optional<Page<StoredTurn>>> turns(
            ConversationKey key, int limit, @Nullable String before) {
        return real.turns(key, limit, before);
    }

    @Override
    public Future<Optional<StoredTurn>> turn(TurnId id) {
        return real.turn(id);
    }

    @Override
    public Future<List<Message>> history(ConversationKey key, long seq, int charsMax) {
        return real.history(key, seq, charsMax);
    }

    @Override
    public Future<Optional<List<TurnId>>> delete(ConversationKey key) {
        return real.delete(key);
    }

    @Override
    public Future<Void> askCancel(TurnId turn, By by) {
        return real.askCancel(turn, by);
    }

    @Override
    public Future<Map<TurnId, By>> cancelsAsked(Fence fence) {
        return real.cancelsAsked(fence);
    }

    @Override
    public Future<Fence> join(String node, Duration lease) {
        return real.join(node, lease);
    }

    @Override
    public Future<Boolean> renew(Fence fence, Duration lease) {
        return real.renew(fence, lease);
    }

    @Override
    public Future<Void> leave(Fence fence) {
        return real.leave(fence);
    }

    @Override
    public Future<List<StoredTurn>> takeOver(
            Fence fence, boolean everything, int conversationsMax) {
        return real.takeOver(
                fence, everything && mutation != Mutation.NO_FENCING, conversationsMax);
    }

    @Override
    public Future<Integer> retain(long endedBeforeMs, int turnsMax) {
        return real.retain(endedBeforeMs, turnsMax);
    }
}
