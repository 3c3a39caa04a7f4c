package dev.loadline.load.tokens;

import io.vertx.core.buffer.Buffer;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * Checks one answer's event stream byte by byte: the texts of its deltas must be the stand-in's
 * first, marked chunk and then each number in order, wherever events and pieces are cut. Not
 * thread-safe.
 */
final class NumberedText {
    private static final byte[] DELTA = ascii("event: text.delta");
    private static final byte[] TEXT = ascii("\"text\":\"");

    private final byte[] line = new byte[TEXT.length];
    private int inLine; // bytes of it that came; the first or the last few are in line
    private boolean delta; // the event's
    private boolean inText;
    private boolean inMark;
    private boolean inNumber;
    private int number;
    private int next;

    /**
     * Takes what came.
     *
     * @throws IllegalStateException if a token is missing, doubled or out of order
     */
    void take(Buffer bytes) {
        for (byte b : bytes.getBytes()) {
            if (inText) text(b);
            else if (b == '\n') lineEnds();
            else line(b);
        }
    }

    /** How many tokens came. */
    int tokens() {
        return next;
    }

    private void line(byte b) {
        if (delta) {
            System.arraycopy(line, 1, line, 0, line.length - 1);
            line[line.length - 1] = b;
            inText = b == '"' && Arrays.equals(line, TEXT);
        } else if (inLine < DELTA.length && b != DELTA[inLine]) {
            inLine = DELTA.length; // never that line
        }
        inLine++;
    }

    private void lineEnds() {
        if (inLine == 0) delta = false;
        else if (inLine == DELTA.length) delta = true;
        inLine = 0;
    }

    private void text(byte b) {
        if (b == '"') inText = false;
        else if (b == '<') inMark = true;
        else if (b == '>') {
            inMark = false;
            check(0);
        } else if (!inMark && b == ' ') {
            check(number);
        } else if (!inMark) {
            number = inNumber ? 10 * number + b - '0' : b - '0';
            inNumber = true;
        }
    }

    private void check(int sequence) {
        if (sequence != next)
            throw new IllegalStateException("token " + sequence + " where " + next + " is next");
        next++;
        inNumber = false;
    }

    private static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }
}
