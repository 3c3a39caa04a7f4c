package dev.loadline.store;

import dev.loadline.core.Json;
import dev.loadline.core.Origin;
import dev.loadline.core.Rfc3339;
import dev.loadline.turn.Message;

import io.vertx.core.Future;

import org.jspecify.annotations.Nullable;

import java.util.List;
import java.util.Locale;

/** Messages as rows. */
final class MessageRows {
    /** Of {@code messages m}, as {@link #read} expects them first in a row. */
    static final String COLUMNS =
            "m.id, m.turn, m.role, m.body, m.said_at, m.client_key, m.origin, m.cut, m.calls,"
                    + " m.degraded";

    /** The first column after {@link #COLUMNS}. */
    static final int WIDTH = 10;

    private static final String INSERT =
            """
            INSERT INTO messages
              (id, turn, idx, written, role, body, said_at, client_key, origin, cut, calls, degraded,
               joined, joined_as)
            VALUES ($1, $2, (SELECT COALESCE(MAX(idx), -1) + 1 FROM messages WHERE turn = $2),
              (SELECT c.messages + 1 FROM turns t JOIN conversations c
                 ON c.tenant = t.tenant AND c.usr = t.usr AND c.id = t.conversation
               WHERE t.id = $2),
              $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)""";

    private MessageRows() {}

    static Message read(Rows.Row row) {
        return read(row, 0);
    }

    /** The columns begin there. */
    static Message read(Rows.Row row, int from) {
        String calls = row.textOrNull(from + 8);
        String degraded = row.textOrNull(from + 9);
        return new Message(
                row.text(from),
                row.text(from + 1),
                Message.Role.valueOf(row.text(from + 2).toUpperCase(Locale.ROOT)),
                row.text(from + 3),
                Rfc3339.of(row.number(from + 4)),
                row.textOrNull(from + 5),
                Origin.valueOf(row.text(from + 6).toUpperCase(Locale.ROOT)),
                row.number(from + 7) == 1 ? Boolean.TRUE : null,
                calls == null ? null : List.of(Json.read(calls, Message.CallSummary[].class)),
                degraded == null ? null : List.of(Json.read(degraded, String[].class)));
    }

    /** What the user said; the next message of its turn, which it may have joined. */
    static Future<Rows> insertInput(
            Db.Tx tx, Message message, long atMs, @Nullable Joining joined) {
        return tx.run(
                INSERT,
                message.id(),
                message.turn(),
                "user",
                message.text(),
                atMs,
                message.key(),
                message.origin().wire(),
                0L,
                null,
                null,
                joined == null ? null : joined.column(),
                joined == null ? null : joined.countColumn());
    }

    /** What the turn said; the next message of its turn. */
    static Future<Rows> insertAnswer(
            Db.Tx tx,
            EndedTurn turn,
            String origin,
            boolean cut,
            List<Message.CallSummary> calls,
            List<String> degraded) {
        return tx.run(
                INSERT,
                turn.messageId(),
                turn.turn().value(),
                "assistant",
                turn.text(),
                turn.endedMs(),
                null,
                origin,
                cut ? 1L : 0L,
                calls.isEmpty() ? null : Json.write(calls),
                degraded.isEmpty() ? null : Json.write(degraded),
                null,
                null);
    }
}
