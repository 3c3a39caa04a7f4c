package dev.loadline.store;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonValue;

import dev.loadline.core.ConversationKey;
import dev.loadline.core.Json;
import dev.loadline.core.Origin;
import dev.loadline.core.Principal;
import dev.loadline.core.TurnId;
import dev.loadline.core.WorkClass;
import dev.loadline.turn.Chain;
import dev.loadline.turn.Cursor;
import dev.loadline.turn.Message;
import dev.loadline.turn.Page;
import dev.loadline.turn.Status;
import dev.loadline.turn.Step;
import dev.loadline.turn.TurnEnd;
import dev.loadline.turn.TurnEvent;
import dev.loadline.turn.TurnHead;
import dev.loadline.turn.TurnMemo;

import io.vertx.core.Future;

import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * Turns as rows: reads them whole, always a range of one conversation. A page ends before its limit
 * where its turns are long.
 */
final class TurnRows {
    private static final String OF_CONVERSATION =
            " t.tenant = $1 AND t.usr = $2 AND t.conversation = $3 ";
    private static final String IN_RANGE = OF_CONVERSATION + "AND t.seq >= $4 AND t.seq <= $5 ";

    private static final String TURNS =
            "SELECT t.id, t.seq, t.agent, t.origin, t.work_class, t.status, t.attempt,"
                    + " t.takeovers, t.node, t.memo, t.created, t.deadline, t.metadata, t.chain,"
                    + " t.ended, t.outcome, t.last_cursor, t.stripped,"
                    + " (SELECT n.id FROM turns n WHERE n.id = t.next_turn AND n.made_by = 'steer')"
                    + " FROM turns t WHERE"
                    + IN_RANGE
                    + "ORDER BY t.seq";
    private static final String MESSAGES =
            "SELECT "
                    + MessageRows.COLUMNS
                    + " FROM turns t JOIN messages m ON m.turn = t.id WHERE"
                    + IN_RANGE
                    + "ORDER BY t.seq, m.idx";
    private static final String STEPS =
            "SELECT s.turn, s.body FROM turns t JOIN steps s ON s.turn = t.id WHERE"
                    + IN_RANGE
                    + "ORDER BY t.seq, s.step";
    private static final String STEPS_OF_UNFINISHED =
            "SELECT s.turn, s.body FROM turns t JOIN steps s ON s.turn = t.id WHERE"
                    + IN_RANGE
                    + "AND t.ended IS NULL ORDER BY t.seq, s.step";
    private static final String PLACE =
            "SELECT t.tenant, t.usr, t.conversation, t.seq FROM turns t WHERE t.id = $1";
    private static final String PAGE =
            "SELECT t.seq, (SELECT COALESCE(SUM(octet_length(m.body)), 0)"
                    + " FROM messages m WHERE m.turn = t.id) FROM turns t WHERE"
                    + OF_CONVERSATION
                    + "AND t.seq < $4 ORDER BY t.seq DESC LIMIT $5";
    private static final String UNFINISHED =
            "SELECT MIN(t.seq), MAX(t.seq) FROM turns t WHERE"
                    + OF_CONVERSATION
                    + "AND t.ended IS NULL";

    /** Of texts on a page, unless a single turn has more. */
    private static final long PAGE_BYTES = 1024 * 1024;

    /** A turn's metadata as JSON. */
    record Metadata(@JsonValue Map<String, String> pairs) {
        @JsonCreator(mode = JsonCreator.Mode.DELEGATING)
        Metadata {}
    }

    Future<Optional<StoredTurn>> find(Db.Tx tx, TurnId id) {
        return tx.run(PLACE, id.value())
                .compose(
                        rows -> {
                            if (rows.isEmpty()) return Future.succeededFuture(Optional.empty());
                            Rows.Row at = rows.first();
                            var principal = new Principal(at.text(0), at.text(1));
                            var key = new ConversationKey(principal, at.text(2));
                            return range(tx, key, at.number(3), at.number(3), true)
                                    .map(found -> found.stream().findFirst());
                        });
    }

    Future<Optional<Page<StoredTurn>>> page(
            Db.Tx tx, ConversationKey key, int limit, @Nullable String before) {
        if (before == null) return page(tx, key, limit, Long.MAX_VALUE).map(Optional::of);
        return tx.run(PLACE, before)
                .compose(
                        rows -> {
                            if (rows.isEmpty() || !isOf(rows.first(), key)) {
                                return Future.succeededFuture(Optional.empty());
                            }
                            return page(tx, key, limit, rows.first().number(3)).map(Optional::of);
                        });
    }

    private static boolean isOf(Rows.Row place, ConversationKey key) {
        return place.text(0).equals(key.principal().tenant())
                && place.text(1).equals(key.principal().user())
                && place.text(2).equals(key.id());
    }

    private Future<Page<StoredTurn>> page(
            Db.Tx tx, ConversationKey key, int limit, long beforeSeq) {
        return tx.run(PAGE, tenant(key), user(key), key.id(), beforeSeq, limit + 1L)
                .compose(
                        rows -> {
                            if (rows.isEmpty()) {
                                return Future.succeededFuture(new Page<>(List.of(), null, null));
                            }
                            int last = fits(rows.rows(), limit) - 1;
                            boolean more = rows.rows().size() > last + 1;
                            long from = rows.rows().get(last).number(0);
                            return range(tx, key, from, rows.first().number(0), false)
                                    .map(turns -> newestFirst(turns, more));
                        });
    }

    /** How many of the turns are on one page, at least one. */
    private static int fits(List<Rows.Row> turns, int limit) {
        long left = PAGE_BYTES;
        for (int i = 0; i < turns.size(); i++) {
            left -= turns.get(i).number(1);
            if (i == limit || (left < 0 && i > 0)) return i;
        }
        return turns.size();
    }

    private static Page<StoredTurn> newestFirst(List<StoredTurn> turns, boolean more) {
        String next = more ? turns.getFirst().head().id().value() : null;
        return new Page<>(turns.reversed(), next, null);
    }

    /** Those of a conversation that have not ended, oldest first, with their steps. */
    Future<List<StoredTurn>> unfinished(Db.Tx tx, ConversationKey key) {
        return tx.run(UNFINISHED, tenant(key), user(key), key.id())
                .compose(
                        rows -> {
                            Long from = rows.first().numberOrNull(0);
                            Long to = rows.first().numberOrNull(1);
                            if (from == null || to == null) {
                                return Future.succeededFuture(List.of());
                            }
                            return range(tx, key, from, to, true)
                                    .map(
                                            turns ->
                                                    turns.stream()
                                                            .filter(turn -> turn.end() == null)
                                                            .toList());
                        });
    }

    /**
     * Oldest first.
     *
     * @param steps false: they are left null
     */
    Future<List<StoredTurn>> range(
            Db.Tx tx, ConversationKey key, long from, long to, boolean steps) {
        Object[] where = {tenant(key), user(key), key.id(), from, to};
        Future<Rows> messages = tx.run(MESSAGES, where);
        Future<Rows> done = tx.run(steps ? STEPS : STEPS_OF_UNFINISHED, where);
        Future<Rows> rows = tx.run(TURNS, where);
        return Future.all(messages, done, rows)
                .map(all -> join(key, rows.result(), messages.result(), done.result(), steps));
    }

    private static List<StoredTurn> join(
            ConversationKey key, Rows turns, Rows messages, Rows steps, boolean withSteps) {
        Map<String, List<Message>> said =
                messages.rows().stream()
                        .map(MessageRows::read)
                        .collect(Collectors.groupingBy(Message::turn));
        Map<String, List<Step>> done = new HashMap<>();
        for (Rows.Row row : steps.rows()) {
            done.computeIfAbsent(row.text(0), turn -> new ArrayList<>())
                    .add(Json.read(row.text(1), Step.class));
        }
        return turns.rows().stream()
                .map(
                        row ->
                                read(
                                        key,
                                        row,
                                        said.getOrDefault(row.text(0), List.of()),
                                        done.getOrDefault(row.text(0), List.of()),
                                        withSteps))
                .toList();
    }

    private static StoredTurn read(
            ConversationKey key,
            Rows.Row row,
            List<Message> said,
            List<Step> steps,
            boolean withSteps) {
        List<Message> input =
                said.stream().filter(message -> message.role() == Message.Role.USER).toList();
        TurnHead head = head(key, row, input);
        TurnMemo memo = Json.read(row.text(9), TurnMemo.class);
        String next = row.textOrNull(18);
        int attempt = (int) row.number(6);
        Long ended = row.numberOrNull(14);
        String outcome = row.textOrNull(15);
        String lastCursor = row.textOrNull(16);
        boolean stripped = row.number(17) == 1;
        return new StoredTurn(
                head,
                Status.valueOf(row.text(5).toUpperCase(Locale.ROOT)),
                attempt,
                (int) row.number(7),
                row.textOrNull(8),
                lastCursor == null
                        ? Cursor.start(head.id(), Math.max(1, attempt)).toString()
                        : lastCursor,
                memo,
                joined(memo, input),
                withSteps && !stripped ? List.copyOf(steps) : null,
                ended == null ? text(steps) : answer(said),
                outcome == null ? null : Json.read(outcome, TurnEnd.class),
                ended,
                next == null ? null : new TurnId(next));
    }

    /** What the step under way is the first to see is not in the memo yet. */
    private static List<TurnEvent.Input> joined(TurnMemo memo, List<Message> input) {
        return input.stream()
                .skip(1)
                .map(
                        text ->
                                new TurnEvent.Input(
                                        memo.seen().getOrDefault(text.id(), memo.step()), text))
                .toList();
    }

    private static TurnHead head(ConversationKey key, Rows.Row row, List<Message> input) {
        String metadata = row.textOrNull(12);
        return new TurnHead(
                new TurnId(row.text(0)),
                key,
                row.number(1),
                row.text(2),
                Origin.valueOf(row.text(3).toUpperCase(Locale.ROOT)),
                WorkClass.valueOf(row.text(4).toUpperCase(Locale.ROOT)),
                input.stream().limit(1).toList(),
                row.number(10),
                row.number(11),
                metadata == null ? null : Json.read(metadata, Metadata.class).pairs(),
                Json.read(row.text(13), Chain.class));
    }

    private static String text(List<Step> steps) {
        return steps.stream().map(Step::text).collect(Collectors.joining());
    }

    private static String answer(List<Message> said) {
        return said.stream()
                .filter(message -> message.role() == Message.Role.ASSISTANT)
                .map(Message::text)
                .findFirst()
                .orElse("");
    }

    private static String tenant(ConversationKey key) {
        return key.principal().tenant();
    }

    private static String user(ConversationKey key) {
        return key.principal().user();
    }
}
