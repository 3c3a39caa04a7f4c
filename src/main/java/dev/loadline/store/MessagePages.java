package dev.loadline.store;

import dev.loadline.core.ConversationKey;
import dev.loadline.turn.Message;
import dev.loadline.turn.Page;

import io.vertx.core.Future;

import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** What was said in a conversation, in the order of turns; and what was said since, as it came. */
final class MessagePages {
    private static final int HISTORY_PAGE = 32;

    private static final String BACK =
            "SELECT "
                    + MessageRows.COLUMNS
                    + ", t.seq, m.idx"
                    + """
                     FROM turns t JOIN messages m ON m.turn = t.id
                    WHERE t.tenant = $1 AND t.usr = $2 AND t.conversation = $3
                      AND t.seq <= $4 AND (t.seq < $4 OR m.idx < $5)
                    ORDER BY t.seq DESC, m.idx DESC LIMIT $6""";
    private static final String SINCE =
            "SELECT "
                    + MessageRows.COLUMNS
                    + """
                     FROM turns t JOIN messages m ON m.turn = t.id
                    WHERE t.tenant = $1 AND t.usr = $2 AND t.conversation = $3 AND m.written > $4
                    ORDER BY m.written LIMIT $5""";
    private static final String WRITTEN =
            """
            SELECT m.written FROM messages m JOIN turns t ON t.id = m.turn
            WHERE m.id = $4 AND t.tenant = $1 AND t.usr = $2 AND t.conversation = $3""";
    private static final String PLACE =
            """
            SELECT t.seq, m.idx FROM messages m JOIN turns t ON t.id = m.turn
            WHERE m.id = $4 AND t.tenant = $1 AND t.usr = $2 AND t.conversation = $3""";

    private final Db db;

    /** A message's place in the order of turns; pages hold what lies before one. */
    private record Place(long seq, long idx) {
        static final Place END = new Place(Long.MAX_VALUE, Long.MAX_VALUE);
    }

    MessagePages(Db db) {
        this.db = db;
    }

    Future<Optional<Page<Message>>> page(
            ConversationKey key, int limit, @Nullable String before, @Nullable String after) {
        return db.read(
                tx -> after == null ? back(tx, key, limit, before) : since(tx, key, limit, after));
    }

    /**
     * What was written after a message, as it was written. A waiting turn's message is written
     * before the answers of the turns before it, so who polls by the order of turns would never see
     * those.
     */
    private static Future<Optional<Page<Message>>> since(
            Db.Tx tx, ConversationKey key, int limit, String after) {
        String tenant = key.principal().tenant();
        String user = key.principal().user();
        return tx.run(WRITTEN, tenant, user, key.id(), after)
                .compose(
                        anchor -> {
                            if (anchor.isEmpty()) return Future.succeededFuture(Optional.empty());
                            long written = anchor.first().number(0);
                            return tx.run(SINCE, tenant, user, key.id(), written, limit + 1L)
                                    .map(
                                            rows -> {
                                                List<Message> items =
                                                        rows.rows().stream()
                                                                .limit(limit)
                                                                .map(MessageRows::read)
                                                                .toList();
                                                if (items.isEmpty())
                                                    return Optional.of(
                                                            new Page<>(items, null, null));
                                                boolean more = rows.rows().size() > limit;
                                                return Optional.of(
                                                        new Page<>(
                                                                items,
                                                                more ? items.getLast().id() : null,
                                                                items.getFirst().id()));
                                            });
                        });
    }

    private static Future<Optional<Page<Message>>> back(
            Db.Tx tx, ConversationKey key, int limit, @Nullable String before) {
        return place(tx, key, before)
                .compose(
                        to -> {
                            if (to.isEmpty()) return Future.succeededFuture(Optional.empty());
                            return between(tx, key, to.get(), limit + 1)
                                    .map(
                                            rows -> {
                                                List<Message> items =
                                                        rows.stream()
                                                                .limit(limit)
                                                                .map(MessageRows::read)
                                                                .toList()
                                                                .reversed();
                                                if (items.isEmpty())
                                                    return Optional.of(
                                                            new Page<>(items, null, null));
                                                boolean more = rows.size() > limit;
                                                return Optional.of(
                                                        new Page<>(
                                                                items,
                                                                before == null
                                                                        ? null
                                                                        : items.getLast().id(),
                                                                more
                                                                        ? items.getFirst().id()
                                                                        : null));
                                            });
                        });
    }

    /** Empty if it is no message of this conversation. */
    private static Future<Optional<Place>> place(
            Db.Tx tx, ConversationKey key, @Nullable String message) {
        if (message == null) return Future.succeededFuture(Optional.of(Place.END));
        return tx.run(PLACE, key.principal().tenant(), key.principal().user(), key.id(), message)
                .map(
                        rows ->
                                rows.rows().stream()
                                        .findFirst()
                                        .map(row -> new Place(row.number(0), row.number(1))));
    }

    private static Future<List<Rows.Row>> between(
            Db.Tx tx, ConversationKey key, Place to, int limit) {
        return tx.run(
                        BACK,
                        key.principal().tenant(),
                        key.principal().user(),
                        key.id(),
                        to.seq(),
                        to.idx(),
                        (long) limit)
                .map(Rows::rows);
    }

    Future<List<Message>> history(ConversationKey key, long seq, int charsMax) {
        return db.read(tx -> back(tx, key, new Place(seq, -1), charsMax, new ArrayList<>()))
                .map(List::reversed);
    }

    /** Collects newest first, a page at a time, until the next one would be too much. */
    private static Future<List<Message>> back(
            Db.Tx tx, ConversationKey key, Place before, int charsLeft, List<Message> found) {
        return between(tx, key, before, HISTORY_PAGE)
                .compose(
                        rows -> {
                            int left = charsLeft;
                            Place last = before;
                            for (Rows.Row row : rows) {
                                Message message = MessageRows.read(row);
                                left -= message.text().length();
                                if (left < 0 && !found.isEmpty()) {
                                    return Future.succeededFuture(found);
                                }
                                found.add(message);
                                last =
                                        new Place(
                                                row.number(MessageRows.WIDTH),
                                                row.number(MessageRows.WIDTH + 1));
                            }
                            return rows.size() < HISTORY_PAGE
                                    ? Future.succeededFuture(found)
                                    : back(tx, key, last, left, found);
                        });
    }
}
