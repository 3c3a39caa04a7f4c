package dev.loadline.store;

import dev.loadline.core.Clock;

import org.jspecify.annotations.Nullable;
import org.sqlite.ProgressHandler;
import org.sqlite.SQLiteConfig;
import org.sqlite.SQLiteErrorCode;
import org.sqlite.SQLiteException;
import org.sqlite.SQLiteOpenMode;

import java.nio.file.Path;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * One connection with its prepared statements (the 200 used last). One thread at a time.
 *
 * <p>The driver's auto-commit stays on, which leaves transactions to our own BEGIN and COMMIT. A
 * statement is stopped once the time set by {@link #endBy} has passed; what it was part of is then
 * rolled back by SQLite.
 */
class SqliteLink implements AutoCloseable {
    private static final int STATEMENTS_MAX = 200;
    private static final int OPS_PER_LOOK = 50_000; // about a millisecond of work

    private static final Duration CONTROL_MAX = Duration.ofMinutes(1);

    private final Connection connection;
    private final Clock clock;
    private final Map<String, Prepared> prepared = new LinkedHashMap<>(64, 0.75f, true);
    private long endNanos;

    private record Prepared(PreparedStatement statement, int parameters, boolean changes) {}

    /**
     * @param create false: fails if the file is not there
     */
    SqliteLink(Path file, boolean create, Clock clock) throws SQLException {
        this.clock = clock;
        this.endNanos = clock.nanos() + CONTROL_MAX.toNanos();
        var config = new SQLiteConfig();
        config.setGetGeneratedKeys(false); // else it asks for them after every insert
        if (!create) config.resetOpenMode(SQLiteOpenMode.CREATE);
        connection = config.createConnection("jdbc:sqlite:" + file);
        ProgressHandler.setHandler(
                connection,
                OPS_PER_LOOK,
                new ProgressHandler() {
                    @Override
                    protected int progress() {
                        return clock.nanos() - endNanos > 0 ? 1 : 0;
                    }
                });
    }

    /** Statements are stopped once they run past this long from now. */
    void endBy(Duration fromNow) {
        endNanos = clock.nanos() + fromNow.toNanos();
    }

    /** One statement of a transaction, its rows read whole, nothing left open. */
    Rows run(String sql, @Nullable Object[] parameters) throws SQLException {
        if (clock.nanos() - endNanos > 0) throw tooLong();
        Prepared it = prepare(sql);
        if (parameters.length != it.parameters()) {
            throw new SQLException(
                    it.parameters() + " parameters expected, " + parameters.length + ": " + sql);
        }
        try {
            PreparedStatement statement = it.statement();
            for (int i = 0; i < parameters.length; i++) bind(statement, i + 1, parameters[i]);
            Rows done = execute(it);
            statement.clearParameters(); // else its last texts, megabytes of them, stay with it
            return done;
        } catch (SQLException failed) {
            forget(sql); // the driver may have freed it
            throw failed;
        }
    }

    private static Rows execute(Prepared it) throws SQLException {
        if (!it.statement().execute()) return new Rows(List.of(), it.statement().getUpdateCount());
        List<Rows.Row> rows = rows(it.statement());
        return new Rows(rows, it.changes() ? rows.size() : 0);
    }

    private static SQLException tooLong() {
        return new SQLiteException(
                "its transaction ran too long", SQLiteErrorCode.SQLITE_INTERRUPT);
    }

    private static List<Rows.Row> rows(PreparedStatement statement) throws SQLException {
        try (ResultSet result = statement.getResultSet()) {
            int columns = result.getMetaData().getColumnCount();
            var rows = new ArrayList<Rows.Row>();
            while (result.next()) {
                @Nullable Object[] values = new @Nullable Object[columns];
                for (int i = 0; i < columns; i++) values[i] = result.getObject(i + 1);
                rows.add(new SqliteRow(values));
            }
            return rows;
        }
    }

    private static void bind(PreparedStatement to, int at, @Nullable Object value)
            throws SQLException {
        switch (value) {
            case null -> to.setNull(at, java.sql.Types.NULL);
            case String text -> to.setString(at, text);
            case Long number -> to.setLong(at, number);
            case Integer number -> to.setInt(at, number);
            case Double number -> to.setDouble(at, number);
            case Boolean flag -> to.setInt(at, flag ? 1 : 0);
            case byte[] bytes -> to.setBytes(at, bytes);
            default -> throw new SQLException("a parameter can't be a " + value.getClass());
        }
    }

    private Prepared prepare(String sql) throws SQLException {
        Prepared known = prepared.get(sql);
        if (known != null) return known;
        PreparedStatement statement = connection.prepareStatement(Parameters.numbered(sql));
        var made =
                new Prepared(
                        statement,
                        statement.getParameterMetaData().getParameterCount(),
                        sql.contains("RETURNING"));
        prepared.put(sql, made);
        if (prepared.size() > STATEMENTS_MAX) forget(prepared.keySet().iterator().next());
        return made;
    }

    private void forget(String sql) throws SQLException {
        Prepared old = prepared.remove(sql);
        if (old != null) old.statement().close();
    }

    /** A statement outside any item: BEGIN, COMMIT, savepoints. Not stopped by time. */
    void control(String sql) throws SQLException {
        endBy(CONTROL_MAX);
        Rows none = run(sql, new @Nullable Object[0]);
        if (!none.isEmpty()) throw new SQLException("rows where none are expected: " + sql);
    }

    void begin() throws SQLException {
        control("BEGIN IMMEDIATE");
    }

    void commit() throws SQLException {
        control("COMMIT");
    }

    /** The first row of a pragma or a query, as texts. */
    List<String> ask(String sql) throws SQLException {
        endBy(CONTROL_MAX);
        try (Statement statement = connection.createStatement();
                ResultSet result = statement.executeQuery(sql)) {
            var values = new ArrayList<String>();
            if (result.next()) {
                int columns = result.getMetaData().getColumnCount();
                for (int i = 1; i <= columns; i++) values.add(String.valueOf(result.getString(i)));
            }
            return values;
        }
    }

    /** A pragma that answers nothing of interest. */
    void tell(String sql) throws SQLException {
        endBy(CONTROL_MAX);
        try (Statement statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }

    @Override
    public void close() throws SQLException {
        SQLException first = null;
        for (Prepared each : prepared.values()) {
            try {
                each.statement().close();
            } catch (SQLException failed) {
                first = failed; // the connection is closed all the same
            }
        }
        prepared.clear();
        connection.close();
        if (first != null) throw first;
    }
}
