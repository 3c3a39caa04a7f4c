package dev.loadline.store;

import org.jspecify.annotations.Nullable;

import java.util.Objects;

/** A row's values as the driver gives them: String, Integer, Long, Double, byte[] or null. */
final class SqliteRow implements Rows.Row {
    private final @Nullable Object[] values;

    SqliteRow(@Nullable Object[] values) {
        this.values = values;
    }

    @Override
    public String text(int column) {
        return Objects.requireNonNull(textOrNull(column), "NULL where a text is expected");
    }

    @Override
    public @Nullable String textOrNull(int column) {
        Object value = values[column];
        return value == null ? null : value.toString();
    }

    @Override
    public long number(int column) {
        return Objects.requireNonNull(numberOrNull(column), "NULL where a number is expected");
    }

    @Override
    public @Nullable Long numberOrNull(int column) {
        Object value = values[column];
        return value == null ? null : Long.valueOf(((Number) value).longValue());
    }
}
