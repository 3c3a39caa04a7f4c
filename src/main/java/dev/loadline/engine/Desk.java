package dev.loadline.engine;

import dev.loadline.core.Agent;
import dev.loadline.core.ConversationKey;
import dev.loadline.core.Principal;
import dev.loadline.core.Problem;
import dev.loadline.core.Problem.Code;
import dev.loadline.core.ProblemException;
import dev.loadline.core.TurnId;
import dev.loadline.store.StoredTurn;
import dev.loadline.store.TurnStore;
import dev.loadline.turn.By;
import dev.loadline.turn.Conversation;
import dev.loadline.turn.Message;
import dev.loadline.turn.Page;
import dev.loadline.turn.Turn;

import io.vertx.core.Future;

import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.function.IntSupplier;

/**
 * Takes what the doors ask to where it is done: admission, the loop of the conversation, the store.
 * Any loop.
 */
public final class Desk implements Turns {
    private final NodeLife life;
    private final Hands hands;
    private final Feeds feeds;
    private final TurnStore store;
    private final IntSupplier loopHere;
    private final BooleanSupplier draining;
    private final Attaching attaching;
    private final Preparing preparing;

    /**
     * The desk of a node.
     *
     * @param loopHere the number of the event loop that asks: new conversations are worked on there
     * @param draining true once nothing new may come in
     */
    public Desk(NodeLife life, IntSupplier loopHere, BooleanSupplier draining) {
        this.life = life;
        this.hands = life.hands();
        this.feeds = life.feeds();
        this.store = hands.store();
        this.loopHere = loopHere;
        this.draining = draining;
        this.preparing = new Preparing(hands);
        this.attaching =
                new Attaching(
                        hands.agents(), feeds, store, hands.clock(), hands.timers(), life::isOurs);
    }

    @Override
    public List<AgentView> agents() {
        return hands.agents().values().stream()
                .map(agent -> AgentView.of(agent, hands.models().apply(agent).rehearsal()))
                .toList();
    }

    // --- conversations

    @Override
    public Future<Opened> open(Principal principal, String agent, @Nullable String id) {
        if (!hands.agents().containsKey(agent)) return Problems.failed(preparing.unknown(agent));
        var key = new ConversationKey(principal, id == null ? hands.ids().conversation() : id);
        return worded(store.open(key, agent, hands.clock().millis()))
                .compose(
                        opened ->
                                switch (opened) {
                                    case TurnStore.Opened.Created(Conversation made) ->
                                            Future.succeededFuture(new Opened(made, true));
                                    case TurnStore.Opened.Existed(Conversation there) ->
                                            Future.succeededFuture(new Opened(there, false));
                                    case TurnStore.Opened.AgentDiffers(String other) ->
                                            Problems.failed(Problems.agentDiffers(other));
                                });
    }

    @Override
    public Future<Conversation> conversation(ConversationKey key) {
        return worded(store.conversation(key)).compose(found -> found(found, "conversation"));
    }

    @Override
    public Future<Page<Conversation>> conversations(
            Principal principal, int limit, @Nullable String before) {
        return worded(store.conversations(principal, limit, before))
                .compose(page -> paged(page, "before"));
    }

    @Override
    public Future<Page<Message>> messages(
            ConversationKey key, int limit, @Nullable String before, @Nullable String after) {
        return conversation(key)
                .compose(there -> worded(store.messages(key, limit, before, after)))
                .compose(page -> paged(page, before == null ? "after" : "before"));
    }

    @Override
    public Future<Page<Turn>> turns(ConversationKey key, int limit, @Nullable String before) {
        return conversation(key)
                .compose(there -> worded(store.turns(key, limit, before)))
                .compose(page -> paged(page, "before"))
                .map(page -> page.map(turn -> attaching.live(turn).withoutSteps()));
    }

    @Override
    public Future<Void> delete(ConversationKey key) {
        return worded(store.delete(key))
                .compose(
                        gone -> {
                            if (gone.isEmpty())
                                return Problems.failed(Problem.notFound("conversation"));
                            List<Future<?>> told = new ArrayList<>();
                            for (TurnId id : gone.get()) {
                                Feeds.Held held = feeds.find(id);
                                if (held != null)
                                    told.add(
                                            life.command(
                                                    held.loop(), new Command.Forget(List.of(id))));
                            }
                            return Future.join(told)
                                    .<Void>mapEmpty()
                                    .onComplete(done -> feeds.forget(key));
                        });
    }

    // --- turns

    /**
     * In the order of MECHANISMS §1: draining, the quota, then what the mailbox says. Nothing is
     * read or measured for who is refused by these, and nothing is stored for who is refused.
     */
    @Override
    public Future<Submission.Reply> submit(Submission submission) {
        if (draining.getAsBoolean()) return Problems.failed(Problems.draining());
        String agent = submission.opensWith();
        if (agent != null && !hands.agents().containsKey(agent))
            return Problems.failed(preparing.unknown(agent));
        return hands.quotas()
                .turnBegins(submission.conversation().principal())
                .transform(
                        asked ->
                                asked.succeeded()
                                        ? charged(submission, asked.result())
                                        : overQuota(submission, asked.cause()));
    }

    private Future<Submission.Reply> charged(Submission submission, Quotas.Charge charge) {
        return admitted(submission)
                .onSuccess(
                        reply -> {
                            if (!reply.begins()) charge.giveBack();
                        })
                .onFailure(refused -> charge.giveBack());
    }

    /** Nothing new begins, but what was sent before is answered as before. */
    private Future<Submission.Reply> overQuota(Submission submission, Throwable why) {
        boolean over =
                why instanceof ProblemException known
                        && known.problem().code() == Code.QUOTA_EXCEEDED;
        if (!over) return Future.failedFuture(why);
        boolean mayBeKnown =
                submission.key() != null
                        || submission.retried()
                        || feeds.live(submission.conversation());
        return mayBeKnown
                ? admitted(submission.overQuota(((ProblemException) why).problem()))
                : Future.failedFuture(why);
    }

    private Future<Submission.Reply> admitted(Submission submission) {
        return life.admission()
                .submit(
                        submission,
                        () -> preparing.agent(submission),
                        loopHere.getAsInt(),
                        submission.overQuota())
                .map(Submission.Reply::new);
    }

    @Override
    public Future<Conversed> converse(Conversing conversing) {
        if (draining.getAsBoolean()) return Problems.failed(Problems.draining());
        Agent agent = hands.agents().get(conversing.agent());
        if (agent == null) return Problems.failed(preparing.unknown(conversing.agent()));
        return hands.quotas()
                .turnBegins(conversing.principal())
                .compose(
                        charge ->
                                life.admission()
                                        .converse(
                                                conversing,
                                                () -> preparing.agent(agent, conversing),
                                                loopHere.getAsInt(),
                                                life::disconnected)
                                        .onFailure(refused -> charge.giveBack()));
    }

    @Override
    public Future<Turn> turn(Principal principal, TurnId id) {
        return owned(principal, id).map(attaching::live);
    }

    @Override
    public Future<Turn> cancel(Principal principal, TurnId id, By by) {
        return owned(principal, id)
                .compose(
                        turn -> {
                            if (turn.status().ended()) return Future.succeededFuture(turn.view());
                            // The engine first, so that its write of the outcome is before ours.
                            Feeds.Held held = feeds.find(id);
                            Future<?> told =
                                    held == null
                                            ? Future.succeededFuture()
                                            : life.command(held.loop(), new Command.Cancel(id, by))
                                                    .compose(Problems::answer);
                            return told.compose(done -> worded(store.askCancel(id, by)))
                                    .compose(durable -> turn(principal, id));
                        });
    }

    @Override
    public Future<Attachment> attach(Principal principal, TurnId id, @Nullable String after) {
        return attaching.attach(principal, id, after);
    }

    @Override
    public Watch watch(ConversationKey key, Consumer<TurnId> entered, Runnable deleted) {
        return feeds.watch(key, entered, deleted);
    }

    private Future<StoredTurn> owned(Principal principal, TurnId id) {
        return worded(store.turn(id))
                .map(
                        found ->
                                found.filter(
                                        turn ->
                                                turn.head()
                                                        .conversation()
                                                        .principal()
                                                        .equals(principal)))
                .compose(found -> found(found, "turn"));
    }

    private static <T> Future<T> found(Optional<T> found, String what) {
        return found.map(Future::succeededFuture)
                .orElseGet(() -> Problems.failed(Problem.notFound(what)));
    }

    private static <T> Future<Page<T>> paged(Optional<Page<T>> page, String path) {
        return page.map(Future::succeededFuture)
                .orElseGet(
                        () ->
                                Problems.failed(
                                        Problem.invalid(path, "is not an id from this list")));
    }

    private static <T> Future<T> worded(Future<T> answer) {
        return answer.recover(why -> Future.failedFuture(Problems.worded(why)));
    }
}
