package dev.loadline.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;

import dev.loadline.core.ContextReport;
import dev.loadline.core.ConversationKey;
import dev.loadline.core.Ids;
import dev.loadline.core.Origin;
import dev.loadline.core.Principal;
import dev.loadline.core.TurnId;
import dev.loadline.core.Usage;
import dev.loadline.core.WhenBusy;
import dev.loadline.core.WorkClass;
import dev.loadline.turn.Asked;
import dev.loadline.turn.Call;
import dev.loadline.turn.CallStatus;
import dev.loadline.turn.Chain;
import dev.loadline.turn.Cursor;
import dev.loadline.turn.Degradation;
import dev.loadline.turn.Effect;
import dev.loadline.turn.Finish;
import dev.loadline.turn.Step;
import dev.loadline.turn.Timings;
import dev.loadline.turn.TurnEnd;
import dev.loadline.turn.TurnMemo;

import io.vertx.core.Future;

import org.junit.jupiter.api.BeforeEach;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.Supplier;

/** What the contract's tests share: a store with one node and one conversation in it. */
abstract class TurnStoreFixture {
    static final Duration LEASE = Duration.ofSeconds(10);
    static final Principal ANNA = new Principal("acme", "anna");
    static final ConversationKey TALK = new ConversationKey(ANNA, "talk");
    static final long T0 = 1_700_000_000_000L;

    final Ids ids = new Ids(new Random(1));
    ForgetfulDb forgetful;
    TurnStore store;
    Fence here;

    /** A database with our schema and nothing in it. */
    abstract Db db();

    static <T> T now(Future<T> future) {
        return DbContract.now(future);
    }

    @BeforeEach
    void one_node_and_one_conversation() throws java.io.IOException {
        forgetful = new ForgetfulDb(db());
        store = new SqlTurnStore(forgetful);
        here = now(store.join("here", LEASE));
        now(store.open(TALK, "assistant", T0));
    }

    /** A message to be; what a test does not name is as usual. */
    static final class Draft {
        TurnId id;
        ConversationKey conversation = TALK;
        Origin origin = Origin.CHAT;
        WorkClass workClass = WorkClass.INTERACTIVE;
        String messageId;
        String text;
        String key;
        boolean whenBusySaid;
        WhenBusy whenBusy = WhenBusy.ENQUEUE;
        int waitingMax = 4;
        boolean attach;
        long createdMs = T0 + 1000;
        Map<String, String> metadata;
        boolean retried;
        boolean mayBegin = true;
        Asked asked;
        boolean opens;

        NewTurn turn() {
            return new NewTurn(
                    id,
                    conversation,
                    "assistant",
                    origin,
                    workClass,
                    messageId,
                    text,
                    key,
                    whenBusySaid,
                    whenBusy,
                    waitingMax,
                    30_000,
                    attach,
                    createdMs,
                    createdMs + 300_000,
                    metadata,
                    Chain.rootOf(id.value()),
                    retried,
                    mayBegin,
                    asked,
                    opens);
        }
    }

    Draft draft(String text) {
        var draft = new Draft();
        draft.id = ids.turn();
        draft.messageId = ids.message();
        draft.text = text;
        return draft;
    }

    Draft draft(String text, String key) {
        Draft draft = draft(text);
        draft.key = key;
        return draft;
    }

    /** Sent with this mode, as the client said. */
    Draft draft(WhenBusy whenBusy, String text) {
        Draft draft = draft(text);
        draft.whenBusy = whenBusy;
        draft.whenBusySaid = true;
        return draft;
    }

    SubmitDecision submit(Draft draft) {
        return now(store.submit(here, draft.turn()));
    }

    /** Stored; at this position. */
    TurnId accept(Draft draft, int position) {
        assertThat(submit(draft))
                .isInstanceOfSatisfying(
                        SubmitDecision.Accepted.class,
                        accepted -> assertThat(accepted.position()).isEqualTo(position));
        return draft.id;
    }

    TurnId accept(String text, int position) {
        return accept(draft(text), position);
    }

    StoredTurn stored(TurnId id) {
        return now(store.turn(id)).orElseThrow();
    }

    static Step step(int number, String text, Call... calls) {
        return new Step(number, "model", text, null, List.of(calls), null, 12L);
    }

    static Call call(String id) {
        return new Call(
                id,
                "time",
                JsonNodeFactory.instance.objectNode(),
                Effect.READ,
                CallStatus.OK,
                3L,
                null,
                null,
                null);
    }

    static TurnMemo memo(int step, int answerAt) {
        return new TurnMemo(
                TurnMemo.VERSION,
                step,
                new Usage(10, 0, 5, 0, 0.25, 1, null),
                Timings.NONE,
                new ContextReport(1, 10, 100, 1, List.of()),
                List.of(new Degradation("memory", "timeout", "without", null, null, 1)),
                answerAt,
                Map.of());
    }

    EndedTurn ended(TurnId turn, String text, TurnEnd end) {
        return new EndedTurn(
                turn,
                end,
                memo(1, 0),
                text.isEmpty() ? null : step(1, text),
                text,
                "m-" + turn,
                new Cursor(turn, 1, 9, 0).toString(),
                T0 + 5000,
                null,
                0);
    }

    /** It said this and is done; answers what runs next. */
    StoredTurn complete(TurnId turn, String text) {
        var end = new TurnEnd.Completed(Finish.STOP);
        TurnStore.Ending ending = now(store.end(here, ended(turn, text, end)));
        assertThat(ending).isInstanceOf(TurnStore.Ending.Stored.class);
        return ((TurnStore.Ending.Stored) ending).next();
    }

    /** The first answer is lost; what the same call answers the second time. */
    <T> T afterLostAnswer(Supplier<Future<T>> call) {
        forgetful.loseNextAnswer();
        assertThatThrownBy(() -> now(call.get()))
                .isInstanceOfSatisfying(
                        StoreFailure.class,
                        lost -> assertThat(lost.kind()).isEqualTo(StoreFailure.Kind.UNKNOWN));
        return now(call.get());
    }
}
