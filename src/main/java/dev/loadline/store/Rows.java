package dev.loadline.store;

import org.jspecify.annotations.Nullable;

import java.util.List;

/** A statement's rows, read whole, and how many rows it changed. Columns count from 0. */
public record Rows(List<Row> rows, int changed) {
    /** One row. */
    public interface Row {
        String text(int column);

        @Nullable String textOrNull(int column);

        long number(int column);

        @Nullable Long numberOrNull(int column);
    }

    public boolean isEmpty() {
        return rows.isEmpty();
    }

    public Row first() {
        return rows.getFirst();
    }
}
