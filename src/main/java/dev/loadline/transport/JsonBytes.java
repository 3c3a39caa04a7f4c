package dev.loadline.transport;

import dev.loadline.core.Utf16;

import io.vertx.core.buffer.Buffer;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * Bytes that grow, to which text is written as JSON without a string or object in between. Used
 * again for the next; keeps no more than {@value #KEPT} bytes. One thread.
 */
final class JsonBytes {
    private static final int KEPT = 128 * 1024;
    private static final byte[] HEX = "0123456789abcdef".getBytes(StandardCharsets.US_ASCII);

    private byte[] bytes = new byte[4096];
    private int length;

    int length() {
        return length;
    }

    void clear() {
        length = 0;
    }

    /** What was written; what follows begins anew. */
    Buffer take() {
        Buffer taken = Buffer.buffer(length).appendBytes(bytes, 0, length);
        length = 0;
        if (bytes.length > KEPT) bytes = new byte[KEPT];
        return taken;
    }

    /** ASCII, as it is. */
    JsonBytes raw(String ascii) {
        room(ascii.length());
        for (int i = 0; i < ascii.length(); i++) bytes[length++] = (byte) ascii.charAt(i);
        return this;
    }

    JsonBytes raw(byte[] from, int start, int end) {
        room(end - start);
        System.arraycopy(from, start, bytes, length, end - start);
        length += end - start;
        return this;
    }

    JsonBytes number(long value) {
        return raw(Long.toString(value));
    }

    /** A JSON string; a lone half of a surrogate pair becomes U+FFFD. */
    JsonBytes string(String text) {
        room(2);
        bytes[length++] = '"';
        int i = 0;
        while (i < text.length()) {
            room(6); // the longest that one character or pair becomes
            char c = text.charAt(i++);
            if (c >= 0x80) i += wide(c, i < text.length() ? text.charAt(i) : 0);
            else if (c < 0x20 || c == '"' || c == '\\') escape(c);
            else bytes[length++] = (byte) c;
        }
        room(1);
        bytes[length++] = '"';
        return this;
    }

    /** Answers how many characters after {@code c} were used up. */
    private int wide(char c, char next) {
        if (Character.isSurrogatePair(c, next)) {
            int point = Character.toCodePoint(c, next);
            bytes[length++] = (byte) (0xF0 | point >> 18);
            bytes[length++] = (byte) (0x80 | point >> 12 & 0x3F);
            bytes[length++] = (byte) (0x80 | point >> 6 & 0x3F);
            bytes[length++] = (byte) (0x80 | point & 0x3F);
            return 1;
        }
        char whole = Character.isSurrogate(c) ? Utf16.REPLACEMENT : c;
        if (whole < 0x800) {
            bytes[length++] = (byte) (0xC0 | whole >> 6);
        } else {
            bytes[length++] = (byte) (0xE0 | whole >> 12);
            bytes[length++] = (byte) (0x80 | whole >> 6 & 0x3F);
        }
        bytes[length++] = (byte) (0x80 | whole & 0x3F);
        return 0;
    }

    private void escape(char c) {
        bytes[length++] = '\\';
        switch (c) {
            case '\n' -> bytes[length++] = 'n';
            case '\r' -> bytes[length++] = 'r';
            case '\t' -> bytes[length++] = 't';
            case '"', '\\' -> bytes[length++] = (byte) c;
            default -> {
                bytes[length++] = 'u';
                bytes[length++] = '0';
                bytes[length++] = '0';
                bytes[length++] = HEX[c >> 4];
                bytes[length++] = HEX[c & 15];
            }
        }
    }

    private void room(int more) {
        if (length + more > bytes.length) {
            bytes = Arrays.copyOf(bytes, Math.max(bytes.length * 2, length + more));
        }
    }
}
