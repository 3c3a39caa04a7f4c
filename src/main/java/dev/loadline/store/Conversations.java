package dev.loadline.store;

import dev.loadline.core.ConversationKey;
import dev.loadline.core.Principal;
import dev.loadline.core.Rfc3339;
import dev.loadline.core.TurnId;
import dev.loadline.core.WorkClass;
import dev.loadline.turn.Conversation;
import dev.loadline.turn.Page;

import io.vertx.core.Future;

import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;

/** Conversations: opened, shown, listed, deleted. */
final class Conversations {
    private static final String COLUMNS =
            "SELECT id, agent, created, updated, messages, title, seq FROM conversations";

    private static final String INSERT =
            """
            INSERT INTO conversations (tenant, usr, id, agent, seq, epoch, handed_over, taken,
              unfinished, messages, created, updated)
            VALUES ($1, $2, $3, $4, 0, 0, 0, 0, 0, 0, $5, $5)
            ON CONFLICT (tenant, usr, id) DO NOTHING""";
    private static final String FIND = COLUMNS + " WHERE tenant = $1 AND usr = $2 AND id = $3";
    private static final String PAGE =
            COLUMNS
                    + """
                     WHERE tenant = $1 AND usr = $2 AND (created, id) < ($3, $4)
                    ORDER BY created DESC, id DESC LIMIT $5""";
    private static final String UNFINISHED =
            """
            SELECT conversation, id, status FROM turns
            WHERE tenant = $1 AND usr = $2 AND conversation = $3 AND ended IS NULL
            ORDER BY seq""";
    private static final String ALL_UNFINISHED =
            """
            SELECT conversation, id, status FROM turns
            WHERE tenant = $1 AND usr = $2 AND ended IS NULL
            ORDER BY conversation, seq""";
    private static final String HOLD =
            """
            UPDATE conversations SET seq = seq WHERE tenant = $1 AND usr = $2 AND id = $3
            RETURNING id""";
    private static final String DELETE =
            "DELETE FROM conversations WHERE tenant = $1 AND usr = $2 AND id = $3";

    private final Db db;
    private final DeletionsInDoubt inDoubt = new DeletionsInDoubt();

    /** What runs and what waits. */
    private record Busy(@Nullable String running, List<String> waiting) {
        static final Busy NOT = new Busy(null, List.of());
    }

    Conversations(Db db) {
        this.db = db;
    }

    Future<TurnStore.Opened> open(ConversationKey key, String agent, long nowMs) {
        return db.write(
                WorkClass.INTERACTIVE,
                tx ->
                        insert(tx, key, agent, nowMs)
                                .compose(inserted -> run(tx, key, FIND))
                                .compose(rows -> opened(tx, key, rows.first(), agent, nowMs)));
    }

    /** Does nothing if it is there. */
    static Future<Rows> insert(Db.Tx tx, ConversationKey key, String agent, long nowMs) {
        return tx.run(INSERT, tenant(key), user(key), key.id(), agent, nowMs);
    }

    private static Future<TurnStore.Opened> opened(
            Db.Tx tx, ConversationKey key, Rows.Row row, String agent, long nowMs) {
        String known = row.text(1);
        if (!known.equals(agent)) {
            return Future.succeededFuture(new TurnStore.Opened.AgentDiffers(known));
        }
        // Made by this very call, or by one before it whose answer was lost.
        boolean fresh = row.number(2) == nowMs && row.number(6) == 0;
        return show(tx, key, row)
                .map(
                        conversation ->
                                fresh
                                        ? new TurnStore.Opened.Created(conversation)
                                        : new TurnStore.Opened.Existed(conversation));
    }

    private static Future<Conversation> show(Db.Tx tx, ConversationKey key, Rows.Row row) {
        return run(tx, key, UNFINISHED)
                .map(turns -> view(row, busy(turns).getOrDefault(key.id(), Busy.NOT)));
    }

    Future<Optional<Conversation>> find(ConversationKey key) {
        return db.read(tx -> run(tx, key, FIND).compose(rows -> find(tx, key, rows)));
    }

    private static Future<Optional<Conversation>> find(Db.Tx tx, ConversationKey key, Rows rows) {
        return rows.isEmpty()
                ? Future.succeededFuture(Optional.empty())
                : show(tx, key, rows.first()).map(Optional::of);
    }

    Future<Optional<Page<Conversation>>> page(
            Principal principal, int limit, @Nullable String before) {
        return db.read(
                tx -> {
                    if (before == null) return page(tx, principal, limit, Long.MAX_VALUE, "");
                    return run(tx, new ConversationKey(principal, before), FIND)
                            .compose(
                                    rows ->
                                            rows.isEmpty()
                                                    ? Future.succeededFuture(Optional.empty())
                                                    : page(
                                                            tx,
                                                            principal,
                                                            limit,
                                                            rows.first().number(2),
                                                            before));
                });
    }

    private static Future<Optional<Page<Conversation>>> page(
            Db.Tx tx, Principal principal, int limit, long createdBefore, String idBefore) {
        return tx.run(
                        PAGE,
                        principal.tenant(),
                        principal.user(),
                        createdBefore,
                        idBefore,
                        limit + 1L)
                .compose(
                        rows ->
                                tx.run(ALL_UNFINISHED, principal.tenant(), principal.user())
                                        .map(turns -> page(rows.rows(), busy(turns), limit)));
    }

    private static Optional<Page<Conversation>> page(
            List<Rows.Row> rows, Map<String, Busy> busy, int limit) {
        List<Conversation> items =
                rows.stream()
                        .limit(limit)
                        .map(row -> view(row, busy.getOrDefault(row.text(0), Busy.NOT)))
                        .toList();
        return Optional.of(
                new Page<>(items, rows.size() > limit ? items.getLast().id() : null, null));
    }

    Future<Optional<List<TurnId>>> delete(ConversationKey key) {
        var found = new AtomicReference<@Nullable List<TurnId>>();
        return db.write(
                        WorkClass.INTERACTIVE,
                        tx ->
                                run(tx, key, HOLD)
                                        .compose(
                                                held ->
                                                        held.isEmpty()
                                                                ? nothing()
                                                                : deleteHeld(tx, key, found)))
                .map(deleted -> inDoubt.settle(key, deleted))
                .onFailure(failure -> inDoubt.note(key, found.get(), failure));
    }

    private static Future<Optional<List<TurnId>>> nothing() {
        return Future.succeededFuture(Optional.empty());
    }

    private static Future<Optional<List<TurnId>>> deleteHeld(
            Db.Tx tx, ConversationKey key, AtomicReference<@Nullable List<TurnId>> found) {
        return run(tx, key, UNFINISHED)
                .map(turns -> turns.rows().stream().map(row -> new TurnId(row.text(1))).toList())
                .onSuccess(found::set)
                .compose(unended -> run(tx, key, DELETE).map(done -> Optional.of(unended)));
    }

    private static Future<Rows> run(Db.Tx tx, ConversationKey key, String sql) {
        return tx.run(sql, tenant(key), user(key), key.id());
    }

    private static Map<String, Busy> busy(Rows unfinished) {
        var all = new HashMap<String, Busy>();
        for (Rows.Row row : unfinished.rows()) {
            boolean waits = row.text(2).equals("queued");
            Busy before = all.getOrDefault(row.text(0), Busy.NOT);
            var waiting = new ArrayList<>(before.waiting());
            if (waits) waiting.add(row.text(1));
            all.put(row.text(0), new Busy(waits ? before.running() : row.text(1), waiting));
        }
        return all;
    }

    private static Conversation view(Rows.Row row, Busy busy) {
        return new Conversation(
                row.text(0),
                row.text(1),
                Rfc3339.of(row.number(2)),
                Rfc3339.of(row.number(3)),
                row.number(4),
                busy.running(),
                List.copyOf(busy.waiting()),
                row.textOrNull(5));
    }

    private static String tenant(ConversationKey key) {
        return key.principal().tenant();
    }

    private static String user(ConversationKey key) {
        return key.principal().user();
    }
}
