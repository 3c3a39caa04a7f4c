package dev.loadline.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.loadline.core.Agent;
import dev.loadline.core.ConversationKey;
import dev.loadline.core.Ids;
import dev.loadline.core.ManualTime;
import dev.loadline.core.Principal;
import dev.loadline.core.Problem;
import dev.loadline.core.ProblemException;
import dev.loadline.core.Prompt;
import dev.loadline.core.WorkClass;
import dev.loadline.mailbox.MailboxPolicy;
import dev.loadline.store.Fence;
import dev.loadline.store.TurnStore;
import dev.loadline.telemetry.MailboxCounters;
import dev.loadline.turn.Asked;
import dev.loadline.turn.Conversation;

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

/**
 * Goal: who is refused has cost nothing. Method: a node with one slot, a store that counts its
 * calls and never finishes a submission, a tokenizer that counts what it is asked.
 */
class AdmissionTest {
    private static final Principal ANN = new Principal("acme", "ann");
    private static final String LONG = "word ".repeat(20_000); // to be measured
    private static final Agent AGENT =
            new Agent(
                    "assistant",
                    null,
                    "none",
                    List.of(),
                    "",
                    Agent.Budget.DEFAULT,
                    List.of(),
                    Agent.Limits.DEFAULT,
                    Agent.Busy.DEFAULT);

    private final ManualTime time = new ManualTime();
    private final List<String> storeCalls = new ArrayList<>();
    private final LocalBus bus = new LocalBus();
    private Desk desk;

    private Object stored(Object proxy, Method method, Object[] arguments) {
        storeCalls.add(method.getName());
        return switch (method.getName()) {
            case "join" -> Future.succeededFuture(new Fence("n", 1));
            case "conversation" ->
                    Future.succeededFuture(
                            Optional.of(
                                    new Conversation(
                                            "c", "assistant", "", "", 0, null, List.of(), null)));
            case "submit" -> Promise.promise().future();
            default -> throw new AssertionError(method);
        };
    }

    @BeforeEach
    void one_slot() {
        var store =
                (TurnStore)
                        Proxy.newProxyInstance(
                                getClass().getClassLoader(),
                                new Class<?>[] {TurnStore.class},
                                this::stored);
        var hands =
                new Hands(
                        "n",
                        time,
                        time,
                        new Ids(new Random(1)),
                        store,
                        bus,
                        Map.of("assistant", AGENT),
                        name -> null,
                        new MailboxPolicy(8, 1, Map.of(WorkClass.INTERACTIVE, Duration.ZERO)),
                        name -> MailboxCounters.NONE,
                        TurnCounts.none(),
                        Quotas.none());
        NodeLife life = NodeLife.begin(hands, true).result();
        life.openLoop(0);
        desk = new Desk(life, () -> 0, () -> false);
    }

    private static Submission submission(String conversation, String text) {
        return new Submission(
                new ConversationKey(ANN, conversation), text, null, null, null, null, 0, 0);
    }

    private static Problem problem(Future<?> refused) {
        return ((ProblemException) refused.cause()).problem();
    }

    @Test
    void a_thousand_refusals_of_a_full_node_touch_neither_store_nor_tokenizer() {
        Future<?> let = desk.submit(submission("first", LONG));
        assertThat(let.isComplete()).as("at the store").isFalse();
        assertThat(storeCalls).containsExactly("join", "conversation", "submit");
        assertThat(bus.measured).isEqualTo(1);
        for (int i = 0; i < 500; i++) {
            Problem full = problem(desk.submit(submission("c" + i, LONG).opening("assistant")));
            assertThat(full.code()).isEqualTo(Problem.Code.OVERLOADED);
            assertThat(full.retryAfterMs()).isPositive();
            var kept =
                    new Conversing(
                            ANN,
                            "assistant",
                            List.<Prompt.Said>of(),
                            LONG,
                            Asked.NOTHING,
                            null,
                            0,
                            0);
            assertThat(problem(desk.converse(kept)).code()).isEqualTo(Problem.Code.OVERLOADED);
        }
        assertThat(storeCalls).hasSize(3);
        assertThat(bus.measured).isEqualTo(1);
    }

    @Test
    void an_agent_that_is_not_there_is_said_before_anything_is_asked() {
        Problem unknown = problem(desk.submit(submission("c", "Hi").opening("nobody")));
        assertThat(unknown.status()).isEqualTo(422);
        assertThat(storeCalls).containsExactly("join");
    }
}
