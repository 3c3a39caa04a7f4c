package dev.loadline.model;

import java.util.Iterator;
import java.util.NoSuchElementException;
import java.util.function.IntFunction;

/** Texts piece by piece, made as they are asked for, so that a long one costs no memory. */
final class Words {
    private static final int PIECE_MAX = 1024;

    private Words() {}

    /** A word with the blanks behind it at a time; joined, exactly the text. */
    static Iterator<String> of(String text) {
        return new Iterator<>() {
            private int at;

            @Override
            public boolean hasNext() {
                return at < text.length();
            }

            @Override
            public String next() {
                if (!hasNext()) throw new NoSuchElementException();
                int start = at;
                int limit = Math.min(text.length(), start + PIECE_MAX);
                while (at < limit && !Character.isWhitespace(text.charAt(at))) at++;
                while (at < limit && Character.isWhitespace(text.charAt(at))) at++;
                return text.substring(start, at);
            }
        };
    }

    /** One UTF-16 unit at a time: every surrogate pair comes in halves. */
    static Iterator<String> units(String text) {
        return generated(text.length(), i -> text.substring(i, i + 1));
    }

    /** The pieces of the numbers 0 to {@code count} - 1. */
    static Iterator<String> generated(int count, IntFunction<String> piece) {
        return new Iterator<>() {
            private int at;

            @Override
            public boolean hasNext() {
                return at < count;
            }

            @Override
            public String next() {
                if (!hasNext()) throw new NoSuchElementException();
                return piece.apply(at++);
            }
        };
    }
}
