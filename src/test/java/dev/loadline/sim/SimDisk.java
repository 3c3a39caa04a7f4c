package dev.loadline.sim;

import dev.loadline.core.Clock;
import dev.loadline.store.Db;
import dev.loadline.store.Rows;

import io.vertx.core.Future;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.regex.Pattern;

/**
 * The database of the simulated world: the real schema and the real statements on SQLite in memory,
 * no time of its own.
 */
final class SimDisk implements AutoCloseable {
    private static final Pattern NUMBERED = Pattern.compile("\\$(\\d+)");

    private final Connection connection;
    private final Map<String, PreparedStatement> statements = new HashMap<>();

    SimDisk(List<String> migrations, Clock clock) {
        try {
            connection = DriverManager.getConnection("jdbc:sqlite::memory:");
            try (var statement = connection.createStatement()) {
                statement.execute("PRAGMA foreign_keys = ON");
                for (String script : migrations) statement.executeUpdate(script);
            }
            org.sqlite.Function.create(
                    connection,
                    "sim_now",
                    new org.sqlite.Function() {
                        @Override
                        protected void xFunc() throws SQLException {
                            result(clock.millis());
                        }
                    });
            connection.setAutoCommit(false);
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
    }

    static List<String> migrations(String... resources) {
        List<String> scripts = new ArrayList<>();
        for (String resource : resources) {
            try (InputStream in = SimDisk.class.getResourceAsStream(resource)) {
                if (in == null) throw new IllegalStateException("no " + resource);
                scripts.add(new String(in.readAllBytes(), StandardCharsets.UTF_8));
            } catch (IOException e) {
                throw new IllegalStateException(e);
            }
        }
        return scripts;
    }

    /** Does it now, wholly or not at all. */
    <T> T transaction(Function<Db.Tx, Future<T>> work) {
        return transaction(work, true);
    }

    /** All of it but the commit, which is lost. */
    <T> T lost(Function<Db.Tx, Future<T>> work) {
        return transaction(work, false);
    }

    private <T> T transaction(Function<Db.Tx, Future<T>> work, boolean commits) {
        try {
            Future<T> done = work.apply(this::run);
            if (!done.isComplete())
                throw new IllegalStateException("a transaction waits for something outside of it");
            if (done.failed()) {
                connection.rollback();
                throw done.cause() instanceof RuntimeException bug
                        ? bug
                        : new IllegalStateException(done.cause());
            }
            if (commits) connection.commit();
            else connection.rollback();
            return done.result();
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
    }

    private Future<Rows> run(String sql, @Nullable Object... parameters) {
        try {
            PreparedStatement statement = statements.get(sql);
            if (statement == null) {
                statement = connection.prepareStatement(NUMBERED.matcher(sql).replaceAll("?$1"));
                statements.put(sql, statement);
            }
            for (int i = 0; i < parameters.length; i++) statement.setObject(i + 1, parameters[i]);
            if (!statement.execute())
                return Future.succeededFuture(new Rows(List.of(), statement.getUpdateCount()));
            try (ResultSet rows = statement.getResultSet()) {
                int columns = rows.getMetaData().getColumnCount();
                List<Rows.Row> all = new ArrayList<>();
                while (rows.next()) {
                    var cells = new Object[columns];
                    for (int i = 0; i < columns; i++) cells[i] = rows.getObject(i + 1);
                    all.add(new SimRow(Arrays.asList(cells)));
                }
                return Future.succeededFuture(new Rows(all, all.size()));
            }
        } catch (SQLException e) {
            return Future.failedFuture(new IllegalStateException(sql, e));
        }
    }

    private record SimRow(List<@Nullable Object> cells) implements Rows.Row {
        @Override
        public String text(int column) {
            return (String) java.util.Objects.requireNonNull(cells.get(column));
        }

        @Override
        public @Nullable String textOrNull(int column) {
            return (String) cells.get(column);
        }

        @Override
        public long number(int column) {
            return ((Number) java.util.Objects.requireNonNull(cells.get(column))).longValue();
        }

        @Override
        public @Nullable Long numberOrNull(int column) {
            return cells.get(column) == null ? null : Long.valueOf(number(column));
        }
    }

    @Override
    public void close() {
        try {
            connection.close();
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
    }
}
