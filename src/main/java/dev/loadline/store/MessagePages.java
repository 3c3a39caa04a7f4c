package dev.loadline.store;

import dev.loadline.core.ConversationKey;
import dev.loadline.turn.Message;
import dev.loadline.turn.Page;

import io.vertx.core.Future;

import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * What was said in a conversation, in the order of turns; and what was said since, as it came. A
 * page ends before its limit where its messages are long.
 */
final class MessagePages {
    private static final int ROWS_AT_ONCE = 32;

    /** UTF-16 units of text on a page, unless a single message has more. */
    private static final int PAGE_CHARS = 1024 * 1024;

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
                    + ", m.written"
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
                            long start = anchor.first().number(0);
                            Reader reader =
                                    (last, count) ->
                                            tx.run(
                                                            SINCE,
                                                            tenant,
                                                            user,
                                                            key.id(),
                                                            last == null ? start : written(last),
                                                            (long) count)
                                                    .map(Rows::rows);
                            return part(reader, limit)
                                    .map(
                                            part -> {
                                                List<Message> items = part.items();
                                                if (items.isEmpty())
                                                    return Optional.of(
                                                            new Page<>(items, null, null));
                                                return Optional.of(
                                                        new Page<>(
                                                                items,
                                                                part.more()
                                                                        ? items.getLast().id()
                                                                        : null,
                                                                items.getFirst().id()));
                                            });
                        });
    }

    private static long written(Rows.Row row) {
        return row.number(MessageRows.WIDTH);
    }

    private static Place place(Rows.Row row) {
        return new Place(row.number(MessageRows.WIDTH), row.number(MessageRows.WIDTH + 1));
    }

    private static Future<Optional<Page<Message>>> back(
            Db.Tx tx, ConversationKey key, int limit, @Nullable String before) {
        return place(tx, key, before)
                .compose(
                        to -> {
                            if (to.isEmpty()) return Future.succeededFuture(Optional.empty());
                            Place start = to.get();
                            Reader reader =
                                    (last, count) ->
                                            between(
                                                    tx,
                                                    key,
                                                    last == null ? start : place(last),
                                                    count);
                            return part(reader, limit)
                                    .map(
                                            part -> {
                                                List<Message> items = part.items().reversed();
                                                if (items.isEmpty())
                                                    return Optional.of(
                                                            new Page<>(items, null, null));
                                                return Optional.of(
                                                        new Page<>(
                                                                items,
                                                                before == null
                                                                        ? null
                                                                        : items.getLast().id(),
                                                                part.more()
                                                                        ? items.getFirst().id()
                                                                        : null));
                                            });
                        });
    }

    /** Reads so many rows behind one, or from the beginning. */
    private interface Reader {
        Future<List<Rows.Row>> next(Rows.@Nullable Row last, int count);
    }

    /** What is read of a list, and whether there is more of it. */
    private record Part(List<Message> items, boolean more) {}

    private static Future<Part> part(Reader reader, int limit) {
        return part(reader, limit, null, PAGE_CHARS, new ArrayList<>());
    }

    /** Some rows at a time: of long messages a whole page would fill the memory. */
    private static Future<Part> part(
            Reader reader,
            int limit,
            Rows.@Nullable Row before,
            int charsLeft,
            List<Message> found) {
        int count = Math.min(ROWS_AT_ONCE, limit + 1 - found.size());
        return reader.next(before, count)
                .compose(
                        rows -> {
                            int left = charsLeft;
                            for (Rows.Row row : rows) {
                                Message message = MessageRows.read(row);
                                left -= message.text().length();
                                boolean full = found.size() == limit;
                                if (full || (left < 0 && !found.isEmpty()))
                                    return Future.succeededFuture(new Part(found, true));
                                found.add(message);
                            }
                            return rows.size() < count
                                    ? Future.succeededFuture(new Part(found, false))
                                    : part(reader, limit, rows.getLast(), left, found);
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
        return between(tx, key, before, ROWS_AT_ONCE)
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
                                last = place(row);
                            }
                            return rows.size() < ROWS_AT_ONCE
                                    ? Future.succeededFuture(found)
                                    : back(tx, key, last, left, found);
                        });
    }
}
