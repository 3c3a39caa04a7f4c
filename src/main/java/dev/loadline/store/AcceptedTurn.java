package dev.loadline.store;

import dev.loadline.core.Json;
import dev.loadline.core.Rfc3339;
import dev.loadline.core.TurnId;
import dev.loadline.core.Utf16;
import dev.loadline.turn.Message;
import dev.loadline.turn.TurnHead;
import dev.loadline.turn.TurnMemo;

import io.vertx.core.Future;

import org.jspecify.annotations.Nullable;

import java.util.List;

/** A submission that was accepted, as rows. */
record AcceptedTurn(Db.Tx tx, Fence fence, NewTurn turn) {
    private static final int TITLE_MAX = 80;
    private static final int TITLE_FROM_MAX = 4096;

    private static final String ADOPT =
            """
            UPDATE conversations SET owner = $4, epoch = $5, handed_over = 0,
              taken = CASE WHEN unfinished = 0 THEN 0 ELSE taken END,
              unfinished = unfinished + 1, messages = messages + 1,
              updated = CASE WHEN updated < $6 THEN $6 ELSE updated END,
              title = COALESCE(title, $7), newest = $8
            WHERE tenant = $1 AND usr = $2 AND id = $3""";
    private static final String INSERT =
            """
            INSERT INTO turns
              (tenant, usr, conversation, id, seq, agent, origin, work_class, status, place,
               attempt, takeovers, node, memo_version, memo, cancel_asked, created, deadline,
               metadata, chain, stripped, made_by)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, 0, $12, $13, $14, 0, $15, $16,
               $17, $18, 0, $19)""";

    /** The turn, its input, and its place in the conversation, which the fence now owns. */
    Future<Rows> store(TurnHead head, int place, @Nullable String madeBy) {
        return insert(head, place, madeBy)
                .compose(
                        done ->
                                MessageRows.insertInput(
                                        tx, head.input().getFirst(), turn.createdMs(), null))
                .compose(
                        done ->
                                tx.run(
                                        ADOPT,
                                        tenant(),
                                        user(),
                                        id(),
                                        fence.node(),
                                        fence.epoch(),
                                        turn.createdMs(),
                                        title(turn.text()),
                                        turn.id().value()));
    }

    private Future<Rows> insert(TurnHead head, int place, @Nullable String madeBy) {
        boolean runs = place == 0;
        return tx.run(
                INSERT,
                tenant(),
                user(),
                id(),
                turn.id().value(),
                head.seq(),
                turn.agent(),
                turn.origin().wire(),
                turn.workClass().wire(),
                runs ? "running" : "queued",
                (long) place,
                runs ? 1L : 0L,
                runs ? fence.node() : null,
                (long) TurnMemo.VERSION,
                Json.write(TurnMemo.fresh(turn.asked())),
                turn.createdMs(),
                turn.deadlineMs(),
                turn.metadata() == null ? null : Json.write(new TurnRows.Metadata(turn.metadata())),
                Json.write(turn.chain()),
                madeBy);
    }

    static TurnHead head(NewTurn turn, long seq) {
        return new TurnHead(
                turn.id(),
                turn.conversation(),
                seq,
                turn.agent(),
                turn.origin(),
                turn.workClass(),
                List.of(input(turn, turn.id())),
                turn.createdMs(),
                turn.deadlineMs(),
                turn.metadata(),
                turn.chain());
    }

    /** What the user said, as a text of this turn. */
    static Message input(NewTurn turn, TurnId of) {
        return Message.ofUser(
                turn.messageId(),
                of.value(),
                turn.text(),
                Rfc3339.of(turn.createdMs()),
                turn.key(),
                turn.origin());
    }

    /** The start of a text on one line. */
    static String title(String text) {
        String start =
                text.substring(0, Utf16.cutBefore(text, Math.min(text.length(), TITLE_FROM_MAX)));
        String line = start.strip().replaceAll("\\s+", " ");
        return line.substring(0, Utf16.cutBefore(line, Math.min(line.length(), TITLE_MAX)));
    }

    private String tenant() {
        return turn.conversation().principal().tenant();
    }

    private String user() {
        return turn.conversation().principal().user();
    }

    private String id() {
        return turn.conversation().id();
    }
}
