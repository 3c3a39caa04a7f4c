package dev.loadline.store;

import dev.loadline.core.ConversationKey;
import dev.loadline.core.TurnId;

import io.vertx.core.Future;

import org.jspecify.annotations.Nullable;

import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * Decides about a submission and stores it, in one transaction (API.md "Submitting"). First whether
 * it is one that came before; if not, {@link Placing} finds its place.
 */
final class Submits {
    /** Locks the conversation, too: what follows sees no other submission half done. */
    private static final String ADVANCE =
            """
            UPDATE conversations SET seq = seq + 1
            WHERE tenant = $1 AND usr = $2 AND id = $3
            RETURNING seq, owner, epoch, unfinished,
              (SELECT COUNT(*) FROM nodes
               WHERE node = $4 AND nodes.epoch = $5 AND has_left = 0), newest, agent""";

    private static final String SAME_MESSAGE =
            "SELECT t.id, t.seq, t.place, t.ended, "
                    + MessageRows.COLUMNS
                    + ", m.joined, m.joined_as FROM messages m JOIN turns t ON t.id = m.turn"
                    + " WHERE m.id = $1";
    private static final int BEFORE_MESSAGE = 4;
    private static final String LAST =
            """
            SELECT id, created, ended, status FROM turns
            WHERE tenant = $1 AND usr = $2 AND conversation = $3
            ORDER BY seq DESC LIMIT 1""";
    private static final String NEWEST =
            "SELECT id, created, ended, status FROM turns WHERE id = $1";
    private static final String INPUTS =
            """
            SELECT id, body, joined, joined_as FROM messages
            WHERE turn = $1 AND role = 'user' ORDER BY idx""";

    private final Db db;

    Submits(Db db) {
        this.db = db;
    }

    Future<SubmitDecision> submit(
            Fence fence, NewTurn turn, Consumer<SubmitDecision> beforeCommit) {
        String normal = SameText.normal(turn.text());
        String hash = turn.key() == null ? "" : SameText.hash(normal);
        return db.write(
                turn.workClass(),
                tx -> {
                    var keys = new SubmitKeys(tx, turn.conversation(), turn.key(), hash);
                    return new Work(tx, fence, turn, normal, keys).decide();
                },
                beforeCommit);
    }

    /** What the first statement tells of the conversation. */
    record State(
            long seq,
            @Nullable String owner,
            long epoch,
            long unfinished,
            @Nullable String newest) {
        boolean ownedBy(Fence fence) {
            return fence.node().equals(owner) && fence.epoch() == epoch;
        }
    }

    /**
     * One submission. The questions are asked in order; an empty answer goes on to the next.
     *
     * @param normal the text as texts are compared
     */
    private record Work(Db.Tx tx, Fence fence, NewTurn turn, String normal, SubmitKeys keys) {

        private interface Question {
            Future<Optional<SubmitDecision>> ask(State state);
        }

        Future<SubmitDecision> decide() {
            return advance()
                    .compose(
                            rows -> {
                                if (rows.isEmpty()) return notThere();
                                Rows.Row row = rows.first();
                                if (row.number(4) == 0) return Future.failedFuture(lifeIsOver());
                                if (turn.opens() && !row.text(6).equals(turn.agent())) {
                                    return Future.succeededFuture(
                                            new SubmitDecision.AgentDiffers(row.text(6)));
                                }
                                var state =
                                        new State(
                                                row.number(0),
                                                row.textOrNull(1),
                                                row.number(2),
                                                row.number(3),
                                                row.textOrNull(5));
                                return decide(state);
                            });
        }

        private Future<Rows> advance() {
            ConversationKey key = turn.conversation();
            return tx.run(
                    ADVANCE,
                    key.principal().tenant(),
                    key.principal().user(),
                    key.id(),
                    fence.node(),
                    fence.epoch());
        }

        /** Opened with its first message, or not at all. */
        private Future<SubmitDecision> notThere() {
            if (!turn.opens()) return Future.succeededFuture(new SubmitDecision.NoConversation());
            if (!turn.mayBegin()) return Future.succeededFuture(new SubmitDecision.MayNotBegin());
            return Conversations.insert(tx, turn.conversation(), turn.agent(), turn.createdMs())
                    .compose(made -> decide());
        }

        private StoreFailure lifeIsOver() {
            return new StoreFailure(
                    StoreFailure.Kind.NOT_DONE,
                    "life " + fence.epoch() + " of node " + fence.node() + " is over",
                    null);
        }

        private Future<SubmitDecision> decide(State state) {
            Future<Optional<SubmitDecision>> answer = sameMessage(state);
            for (Question each : List.<Question>of(now -> keys.known(), this::resend)) {
                answer =
                        answer.compose(
                                known ->
                                        known.isPresent()
                                                ? Future.succeededFuture(known)
                                                : each.ask(state));
            }
            return answer.compose(
                    known ->
                            known.isPresent()
                                    ? Future.succeededFuture(known.get())
                                    : new Placing(tx, fence, turn, keys, state).decide());
        }

        /** The same insert again, after an unknown commit; meanwhile it may have run and ended. */
        private Future<Optional<SubmitDecision>> sameMessage(State state) {
            return tx.run(SAME_MESSAGE, turn.messageId())
                    .map(
                            rows ->
                                    rows.isEmpty()
                                            ? Optional.empty()
                                            : Optional.of(again(state, rows.first())));
        }

        private SubmitDecision again(State state, Rows.Row row) {
            var target = new TurnId(row.text(0));
            Joining how = joining(row, BEFORE_MESSAGE + MessageRows.WIDTH);
            if (how != null) {
                return new SubmitDecision.Joined(
                        target, MessageRows.read(row, BEFORE_MESSAGE), how);
            }
            boolean toRun = state.ownedBy(fence) && row.numberOrNull(3) == null;
            return toRun
                    ? new SubmitDecision.Accepted(
                            AcceptedTurn.head(turn, row.number(1)), (int) row.number(2), null)
                    : new SubmitDecision.Duplicate(target, null);
        }

        private Future<Optional<SubmitDecision>> resend(State state) {
            boolean nothingRuns = state.unfinished() == 0;
            if (turn.whenBusySaid() || (nothingRuns && !turn.retried())) return none();
            return newest(state)
                    .compose(
                            rows -> {
                                if (rows.isEmpty()) return none();
                                Rows.Row newest = rows.first();
                                boolean counts =
                                        newest.numberOrNull(2) == null
                                                || (turn.retried()
                                                        && newest.text(3).equals("completed"));
                                boolean young =
                                        turn.createdMs() - newest.number(1) < turn.resendWindowMs();
                                if (!counts || !young) return none();
                                return resendOf(newest.text(0));
                            });
        }

        private Future<Rows> newest(State state) {
            ConversationKey key = turn.conversation();
            return state.newest() != null
                    ? tx.run(NEWEST, state.newest())
                    : tx.run(LAST, key.principal().tenant(), key.principal().user(), key.id());
        }

        private Future<Optional<SubmitDecision>> resendOf(String newest) {
            return tx.run(INPUTS, newest)
                    .compose(
                            rows -> {
                                for (Rows.Row row : rows.rows()) {
                                    if (SameText.normal(row.text(1)).equals(normal)) {
                                        return attachUnlessMeantTwice(
                                                newest, row.text(0), joining(row, 2));
                                    }
                                }
                                return none();
                            });
        }

        /** Two different keys say that two messages are meant. */
        private Future<Optional<SubmitDecision>> attachUnlessMeantTwice(
                String newest, String message, @Nullable Joining how) {
            var attached =
                    Optional.<SubmitDecision>of(
                            new SubmitDecision.Duplicate(new TurnId(newest), how));
            if (turn.key() == null) return Future.succeededFuture(attached);
            return keys.haveText(newest)
                    .compose(
                            keyed ->
                                    keyed && !turn.attachDuplicateText()
                                            ? none()
                                            : keys.store(newest, message).map(done -> attached));
        }

        private static @Nullable Joining joining(Rows.Row row, int column) {
            return Joining.read(row.textOrNull(column), row.numberOrNull(column + 1));
        }

        private static Future<Optional<SubmitDecision>> none() {
            return Future.succeededFuture(Optional.empty());
        }
    }
}
