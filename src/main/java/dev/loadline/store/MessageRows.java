package dev.loadline.store;

import dev.loadline.core.Json;
import dev.loadline.core.Origin;
import dev.loadline.core.Rfc3339;
import dev.loadline.core.TurnId;
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
              (id, turn, idx, written, role, body, said_at, client_key, origin, cut, calls, degraded)
            VALUES ($1, $2, (SELECT COUNT(*) FROM messages WHERE turn = $2),
              (SELECT c.messages + 1 FROM turns t JOIN conversations c
                 ON c.tenant = t.tenant AND c.usr = t.usr AND c.id = t.conversation
               WHERE t.id = $2),
              $3, $4, $5, $6, $7, $8, $9, $10)""";

    private MessageRows() {}

    static Message read(Rows.Row row) {
        String calls = row.textOrNull(8);
        String degraded = row.textOrNull(9);
        return new Message(
                row.text(0),
                row.text(1),
                Message.Role.valueOf(row.text(2).toUpperCase(Locale.ROOT)),
                row.text(3),
                Rfc3339.of(row.number(4)),
                row.textOrNull(5),
                Origin.valueOf(row.text(6).toUpperCase(Locale.ROOT)),
                row.number(7) == 1 ? Boolean.TRUE : null,
                calls == null ? null : List.of(Json.read(calls, Message.CallSummary[].class)),
                degraded == null ? null : List.of(Json.read(degraded, String[].class)));
    }

    /** What the user said; the next message of its turn. */
    static Future<Rows> insertInput(
            Db.Tx tx,
            String id,
            TurnId turn,
            String text,
            long atMs,
            @Nullable String key,
            Origin origin) {
        return tx.run(
                INSERT, id, turn.value(), "user", text, atMs, key, origin.wire(), 0L, null, null);
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
                degraded.isEmpty() ? null : Json.write(degraded));
    }
}
