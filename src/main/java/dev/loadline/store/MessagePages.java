package dev.loadline.store;

import dev.loadline.core.ConversationKey;
import dev.loadline.turn.Message;
import dev.loadline.turn.Page;

import io.vertx.core.Future;

import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** What was said in a conversation, in the order of turns. */
final class MessagePages {
    private static final int HISTORY_PAGE = 32;

    private static final String BETWEEN =
            "SELECT "
                    + MessageRows.COLUMNS
                    + ", t.seq, m.idx"
                    + """
                     FROM turns t JOIN messages m ON m.turn = t.id
                    WHERE t.tenant = $1 AND t.usr = $2 AND t.conversation = $3
                      AND t.seq >= $4 AND (t.seq > $4 OR m.idx > $5)
                      AND t.seq <= $6 AND (t.seq < $6 OR m.idx < $7)
                    """;
    private static final String FORWARD = BETWEEN + "ORDER BY t.seq, m.idx LIMIT $8";
    private static final String BACK = BETWEEN + "ORDER BY t.seq DESC, m.idx DESC LIMIT $8";
    private static final String PLACE =
            """
            SELECT t.seq, m.idx FROM messages m JOIN turns t ON t.id = m.turn
            WHERE m.id = $4 AND t.tenant = $1 AND t.usr = $2 AND t.conversation = $3""";

    private final Db db;

    /** A message's place; pages hold what lies between two, without them. */
    private record Place(long seq, long idx) {
        static final Place START = new Place(-1, -1);
        static final Place END = new Place(Long.MAX_VALUE, Long.MAX_VALUE);
    }

    MessagePages(Db db) {
        this.db = db;
    }

    Future<Optional<Page<Message>>> page(
            ConversationKey key, int limit, @Nullable String before, @Nullable String after) {
        return db.read(
                tx ->
                        Future.all(
                                        place(tx, key, after, Place.START),
                                        place(tx, key, before, Place.END))
                                .compose(
                                        ends ->
                                                pageIfBoth(
                                                        tx,
                                                        key,
                                                        limit,
                                                        ends.resultAt(0),
                                                        ends.resultAt(1))));
    }

    private static Future<Optional<Page<Message>>> pageIfBoth(
            Db.Tx tx, ConversationKey key, int limit, Optional<Place> from, Optional<Place> to) {
        return from.isEmpty() || to.isEmpty()
                ? Future.succeededFuture(Optional.empty())
                : page(tx, key, limit, from.get(), to.get()).map(Optional::of);
    }

    /** Empty if it is no message of this conversation. */
    private static Future<Optional<Place>> place(
            Db.Tx tx, ConversationKey key, @Nullable String message, Place absent) {
        if (message == null) return Future.succeededFuture(Optional.of(absent));
        return tx.run(PLACE, key.principal().tenant(), key.principal().user(), key.id(), message)
                .map(
                        rows ->
                                rows.rows().stream()
                                        .findFirst()
                                        .map(row -> new Place(row.number(0), row.number(1))));
    }

    private static Future<Page<Message>> page(
            Db.Tx tx, ConversationKey key, int limit, Place from, Place to) {
        boolean forward = !from.equals(Place.START);
        return between(tx, key, from, to, forward, limit + 1)
                .map(
                        rows -> {
                            boolean more = rows.size() > limit;
                            List<Message> read =
                                    rows.stream().limit(limit).map(MessageRows::read).toList();
                            List<Message> items = forward ? read : read.reversed();
                            if (items.isEmpty()) return new Page<>(items, null, null);
                            boolean later = forward ? more : !to.equals(Place.END);
                            boolean earlier = forward || more;
                            return new Page<>(
                                    items,
                                    later ? items.getLast().id() : null,
                                    earlier ? items.getFirst().id() : null);
                        });
    }

    private static Future<List<Rows.Row>> between(
            Db.Tx tx, ConversationKey key, Place from, Place to, boolean forward, int limit) {
        return tx.run(
                        forward ? FORWARD : BACK,
                        key.principal().tenant(),
                        key.principal().user(),
                        key.id(),
                        from.seq(),
                        from.idx(),
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
        return between(tx, key, Place.START, before, false, HISTORY_PAGE)
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
