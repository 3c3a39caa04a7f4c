package dev.loadline.store;

import dev.loadline.core.ConversationKey;
import dev.loadline.core.TurnId;
import dev.loadline.turn.TurnHead;

import io.vertx.core.Future;

import org.jspecify.annotations.Nullable;

import java.util.List;
import java.util.Optional;

/** Decides about a submission and stores it, in one transaction (API.md "Submitting"). */
final class Submits {
    private static final String OF_CONVERSATION =
            " tenant = $1 AND usr = $2 AND conversation = $3 ";

    /** Locks the conversation, too: what follows sees no other submission half done. */
    private static final String ADVANCE =
            """
            UPDATE conversations SET seq = seq + 1
            WHERE tenant = $1 AND usr = $2 AND id = $3
            RETURNING seq, owner, epoch, unfinished,
              (SELECT COUNT(*) FROM nodes
               WHERE node = $4 AND nodes.epoch = $5 AND has_left = 0)""";

    private static final String SAME_ID = "SELECT seq, place, ended FROM turns WHERE id = $1";
    private static final String SAME_KEY =
            "SELECT text_hash, turn FROM submit_keys WHERE"
                    + OF_CONVERSATION
                    + "AND client_key = $4";
    private static final String NEWEST =
            "SELECT id, created, ended FROM turns WHERE"
                    + OF_CONVERSATION
                    + "ORDER BY seq DESC LIMIT 1";
    private static final String INPUT =
            "SELECT body FROM messages WHERE turn = $1 AND role = 'user' ORDER BY idx DESC LIMIT 1";
    private static final String KEYS = "SELECT COUNT(*) FROM submit_keys WHERE turn = $1";
    private static final String RUNNING =
            "SELECT id FROM turns WHERE"
                    + OF_CONVERSATION
                    + "AND ended IS NULL ORDER BY (status = 'queued'), seq LIMIT 1";
    private static final String INSERT_KEY =
            """
            INSERT INTO submit_keys (tenant, usr, conversation, client_key, text_hash, turn)
            VALUES ($1, $2, $3, $4, $5, $6)""";

    private final Db db;

    Submits(Db db) {
        this.db = db;
    }

    Future<SubmitDecision> submit(Fence fence, NewTurn turn) {
        String normal = SameText.normal(turn.text());
        String hash = turn.key() == null ? null : SameText.hash(normal);
        return db.write(
                turn.workClass(),
                tx -> new Work(tx, fence, turn, normal, turn.key(), hash).decide());
    }

    /** What the first statement tells of the conversation. */
    private record State(long seq, @Nullable String owner, long epoch, long unfinished) {
        boolean ownedBy(Fence fence) {
            return fence.node().equals(owner) && fence.epoch() == epoch;
        }
    }

    /**
     * One submission. The questions are asked in order; an empty answer goes on to the next.
     *
     * @param normal the text as texts are compared
     */
    private record Work(
            Db.Tx tx,
            Fence fence,
            NewTurn turn,
            String normal,
            @Nullable String key,
            @Nullable String hash) {

        private interface Question {
            Future<Optional<SubmitDecision>> ask(State state);
        }

        Future<SubmitDecision> decide() {
            return tx.run(ADVANCE, tenant(), user(), id(), fence.node(), fence.epoch())
                    .compose(
                            rows -> {
                                if (rows.isEmpty()) {
                                    return Future.succeededFuture(
                                            new SubmitDecision.NoConversation());
                                }
                                Rows.Row row = rows.first();
                                if (row.number(4) == 0) return Future.failedFuture(lifeIsOver());
                                var state =
                                        new State(
                                                row.number(0),
                                                row.textOrNull(1),
                                                row.number(2),
                                                row.number(3));
                                return decide(state);
                            });
        }

        private StoreFailure lifeIsOver() {
            return new StoreFailure(
                    StoreFailure.Kind.NOT_DONE,
                    "life " + fence.epoch() + " of node " + fence.node() + " is over",
                    null);
        }

        private Future<SubmitDecision> decide(State state) {
            Future<Optional<SubmitDecision>> answer = sameId(state);
            for (Question each : List.<Question>of(this::sameKey, this::resend, this::busy)) {
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
                                    : accept(state));
        }

        /** The same insert again, after an unknown commit; meanwhile it may have run and ended. */
        private Future<Optional<SubmitDecision>> sameId(State state) {
            return tx.run(SAME_ID, turn.id().value())
                    .map(
                            rows -> {
                                if (rows.isEmpty()) return Optional.empty();
                                Rows.Row row = rows.first();
                                boolean toRun = state.ownedBy(fence) && row.numberOrNull(2) == null;
                                return Optional.of(
                                        toRun
                                                ? new SubmitDecision.Accepted(
                                                        AcceptedTurn.head(turn, row.number(0)),
                                                        (int) row.number(1))
                                                : new SubmitDecision.Duplicate(turn.id()));
                            });
        }

        private Future<Optional<SubmitDecision>> sameKey(State state) {
            if (key == null) return none();
            return tx.run(SAME_KEY, tenant(), user(), id(), key)
                    .map(
                            rows -> {
                                if (rows.isEmpty()) return Optional.empty();
                                var first = new TurnId(rows.first().text(1));
                                return Optional.of(
                                        rows.first().text(0).equals(hash)
                                                ? new SubmitDecision.Duplicate(first)
                                                : new SubmitDecision.KeyReused(first));
                            });
        }

        private Future<Optional<SubmitDecision>> resend(State state) {
            if (turn.whenBusySaid() || state.unfinished() == 0) return none();
            return tx.run(NEWEST, tenant(), user(), id())
                    .compose(
                            rows -> {
                                Rows.Row newest = rows.first();
                                boolean young =
                                        turn.createdMs() - newest.number(1) < turn.resendWindowMs();
                                if (newest.numberOrNull(2) != null || !young) return none();
                                return resendOf(newest.text(0));
                            });
        }

        private Future<Optional<SubmitDecision>> resendOf(String newest) {
            return tx.run(INPUT, newest)
                    .compose(
                            rows -> {
                                boolean same =
                                        !rows.isEmpty()
                                                && SameText.normal(rows.first().text(0))
                                                        .equals(normal);
                                return same ? attachUnlessMeantTwice(newest) : none();
                            });
        }

        /** Two different keys say that two messages are meant. */
        private Future<Optional<SubmitDecision>> attachUnlessMeantTwice(String newest) {
            var attached =
                    Optional.<SubmitDecision>of(new SubmitDecision.Duplicate(new TurnId(newest)));
            if (key == null) return Future.succeededFuture(attached);
            return tx.run(KEYS, newest)
                    .compose(
                            rows ->
                                    rows.first().number(0) > 0 && !turn.attachDuplicateText()
                                            ? none()
                                            : insertKey(newest).map(done -> attached));
        }

        private Future<Optional<SubmitDecision>> busy(State state) {
            if (state.unfinished() == 0) return none();
            return tx.run(RUNNING, tenant(), user(), id())
                    .map(
                            rows -> {
                                var running = new TurnId(rows.first().text(0));
                                if (turn.rejectWhenBusy()) {
                                    return Optional.of(new SubmitDecision.Busy(running));
                                }
                                if (state.unfinished() - 1 >= turn.waitingMax()) {
                                    return Optional.of(new SubmitDecision.WaitingFull(running));
                                }
                                return state.owner() == null || state.ownedBy(fence)
                                        ? Optional.empty()
                                        : Optional.of(new SubmitDecision.Elsewhere(state.owner()));
                            });
        }

        private Future<SubmitDecision> accept(State state) {
            int place = (int) state.unfinished();
            TurnHead head = AcceptedTurn.head(turn, state.seq());
            return new AcceptedTurn(tx, fence, turn)
                    .store(head, place)
                    .compose(
                            done ->
                                    key == null
                                            ? Future.succeededFuture(done)
                                            : insertKey(turn.id().value()))
                    .map(done -> new SubmitDecision.Accepted(head, place));
        }

        private Future<Rows> insertKey(String target) {
            return tx.run(INSERT_KEY, tenant(), user(), id(), key, hash, target);
        }

        private static Future<Optional<SubmitDecision>> none() {
            return Future.succeededFuture(Optional.empty());
        }

        private String tenant() {
            return conversation().principal().tenant();
        }

        private String user() {
            return conversation().principal().user();
        }

        private String id() {
            return conversation().id();
        }

        private ConversationKey conversation() {
            return turn.conversation();
        }
    }
}
