package dev.loadline.model;

import dev.loadline.core.Utf16;

/**
 * How much one answer, reasoning included, may hold: 2 Mi UTF-16 units, so that a model that never
 * stops cannot fill the memory. Not thread-safe.
 */
final class AnswerBound {
    static final int UNITS_MAX = 2 * 1024 * 1024;

    private int left;

    AnswerBound() {
        this(UNITS_MAX);
    }

    /** At most this many UTF-16 units, if that is less. */
    AnswerBound(long units) {
        this.left = (int) Math.min(UNITS_MAX, units);
    }

    /** The part of the delta that still fits; the delta itself while there is room. */
    String fit(String delta) {
        if (delta.length() <= left) {
            left -= delta.length();
            return delta;
        }
        String part = delta.substring(0, Utf16.cutBefore(delta, left));
        left = 0;
        return part;
    }

    /** True once nothing more fits. */
    boolean full() {
        return left == 0;
    }
}
