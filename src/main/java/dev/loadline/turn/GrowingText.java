package dev.loadline.turn;

import java.util.Arrays;

/**
 * A text that only grows: one writer, many readers, no lock. Full pieces are kept as strings (one
 * byte a character where Latin-1 does), only the last piece is an array, until {@link #settle()}.
 *
 * <p>Thread: {@link #append} by the one writer; {@link #substring} by any thread, up to a length
 * that it has read from {@link #length()}, whose volatile read makes the text before it visible.
 */
final class GrowingText {
    private static final int PIECE = 4096;
    private static final int FIRST = 256;
    private static final char[] NOTHING = {};

    /** A part of the text: a char[] that is being filled, or the String that replaced it. */
    private static final class Piece {
        private volatile Object body = NOTHING;
    }

    private volatile Piece[] pieces = {new Piece()};
    private volatile int length;

    int length() {
        return length;
    }

    void append(String more) {
        int end = length;
        int from = 0;
        while (from < more.length()) {
            int used = end % PIECE;
            int take = Math.min(more.length() - from, PIECE - used);
            Piece piece = pieceFor(end / PIECE);
            char[] chars = withRoom(piece, used + take);
            more.getChars(from, from + take, chars, used);
            from += take;
            end += take;
            if (used + take == PIECE) piece.body = new String(chars, 0, PIECE);
        }
        length = end;
    }

    private Piece pieceFor(int index) {
        if (index == pieces.length) {
            Piece[] more = Arrays.copyOf(pieces, index * 2);
            more[index] = new Piece();
            pieces = more;
        } else if (pieces[index] == null) {
            pieces[index] = new Piece(); // seen by readers through length
        }
        return pieces[index];
    }

    private static char[] withRoom(Piece piece, int needed) {
        char[] chars =
                switch (piece.body) {
                    case String settled -> settled.toCharArray();
                    case char[] growing -> growing;
                    default -> throw unknown();
                };
        if (needed <= chars.length && chars == piece.body) return chars;
        int room = Math.max(FIRST, Math.max(needed, chars.length * 2));
        char[] wider = Arrays.copyOf(chars, Math.min(PIECE, room));
        piece.body = wider;
        return wider;
    }

    /**
     * No more is expected: what is held takes no more room than the text needs. By the one writer.
     */
    void settle() {
        int used = length % PIECE;
        if (used == 0) return;
        Piece last = pieceFor(length / PIECE);
        if (last.body instanceof char[] chars) last.body = new String(chars, 0, used);
    }

    /** The characters {@code from..to}; both at most a length read before. */
    String substring(int from, int to) {
        Piece[] all = pieces;
        if (from < to && from / PIECE == (to - 1) / PIECE) { // as most deltas are
            int start = from % PIECE;
            return switch (all[from / PIECE].body) {
                case String full -> full.substring(start, start + to - from);
                case char[] chars -> new String(chars, start, to - from);
                default -> throw unknown();
            };
        }
        var out = new StringBuilder(to - from);
        for (int at = from; at < to; ) {
            int start = at % PIECE;
            int end = Math.min(to - (at - start), PIECE);
            switch (all[at / PIECE].body) {
                case String full -> out.append(full, start, end);
                case char[] chars -> out.append(chars, start, end - start);
                default -> throw unknown();
            }
            at += end - start;
        }
        return out.toString();
    }

    private static IllegalStateException unknown() {
        return new IllegalStateException("a piece is a String or a char[]");
    }
}
