package dev.loadline.model;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * Cuts a stream of bytes into server-sent events, wherever the bytes are cut. Lines end with LF, CR
 * or CR LF; comments and fields other than {@code data} and {@code event} are passed over; a byte
 * order mark at the start, too. Every byte is looked at once. Holds at most one line and one event,
 * each of {@value #LINE_MAX} bytes. Not thread-safe.
 */
final class SseParser {
    static final int LINE_MAX = 1024 * 1024;

    private static final byte[] DATA = ascii("data");
    private static final byte[] EVENT = ascii("event");
    private static final byte[] ID = ascii("id");
    private static final byte[] RETRY = ascii("retry");
    private static final byte[] ERROR = ascii("error");
    private static final byte[] MARK = {(byte) 0xEF, (byte) 0xBB, (byte) 0xBF};

    /** Takes events. */
    interface Events {
        /**
         * One event.
         *
         * @param data its data in UTF-8, until {@code length}; may be empty; only valid during the
         *     call
         * @param error true if the event's name is {@code error}
         * @return false to hear no more
         */
        boolean event(byte[] data, int length, boolean error);
    }

    /** How feeding ended. */
    enum Fed {
        GOES_ON,
        STOPPED,
        TOO_LONG
    }

    private final Events events;
    private final Bytes line = new Bytes(); // its part that came in earlier bytes
    private final Bytes data = new Bytes();
    private boolean hasData;
    private boolean error;
    private boolean foreign;
    private boolean firstLine = true;
    private boolean afterCr;

    SseParser(Events events) {
        this.events = events;
    }

    Fed feed(byte[] bytes, int from, int to) {
        int start = from;
        if (afterCr && from < to) {
            afterCr = false;
            if (bytes[from] == '\n') start++;
        }
        for (int at = start; at < to; at++) {
            byte b = bytes[at];
            if (b != '\n' && b != '\r') continue;
            Fed fed = lineEnds(bytes, start, at);
            if (fed != Fed.GOES_ON) return fed;
            if (b == '\r') {
                if (at + 1 == to) afterCr = true;
                else if (bytes[at + 1] == '\n') at++;
            }
            start = at + 1;
        }
        if (line.length() + to - start > LINE_MAX) return Fed.TOO_LONG;
        line.append(bytes, start, to);
        return Fed.GOES_ON;
    }

    /** The bytes are over: what is held counts as a line and an event, though nothing ended it. */
    Fed end() {
        Fed fed = line.length() > 0 ? lineEnds(line.array(), 0, 0) : Fed.GOES_ON;
        return fed == Fed.GOES_ON ? dispatch() : fed;
    }

    /** True if there was a line that no stream of events has. */
    boolean foreign() {
        return foreign;
    }

    private Fed lineEnds(byte[] bytes, int start, int end) {
        if (line.length() + end - start > LINE_MAX) return Fed.TOO_LONG;
        if (line.length() == 0) return line(bytes, start, end);
        line.append(bytes, start, end);
        Fed fed = line(line.array(), 0, line.length());
        line.clear();
        return fed;
    }

    private Fed line(byte[] bytes, int start, int end) {
        int from = start;
        if (firstLine) {
            firstLine = false;
            if (startsWith(bytes, start, end, MARK)) from += MARK.length;
        }
        if (from == end) return dispatch();
        if (isField(bytes, from, end, DATA)) return addData(bytes, from + DATA.length, end);
        if (isField(bytes, from, end, EVENT)) {
            int value = valueStart(bytes, from + EVENT.length, end);
            error = Arrays.equals(bytes, value, end, ERROR, 0, ERROR.length);
        } else if (bytes[from] != ':'
                && !isField(bytes, from, end, ID)
                && !isField(bytes, from, end, RETRY)) {
            foreign = true;
        }
        return Fed.GOES_ON;
    }

    private Fed addData(byte[] bytes, int colon, int end) {
        int value = valueStart(bytes, colon, end);
        if (data.length() + end - value >= LINE_MAX) return Fed.TOO_LONG;
        if (hasData) data.append((byte) '\n');
        data.append(bytes, value, end);
        hasData = true;
        return Fed.GOES_ON;
    }

    private Fed dispatch() {
        boolean goesOn = !hasData || events.event(data.array(), data.length(), error);
        hasData = false;
        error = false;
        data.clear();
        return goesOn ? Fed.GOES_ON : Fed.STOPPED;
    }

    private static boolean isField(byte[] bytes, int start, int end, byte[] name) {
        int after = start + name.length;
        return startsWith(bytes, start, end, name) && (after == end || bytes[after] == ':');
    }

    /** Where the value starts: behind the colon and one blank, if there are such. */
    private static int valueStart(byte[] bytes, int colon, int end) {
        int at = colon < end ? colon + 1 : end;
        return at < end && bytes[at] == ' ' ? at + 1 : at;
    }

    private static boolean startsWith(byte[] bytes, int start, int end, byte[] what) {
        return end - start >= what.length
                && Arrays.equals(bytes, start, start + what.length, what, 0, what.length);
    }

    private static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }
}
