package dev.loadline.model;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** Bytes that are collected; its array is read in place. Not thread-safe. */
final class Bytes {
    private static final int FIRST = 512;
    private static final int KEPT_MAX = 64 * 1024;

    private byte[] array = {};
    private int length;

    byte[] array() {
        return array;
    }

    int length() {
        return length;
    }

    void append(byte[] from, int start, int end) {
        int needed = length + end - start;
        if (needed > array.length)
            array = Arrays.copyOf(array, Math.max(FIRST, Math.max(needed, array.length * 2)));
        System.arraycopy(from, start, array, length, end - start);
        length = needed;
    }

    void append(byte one) {
        append(new byte[] {one}, 0, 1);
    }

    /** Forgets the bytes; keeps the array unless it is large. */
    void clear() {
        length = 0;
        if (array.length > KEPT_MAX) array = new byte[0];
    }

    String utf8() {
        return new String(array, 0, length, StandardCharsets.UTF_8);
    }
}
