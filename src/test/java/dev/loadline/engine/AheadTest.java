package dev.loadline.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.loadline.context.ContextTask;
import dev.loadline.core.Agent;
import dev.loadline.core.ContextReport;
import dev.loadline.core.ConversationKey;
import dev.loadline.core.Ids;
import dev.loadline.core.ManualTime;
import dev.loadline.core.Outcome;
import dev.loadline.core.Principal;
import dev.loadline.core.ProblemException;
import dev.loadline.core.Prompt;
import dev.loadline.core.TurnId;
import dev.loadline.mailbox.Mailbox;
import dev.loadline.mailbox.MailboxPolicy;
import dev.loadline.model.LanguageModel;
import dev.loadline.model.ModelAnswer;
import dev.loadline.model.ModelCall;
import dev.loadline.model.ModelListener;
import dev.loadline.model.ModelRequest;
import dev.loadline.model.ModelWait;
import dev.loadline.store.EndedTurn;
import dev.loadline.store.Fence;
import dev.loadline.store.NewTurn;
import dev.loadline.store.StoreFailure;
import dev.loadline.store.SubmitDecision;
import dev.loadline.store.TurnStore;
import dev.loadline.telemetry.MailboxCounters;
import dev.loadline.turn.Conversation;
import dev.loadline.turn.Message;
import dev.loadline.turn.Submitted;
import dev.loadline.turn.TurnHead;

import io.vertx.core.Future;
import io.vertx.core.Promise;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;

/**
 * Goal: the model is asked while the submission is being committed, and nothing of that is seen or
 * written if the commit comes to nothing. Method: a node with one slot, a store whose commit this
 * test completes, a model that tells what it is asked.
 */
class AheadTest {
    private static final Principal ANN = new Principal("acme", "ann");
    private static final ConversationKey HERE = new ConversationKey(ANN, "c");
    private static final Agent AGENT =
            new Agent(
                    "assistant",
                    null,
                    "m",
                    List.of(),
                    "",
                    Agent.Budget.DEFAULT,
                    List.of(),
                    Agent.Limits.DEFAULT,
                    Agent.Busy.DEFAULT);

    private final ManualTime time = new ManualTime();
    private final Promise<SubmitDecision> commit = Promise.promise();
    private final List<EndedTurn> ends = new ArrayList<>();
    private final List<ModelListener> asked = new ArrayList<>();
    private int cancelled;
    private Consumer<SubmitDecision> decided = never -> {};
    private NewTurn stored;
    private NodeLife life;
    private Future<Submission.Reply> reply;

    private final class Model implements LanguageModel {
        @Override
        public String name() {
            return "m";
        }

        @Override
        public boolean rehearsal() {
            return true;
        }

        @Override
        public ModelCall stream(ModelRequest request, ModelListener listener) {
            asked.add(listener);
            return () -> cancelled++;
        }
    }

    @SuppressWarnings("unchecked") // by the store's own signature
    private Object stored(Object proxy, Method method, Object[] arguments) {
        return switch (method.getName()) {
            case "join" -> Future.succeededFuture(new Fence("n", 1));
            case "conversation" ->
                    Future.succeededFuture(
                            Optional.of(
                                    new Conversation(
                                            "c", "assistant", "", "", 0, null, List.of(), null)));
            case "submit" -> {
                stored = (NewTurn) arguments[1];
                decided = (Consumer<SubmitDecision>) arguments[2];
                yield commit.future();
            }
            case "end" -> {
                ends.add((EndedTurn) arguments[1]);
                yield Future.succeededFuture(new TurnStore.Ending.Stored(null));
            }
            default -> throw new AssertionError(method);
        };
    }

    private static Future<ContextTask.Answer> assemble(ContextTask task) {
        return Future.succeededFuture(
                switch (task) {
                    case ContextTask.Assemble it ->
                            new ContextTask.Answer.Assembled(
                                    new Prompt("", it.input(), 1),
                                    new ContextReport(it.step(), 1, 8000, 0, List.of()));
                    case ContextTask.Count it -> new ContextTask.Answer.Counted(1, 0);
                    case ContextTask.Measure it -> new ContextTask.Answer.Measured(1, true);
                });
    }

    @BeforeEach
    void a_submission_whose_commit_is_under_way() {
        var store =
                (TurnStore)
                        Proxy.newProxyInstance(
                                getClass().getClassLoader(),
                                new Class<?>[] {TurnStore.class},
                                this::stored);
        var bus = new LocalBus();
        bus.serve(
                "context",
                Mailbox.<ContextTask, ContextTask.Answer>create(
                        "context",
                        MailboxPolicy.untilDeadline(8, 8),
                        time,
                        time,
                        (task, slot) -> assemble(task),
                        MailboxCounters.NONE));
        var hands =
                new Hands(
                        "n",
                        time,
                        time,
                        new Ids(new Random(1)),
                        store,
                        bus,
                        Map.of("assistant", AGENT),
                        agent -> new Model(),
                        new MailboxPolicy(8, 1, Map.of()),
                        name -> MailboxCounters.NONE,
                        TurnCounts.none(),
                        Quotas.none());
        life = NodeLife.begin(hands, true).result();
        life.openLoop(0);
        reply =
                new Desk(life, () -> 0, () -> false)
                        .submit(new Submission(HERE, "Hi", null, null, null, null, 0, 0));
    }

    private SubmitDecision.Accepted accepted() {
        var message =
                Message.ofUser(
                        stored.messageId(),
                        stored.id().value(),
                        stored.text(),
                        "2026-01-01T00:00:00.000Z",
                        null,
                        stored.origin());
        return new SubmitDecision.Accepted(
                new TurnHead(
                        stored.id(),
                        HERE,
                        1,
                        "assistant",
                        stored.origin(),
                        stored.workClass(),
                        List.of(message),
                        stored.createdMs(),
                        stored.deadlineMs(),
                        null,
                        stored.chain()),
                0,
                null);
    }

    private int held() {
        return life.admission().mailbox().reading().inWork();
    }

    private void says(String text) {
        ModelListener model = asked.getFirst();
        model.sent();
        model.text(text);
        model.ended(new Outcome.Ok<>(new ModelAnswer(ModelAnswer.Reason.STOP, null)));
    }

    @Test
    void the_model_is_asked_beside_the_commit_and_once() {
        assertThat(asked).as("before anything is decided").isEmpty();
        decided.accept(accepted());
        assertThat(asked).hasSize(1);
        assertThat(reply.isComplete()).as("acknowledged").isFalse();

        commit.complete(accepted());
        assertThat(reply.succeeded()).isTrue();
        assertThat(asked).hasSize(1);
        says("Hello");
        assertThat(ends).hasSize(1);
        assertThat(ends.getFirst().text()).isEqualTo("Hello");
        assertThat(held()).isZero();
    }

    @Test
    void an_answer_that_is_quicker_than_the_disk_is_kept_until_then() {
        decided.accept(accepted());
        says("Hello");
        assertThat(ends).as("written before its turn is").isEmpty();
        assertThat(held()).isEqualTo(1);

        commit.complete(accepted());
        assertThat(ends).hasSize(1);
        assertThat(ends.getFirst().text()).isEqualTo("Hello");
        assertThat(held()).isZero();
    }

    @Test
    void a_commit_that_fails_ends_the_call_and_writes_nothing() {
        decided.accept(accepted());
        commit.fail(new StoreFailure(StoreFailure.Kind.NOT_DONE, "the disk is full", null));
        assertThat(cancelled).isEqualTo(1);
        assertThat(((ProblemException) reply.cause()).problem().status()).isEqualTo(503);
        assertThat(held()).isZero();
        asked.getFirst().text("too late");
        assertThat(ends).isEmpty();
        assertThat(life.liveConversations()).isZero();
    }

    @Test
    void an_answer_to_a_turn_that_is_not_stored_is_dropped() {
        decided.accept(accepted());
        says("Hello");
        commit.fail(new StoreFailure(StoreFailure.Kind.NOT_DONE, "the disk is full", null));
        assertThat(ends).isEmpty();
        assertThat(held()).isZero();
    }

    @Test
    void what_turns_out_otherwise_than_it_seemed_is_withdrawn() {
        decided.accept(accepted());
        commit.complete(new SubmitDecision.Duplicate(new TurnId("t_first"), null));
        assertThat(cancelled).isEqualTo(1);
        assertThat(held()).isZero();
        Submission.Reply told = reply.result();
        assertThat(told.submitted()).extracting(Submitted::turn).isEqualTo("t_first");
    }

    private ModelListener waits() {
        decided.accept(accepted());
        ModelListener model = asked.getFirst();
        model.waits(new ModelWait("model:m", "rate_limited", Duration.ofSeconds(1)));
        assertThat(held()).isZero();
        return model;
    }

    @Test
    void who_must_wait_for_its_model_takes_no_slot_again_before_it_is_a_turn() {
        ModelListener model = waits();
        var gone = new AtomicBoolean();
        model.resumes(() -> gone.set(true));
        assertThat(gone).isFalse();

        commit.complete(accepted());
        assertThat(gone).isTrue();
        assertThat(held()).isEqualTo(1);
        says("Hello");
        assertThat(ends).hasSize(1);
        assertThat(held()).isZero();
        assertThat(life.parkedTurns()).isZero();
    }

    @Test
    void a_server_that_goes_away_meanwhile_leaves_it_to_the_next() {
        waits();
        Future<Void> left = life.handOver(Duration.ofSeconds(1));
        commit.complete(accepted());
        assertThat(reply.succeeded()).as("it is stored").isTrue();
        assertThat(cancelled).isEqualTo(1);
        assertThat(left.isComplete()).isTrue();
        assertThat(life.parkedTurns()).isZero();
        assertThat(life.liveConversations()).isZero();
    }
}
