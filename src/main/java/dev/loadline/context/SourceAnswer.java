package dev.loadline.context;

import com.fasterxml.jackson.databind.JsonNode;

import dev.loadline.core.Json;
import dev.loadline.core.Outcome;
import dev.loadline.core.Utf16;
import dev.loadline.guard.RetryAfter;

import io.netty.handler.codec.DecoderException;
import io.vertx.core.MultiMap;
import io.vertx.core.http.ConnectionPoolTooBusyException;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/** What a source's answer, or its absence, means. Any thread; pure. */
final class SourceAnswer {
    static final int ITEMS_MAX = 200;
    static final int TEXT_MAX = 64 * 1024;
    private static final int ID_MAX = 256;
    private static final int DETAIL_MAX = 200;

    private SourceAnswer() {}

    /** By the body of a 2xx answer: {@code {items: [{id, text}]}}; unknown members are ignored. */
    static Outcome<List<ContextItem>> read(byte[] body) {
        try {
            JsonNode items = Json.MAPPER.readTree(body).path("items");
            if (!items.isArray()) return garbage("the answer has no list of items");
            if (items.size() > ITEMS_MAX) return garbage("more than " + ITEMS_MAX + " items");
            List<ContextItem> all = new ArrayList<>(items.size());
            for (JsonNode item : items) {
                JsonNode text = item.path("text");
                if (!text.isTextual()) return garbage("an item has no text");
                if (text.textValue().length() > TEXT_MAX)
                    return garbage("an item's text is longer than " + TEXT_MAX);
                if (!text.textValue().isBlank()) all.add(new ContextItem(id(item), said(text)));
            }
            return new Outcome.Ok<>(List.copyOf(all));
        } catch (IOException noJson) {
            return garbage("the answer is not JSON");
        }
    }

    private static String id(JsonNode item) {
        String id = Utf16.wellFormed(item.path("id").asText());
        return id.length() <= ID_MAX ? id : id.substring(0, Utf16.cutBefore(id, ID_MAX));
    }

    private static String said(JsonNode text) {
        return Utf16.wellFormed(text.textValue()).strip();
    }

    /** By the status of an answer that is no 2xx. Redirects are not followed. */
    static Outcome<List<ContextItem>> refused(int status, MultiMap headers, long nowMillis) {
        String detail = "HTTP " + status;
        return switch (status) {
            case 402 -> new Outcome.Exhausted<>(detail);
            case 429 -> new Outcome.RateLimited<>(RetryAfter.of(headers, nowMillis), detail);
            case 408, 425, 502, 503, 504, 529 -> new Outcome.Unavailable<>(detail);
            default ->
                    status >= 500
                            ? new Outcome.ServerError<>(detail)
                            : new Outcome.Rejected<>(status, detail);
        };
    }

    static Outcome<List<ContextItem>> garbage(String what) {
        return new Outcome.ServerError<>(what);
    }

    /** By what the connection did. */
    static Outcome<List<ContextItem>> broken(Throwable cause) {
        String detail = oneLine(String.valueOf(cause.getMessage()));
        return switch (cause) {
            case ConnectionPoolTooBusyException full ->
                    new Outcome.CutShort<>("no connection is free: " + detail);
            case DecoderException notHttp -> garbage("not HTTP: " + detail);
            case IllegalArgumentException notHttp -> garbage("not HTTP: " + detail);
            default -> new Outcome.Unavailable<>(detail);
        };
    }

    private static String oneLine(String text) {
        String line = Utf16.wellFormed(text).replaceAll("[\\p{Cntrl}\\s]+", " ").strip();
        return line.length() <= DETAIL_MAX
                ? line
                : line.substring(0, Utf16.cutBefore(line, DETAIL_MAX)) + "…";
    }
}
