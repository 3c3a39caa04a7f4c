package dev.loadline.store;

import static org.assertj.core.api.Assertions.assertThat;

import dev.loadline.core.Clock;
import dev.loadline.core.ConversationKey;
import dev.loadline.core.Ids;
import dev.loadline.core.Principal;
import dev.loadline.core.TurnId;
import dev.loadline.core.WhenBusy;
import dev.loadline.store.SubmitDecision.Accepted;
import dev.loadline.store.SubmitDecision.Joined;
import dev.loadline.turn.By;
import dev.loadline.turn.Conversation;
import dev.loadline.turn.Finish;
import dev.loadline.turn.TurnEnd;

import io.vertx.core.Future;

import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import net.jqwik.api.lifecycle.AfterContainer;
import net.jqwik.api.lifecycle.BeforeContainer;

import java.io.IOException;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.function.Supplier;

/**
 * Goal: whatever nodes do, crash, and try again, a conversation keeps its order. Method: two nodes
 * do random things to one conversation, some answers are lost and asked for again; after each, the
 * rules are checked against the rows.
 */
class TurnStoreInvariantsTest {
    private static final Principal WHO = new Principal("t", "u");
    private static SqliteDb db;
    private static int tries;

    /** What a node does next. */
    enum Deed {
        SUBMIT,
        END_RUNNING,
        CANCEL_WAITING,
        CHECKPOINT,
        TAKE_OVER,
        REJOIN,
        LEAVE
    }

    record Act(
            Deed deed,
            @IntRange(max = 1) int node,
            boolean answerIsLost,
            @IntRange(max = 3) int which,
            WhenBusy mode) {}

    @BeforeContainer
    static void open() throws IOException {
        var file = Files.createTempDirectory("loadline-turns").resolve("t.db");
        db = SqliteDb.open(SqliteSettings.of(file), Clock.system());
    }

    @AfterContainer
    static void close() {
        DbContract.now(db.close());
    }

    @Property(tries = 40)
    void a_conversation_keeps_its_order(
            @ForAll @Size(min = 5, max = 60) List<@net.jqwik.api.From("acts") Act> acts) {
        var world = new World(tries++);
        for (Act act : acts) {
            world.does(act);
            world.check();
        }
    }

    @net.jqwik.api.Provide
    net.jqwik.api.Arbitrary<Act> acts() {
        return net.jqwik.api.Combinators.combine(
                        net.jqwik.api.Arbitraries.frequency(
                                net.jqwik.api.Tuple.of(6, Deed.SUBMIT),
                                net.jqwik.api.Tuple.of(5, Deed.END_RUNNING),
                                net.jqwik.api.Tuple.of(1, Deed.CANCEL_WAITING),
                                net.jqwik.api.Tuple.of(2, Deed.CHECKPOINT),
                                net.jqwik.api.Tuple.of(2, Deed.TAKE_OVER),
                                net.jqwik.api.Tuple.of(2, Deed.REJOIN),
                                net.jqwik.api.Tuple.of(1, Deed.LEAVE)),
                        net.jqwik.api.Arbitraries.integers().between(0, 1),
                        net.jqwik.api.Arbitraries.of(false, false, true),
                        net.jqwik.api.Arbitraries.integers().between(0, 3),
                        net.jqwik.api.Arbitraries.of(WhenBusy.class))
                .as(Act::new);
    }

    /** One conversation, two nodes, and what they were promised. */
    private static final class World {
        private final ForgetfulDb forgetful = new ForgetfulDb(db);
        private final TurnStore store = new SqlTurnStore(forgetful);
        private final ConversationKey key;
        private final Ids ids;
        private final String[] names;
        private final Fence[] fences = new Fence[2];
        private final List<TurnId> acknowledged = new ArrayList<>();
        private final List<String> texts = new ArrayList<>(); // ids of messages
        private final List<TurnId> ended = new ArrayList<>();
        private long now = TurnStoreFixture.T0;

        World(int number) {
            key = new ConversationKey(WHO, "c" + number);
            ids = new Ids(new Random(number));
            names = new String[] {"a" + number, "b" + number};
            for (int i = 0; i < 2; i++) {
                fences[i] = DbContract.now(store.join(names[i], TurnStoreFixture.LEASE));
            }
            DbContract.now(store.open(key, "assistant", now));
        }

        private <T> T ask(Act act, Supplier<Future<T>> call) {
            if (act.answerIsLost()) {
                forgetful.loseNextAnswer();
                try {
                    return DbContract.now(call.get());
                } catch (StoreFailure lost) {
                    if (lost.kind() == StoreFailure.Kind.NOT_DONE) throw lost;
                }
            }
            return DbContract.now(call.get());
        }

        void does(Act act) {
            now += 1000;
            Fence fence = fences[act.node()];
            Conversation talk = DbContract.now(store.conversation(key)).orElseThrow();
            switch (act.deed()) {
                case SUBMIT -> submit(act, fence);
                case END_RUNNING -> {
                    if (talk.running() != null) end(act, fence, new TurnId(talk.running()));
                }
                case CANCEL_WAITING -> {
                    if (!talk.waiting().isEmpty()) {
                        int which = act.which() % talk.waiting().size();
                        end(act, fence, new TurnId(talk.waiting().get(which)));
                    }
                }
                case CHECKPOINT -> {
                    if (talk.running() != null) checkpoint(act, fence, new TurnId(talk.running()));
                }
                case TAKE_OVER -> takeOver(act, fence);
                case REJOIN ->
                        fences[act.node()] =
                                ask(
                                        act,
                                        () ->
                                                store.join(
                                                        names[act.node()], TurnStoreFixture.LEASE));
                case LEAVE -> ask(act, () -> store.leave(fence));
            }
        }

        private void submit(Act act, Fence fence) {
            var draft = new TurnStoreFixture.Draft();
            draft.id = ids.turn();
            draft.messageId = ids.message();
            draft.conversation = key;
            draft.text = "hello " + act.which();
            draft.key = act.which() == 0 ? null : draft.id.value();
            draft.createdMs = now;
            draft.whenBusy = act.mode();
            draft.whenBusySaid = act.which() > 1;
            try {
                SubmitDecision decision = ask(act, () -> store.submit(fence, draft.turn()));
                assertThat(decision instanceof Accepted)
                        .as("%s", decision)
                        .isEqualTo(DbContract.now(store.turn(draft.id)).isPresent());
                if (decision instanceof Joined(var turn, var message, var how)) {
                    texts.add(message.id());
                    assertThat(turn).isNotEqualTo(draft.id);
                }
                if (decision instanceof Accepted(var head, var position, var interrupts)) {
                    acknowledged.add(head.id());
                    texts.add(head.input().getFirst().id());
                    assertThat(DbContract.now(store.turn(head.id())).orElseThrow().head())
                            .isEqualTo(head);
                    assertThat(position).isBetween(0, 5);
                }
            } catch (StoreFailure lifeIsOver) {
                assertThat(DbContract.now(store.turn(draft.id))).isEmpty();
            }
        }

        private boolean one(String sql, Object... parameters) {
            return !DbContract.now(db.read(tx -> tx.run(sql, parameters))).isEmpty();
        }

        private boolean owns(Fence fence) {
            return one(
                    "SELECT 1 FROM conversations WHERE id = $1 AND owner = $2 AND epoch = $3"
                            + " AND handed_over = 0",
                    key.id(),
                    fence.node(),
                    fence.epoch());
        }

        private boolean isOrphan() {
            return one(
                    "SELECT 1 FROM conversations c JOIN nodes n ON n.node = c.owner WHERE c.id = $1"
                            + " AND c.unfinished > 0 AND (n.epoch <> c.epoch OR handed_over = 1)",
                    key.id());
        }

        private boolean lives(Fence fence) {
            return one(
                    "SELECT 1 FROM nodes WHERE node = $1 AND epoch = $2 AND has_left = 0",
                    fence.node(),
                    fence.epoch());
        }

        private void end(Act act, Fence fence, TurnId id) {
            StoredTurn before = DbContract.now(store.turn(id)).orElseThrow();
            boolean owned = owns(fence);
            boolean completes = act.mode() != WhenBusy.REJECT;
            boolean limited = act.mode() == WhenBusy.STEER;
            var onward = new EndedTurn.Onward(ids.turn(), now + 300_000);
            var end =
                    new EndedTurn(
                            id,
                            completes
                                    ? new TurnEnd.Completed(Finish.STOP)
                                    : new TurnEnd.Cancelled(By.USER),
                            TurnStoreFixture.memo(1, 0),
                            null,
                            act.which() == 0 ? "" : "said",
                            ids.message(),
                            "c",
                            now,
                            limited ? onward : null,
                            0);
            switch (ask(act, () -> store.end(fence, end))) {
                case TurnStore.Ending.Stored(var next) -> {
                    assertThat(owned).isTrue();
                    ended.add(id);
                    if (next != null) assertThat(next.attempt()).isPositive();
                }
                case TurnStore.Ending.Unseen(var unseen) -> {
                    assertThat(completes && !limited).isTrue();
                    assertThat(unseen).hasSameSizeAs(before.joined());
                    assertThat(DbContract.now(store.turn(id))).contains(before);
                }
                case TurnStore.Ending.Fenced fenced -> {
                    assertThat(owned).isFalse();
                    assertThat(DbContract.now(store.turn(id))).contains(before);
                }
            }
        }

        private void checkpoint(Act act, Fence fence, TurnId id) {
            StoredTurn before = DbContract.now(store.turn(id)).orElseThrow();
            boolean owned = owns(fence);
            boolean stored =
                    ask(
                            act,
                            () ->
                                    store.checkpoint(
                                            fence,
                                            id,
                                            TurnStoreFixture.memo(2, 0),
                                            TurnStoreFixture.step(1, "step")));
            StoredTurn after = DbContract.now(store.turn(id)).orElseThrow();
            assertThat(stored).isEqualTo(owned);
            if (stored) assertThat(after.takeovers()).isZero();
            else assertThat(after).isEqualTo(before);
        }

        private void takeOver(Act act, Fence fence) {
            boolean due = isOrphan() && lives(fence);
            List<StoredTurn> taken = ask(act, () -> store.takeOver(fence, false, 10));
            Conversation talk = DbContract.now(store.conversation(key)).orElseThrow();
            var unfinished = new ArrayList<String>();
            if (talk.running() != null) unfinished.add(talk.running());
            unfinished.addAll(talk.waiting());
            List<String> ours =
                    taken.stream()
                            .filter(turn -> turn.head().conversation().equals(key))
                            .map(turn -> turn.head().id().value())
                            .toList();
            assertThat(ours).isEqualTo(due ? unfinished : List.of());
        }

        void check() {
            Rows turns =
                    DbContract.now(
                            db.read(
                                    tx ->
                                            tx.run(
                                                    "SELECT id, status, attempt, node FROM turns"
                                                            + " WHERE conversation = $1"
                                                            + " AND ended IS NULL ORDER BY seq",
                                                    key.id())));
            for (int i = 0; i < turns.rows().size(); i++) {
                Rows.Row turn = turns.rows().get(i);
                boolean runs = i == 0;
                assertThat(turn.text(1)).isEqualTo(runs ? "running" : "queued");
                if (runs) assertThat(turn.number(2)).isPositive();
                assertThat(turn.textOrNull(3) != null).isEqualTo(runs);
            }
            Rows counts =
                    DbContract.now(
                            db.read(
                                    tx ->
                                            tx.run(
                                                    "SELECT c.unfinished, c.messages, (SELECT"
                                                            + " COUNT(*) FROM messages m JOIN turns"
                                                            + " t ON t.id = m.turn WHERE"
                                                            + " t.conversation = c.id) FROM"
                                                            + " conversations c WHERE c.id = $1",
                                                    key.id())));
            assertThat(counts.first().number(0)).isEqualTo(turns.rows().size());
            assertThat(counts.first().number(1)).isEqualTo(counts.first().number(2));
            Rows said =
                    DbContract.now(
                            db.read(
                                    tx ->
                                            tx.run(
                                                    "SELECT m.id FROM messages m JOIN turns t ON"
                                                            + " t.id = m.turn WHERE m.role = 'user'"
                                                            + " AND t.conversation = $1",
                                                    key.id())));
            assertThat(said.rows().stream().map(row -> row.text(0)))
                    .containsExactlyInAnyOrderElementsOf(texts);
            for (TurnId id : acknowledged) assertThat(DbContract.now(store.turn(id))).isPresent();
            for (TurnId id : ended) {
                assertThat(DbContract.now(store.turn(id)).orElseThrow().end()).isNotNull();
            }
        }
    }
}
