package dev.loadline.store;

import dev.loadline.core.ConversationKey;
import dev.loadline.core.TurnId;

import io.vertx.core.Future;

import org.jspecify.annotations.Nullable;

import java.util.Optional;

/**
 * What a client's key stands for.
 *
 * @param key absent: nothing is found and nothing stored
 * @param hash of the text as texts are compared
 */
record SubmitKeys(Db.Tx tx, ConversationKey conversation, @Nullable String key, String hash) {
    private static final String FIND =
            """
            SELECT k.text_hash, k.turn, m.joined, m.joined_as
            FROM submit_keys k LEFT JOIN messages m ON m.id = k.message
            WHERE k.tenant = $1 AND k.usr = $2 AND k.conversation = $3 AND k.client_key = $4""";
    private static final String COUNT =
            "SELECT COUNT(*) FROM submit_keys WHERE turn = $1 AND text_hash = $2";
    private static final String INSERT =
            """
            INSERT INTO submit_keys (tenant, usr, conversation, client_key, text_hash, turn, message)
            VALUES ($1, $2, $3, $4, $5, $6, $7)""";

    /** The message that came with this key before, or empty. */
    Future<Optional<SubmitDecision>> known() {
        if (key == null) return Future.succeededFuture(Optional.empty());
        return tx.run(FIND, tenant(), user(), conversation.id(), key)
                .map(
                        rows -> {
                            if (rows.isEmpty()) return Optional.empty();
                            Rows.Row row = rows.first();
                            var first = new TurnId(row.text(1));
                            return Optional.of(
                                    row.text(0).equals(hash)
                                            ? new SubmitDecision.Duplicate(
                                                    first,
                                                    Joining.read(
                                                            row.textOrNull(2), row.numberOrNull(3)))
                                            : new SubmitDecision.KeyReused(first));
                        });
    }

    /** Whether the turn has this text under a key. */
    Future<Boolean> haveText(String turn) {
        return tx.run(COUNT, turn, hash).map(rows -> rows.first().number(0) > 0);
    }

    /** From now on the key stands for this message. */
    Future<?> store(String turn, String message) {
        if (key == null) return Future.succeededFuture();
        return tx.run(INSERT, tenant(), user(), conversation.id(), key, hash, turn, message);
    }

    private String tenant() {
        return conversation.principal().tenant();
    }

    private String user() {
        return conversation.principal().user();
    }
}
