package dev.loadline.load.floor;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;

import io.vertx.core.buffer.Buffer;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.function.Consumer;

/**
 * Cuts the bytes of a model's event stream into events and takes each one's text by the streaming
 * parser. Not thread-safe.
 */
final class UpstreamEvents {
    private static final JsonFactory JSON = new JsonFactory();
    private static final int DATA = "data: ".length();

    private final Consumer<String> texts;
    private byte[] held = new byte[4096];
    private int length;

    UpstreamEvents(Consumer<String> texts) {
        this.texts = texts;
    }

    void feed(Buffer bytes) {
        append(bytes);
        int start = 0;
        for (int at = 0; at < length; at++) {
            if (held[at] != '\n') continue;
            if (at - start > DATA && held[start] == 'd' && held[start + DATA] == '{')
                text(start + DATA, at);
            start = at + 1;
        }
        System.arraycopy(held, start, held, 0, length - start);
        length -= start;
    }

    private void append(Buffer bytes) {
        if (held.length < length + bytes.length()) {
            byte[] more = new byte[Math.max(2 * held.length, length + bytes.length())];
            System.arraycopy(held, 0, more, 0, length);
            held = more;
        }
        bytes.getBytes(0, bytes.length(), held, length);
        length += bytes.length();
    }

    /** Any {@code content} is the delta's: there is no other in a chunk. */
    private void text(int from, int to) {
        try (JsonParser parser = JSON.createParser(held, from, to - from)) {
            for (JsonToken token = parser.nextToken(); token != null; token = parser.nextToken()) {
                if (token != JsonToken.FIELD_NAME || !parser.currentName().equals("content"))
                    continue;
                if (parser.nextToken() != JsonToken.VALUE_STRING) continue;
                String text = parser.getText();
                if (!text.isEmpty()) texts.accept(text);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
