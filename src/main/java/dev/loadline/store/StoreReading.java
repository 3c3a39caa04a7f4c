package dev.loadline.store;

import org.jspecify.annotations.Nullable;

/**
 * How the database does.
 *
 * @param waiting writes that wait
 * @param oldestMs how long the oldest of them has
 * @param walBytes size of the write-ahead log
 * @param groups commits since the start
 * @param items writes in them
 * @param refused writes and reads not taken since the start
 * @param lastFailure of the database itself, since the start
 */
public record StoreReading(
        int waiting,
        long oldestMs,
        long walBytes,
        long groups,
        long items,
        long refused,
        @Nullable String lastFailure) {}
