package dev.loadline.store;

import dev.loadline.core.ConversationKey;
import dev.loadline.core.TurnId;
import dev.loadline.turn.Message;
import dev.loadline.turn.TurnHead;

import io.vertx.core.Future;

import org.jspecify.annotations.Nullable;

import java.nio.charset.StandardCharsets;

/** Where a message goes that was not there before: API.md "whenBusy". */
record Placing(Db.Tx tx, Fence fence, NewTurn turn, SubmitKeys keys, Submits.State state) {
    private static final int COLLECTED_MAX = 20;
    private static final int COLLECTED_BYTES_MAX = 64 * 1024;
    private static final int STEERED_MAX = 100;

    /** Interrupts that may pile up while one cancelled turn is being written down. */
    private static final int INTERRUPTS_MAX = 16;

    private static final String OF_CONVERSATION =
            " tenant = $1 AND usr = $2 AND conversation = $3 ";
    private static final String RUNNING =
            "SELECT id, cancel_asked FROM turns WHERE"
                    + OF_CONVERSATION
                    + "AND ended IS NULL ORDER BY (status = 'queued'), seq LIMIT 1";

    // One that is being cancelled takes no more.
    private static final String COLLECTING =
            "SELECT id FROM turns WHERE"
                    + OF_CONVERSATION
                    + "AND ended IS NULL AND status = 'queued' AND made_by = 'collect'"
                    + " AND cancel_asked = 0 ORDER BY seq DESC LIMIT 1";
    private static final String INPUTS =
            "SELECT body FROM messages WHERE turn = $1 AND role = 'user'";
    private static final String COUNT_INPUTS =
            "SELECT COUNT(*) FROM messages WHERE turn = $1 AND role = 'user'";
    private static final String SAID =
            """
            UPDATE conversations SET messages = messages + 1,
              updated = CASE WHEN updated < $4 THEN $4 ELSE updated END
            WHERE tenant = $1 AND usr = $2 AND id = $3""";
    private static final String INTERRUPT =
            """
            UPDATE turns SET cancel_asked = 1, cancel_by = COALESCE(cancel_by, 'interrupt')
            WHERE id = $1 AND cancel_asked = 0 AND ended IS NULL""";

    /** What runs, or will at once. */
    private record Running(TurnId id, boolean cancelAsked) {}

    Future<SubmitDecision> decide() {
        if (state.unfinished() == 0) return accept(null);
        return tx.run(RUNNING, tenant(), user(), id())
                .map(
                        rows ->
                                new Running(
                                        new TurnId(rows.first().text(0)),
                                        rows.first().number(1) == 1))
                .compose(this::busy);
    }

    private Future<SubmitDecision> busy(Running running) {
        return switch (turn.whenBusy()) {
            case REJECT -> Future.succeededFuture(new SubmitDecision.Busy(running.id()));
            case ENQUEUE -> enqueue(running, null);
            case STEER -> running.cancelAsked() ? enqueue(running, null) : steer(running);
            case COLLECT -> collect(running);
            case INTERRUPT -> interrupt(running);
        };
    }

    private boolean isElsewhere() {
        return state.owner() != null && !state.ownedBy(fence);
    }

    private Future<SubmitDecision> elsewhere() {
        return Future.succeededFuture(new SubmitDecision.Elsewhere(String.valueOf(state.owner())));
    }

    private Future<SubmitDecision> enqueue(Running running, @Nullable String madeBy) {
        if (state.unfinished() - 1 >= turn.waitingMax()) {
            return Future.succeededFuture(new SubmitDecision.WaitingFull(running.id()));
        }
        return isElsewhere() ? elsewhere() : accept(madeBy);
    }

    private Future<SubmitDecision> steer(Running running) {
        if (isElsewhere()) return elsewhere();
        return tx.run(COUNT_INPUTS, running.id().value())
                .compose(
                        rows ->
                                rows.first().number(0) >= STEERED_MAX
                                        ? full(running.id(), STEERED_MAX + " texts")
                                        : join(running.id(), new Joining.Steered()));
    }

    private Future<SubmitDecision> collect(Running running) {
        if (isElsewhere()) return elsewhere();
        return tx.run(COLLECTING, tenant(), user(), id())
                .compose(
                        rows ->
                                rows.isEmpty()
                                        ? enqueue(running, "collect")
                                        : collectInto(new TurnId(rows.first().text(0))));
    }

    private Future<SubmitDecision> collectInto(TurnId waiting) {
        return tx.run(INPUTS, waiting.value())
                .compose(
                        rows -> {
                            int count = rows.rows().size() + 1;
                            if (count > COLLECTED_MAX) {
                                return full(waiting, COLLECTED_MAX + " texts");
                            }
                            long bytes = bytes(turn.text());
                            for (Rows.Row row : rows.rows()) bytes += bytes(row.text(0));
                            return bytes > COLLECTED_BYTES_MAX
                                    ? full(waiting, COLLECTED_BYTES_MAX / 1024 + " KiB")
                                    : join(waiting, new Joining.Collected(count));
                        });
    }

    private static long bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8).length;
    }

    private static Future<SubmitDecision> full(TurnId turn, String limit) {
        return Future.succeededFuture(new SubmitDecision.JoinedFull(turn, limit));
    }

    private Future<SubmitDecision> join(TurnId into, Joining how) {
        Message message = AcceptedTurn.input(turn, into);
        return MessageRows.insertInput(tx, message, turn.createdMs(), how)
                .compose(done -> tx.run(SAID, tenant(), user(), id(), turn.createdMs()))
                .compose(done -> keys.store(into.value(), turn.messageId()))
                .map(done -> new SubmitDecision.Joined(into, message, how));
    }

    private Future<SubmitDecision> interrupt(Running running) {
        if (!turn.mayBegin()) return mayNotBegin();
        if (state.unfinished() - 1 >= turn.waitingMax() + INTERRUPTS_MAX) {
            return Future.succeededFuture(new SubmitDecision.WaitingFull(running.id()));
        }
        if (isElsewhere()) return elsewhere();
        return tx.run(INTERRUPT, running.id().value())
                .compose(done -> Lineup.makeWay(tx, turn.conversation(), state.seq()))
                .compose(done -> store(1, null))
                .map(head -> new SubmitDecision.Accepted(head, 1, running.id()));
    }

    private static Future<SubmitDecision> mayNotBegin() {
        return Future.succeededFuture(new SubmitDecision.MayNotBegin());
    }

    private Future<SubmitDecision> accept(@Nullable String madeBy) {
        if (!turn.mayBegin()) return mayNotBegin();
        int place = (int) state.unfinished();
        return store(place, madeBy).map(head -> new SubmitDecision.Accepted(head, place, null));
    }

    private Future<TurnHead> store(int place, @Nullable String madeBy) {
        TurnHead head = AcceptedTurn.head(turn, state.seq());
        return new AcceptedTurn(tx, fence, turn)
                .store(head, place, madeBy)
                .compose(done -> keys.store(turn.id().value(), turn.messageId()))
                .map(done -> head);
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
