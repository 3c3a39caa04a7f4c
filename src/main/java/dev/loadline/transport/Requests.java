package dev.loadline.transport;

import com.fasterxml.jackson.databind.JsonNode;

import dev.loadline.core.ConversationKey;
import dev.loadline.core.Problem;
import dev.loadline.core.Problem.FieldError;
import dev.loadline.core.ProblemException;
import dev.loadline.core.WhenBusy;
import dev.loadline.engine.Submission;

import org.jspecify.annotations.Nullable;

import java.util.List;
import java.util.regex.Pattern;

/** The bodies and queries of the native API, checked for form and ranges. */
final class Requests {
    static final int TEXT_MAX = 262_144;
    private static final int KEY_MAX = 255;
    private static final int LIMIT_DEFAULT = 50;
    private static final int LIMIT_MAX = 200;
    private static final Pattern ID = Pattern.compile("[A-Za-z0-9._:~-]{1,128}");

    private Requests() {}

    static boolean isId(String text) {
        return ID.matcher(text).matches();
    }

    /** POST /api/conversations. */
    record Open(String agent, @Nullable String id) {}

    static Open open(JsonNode body) {
        var members = new Members(body, "agent", "id");
        members.require("agent");
        String agent = members.text("agent", 128);
        String id = members.text("id", 128);
        if (id != null && !isId(id)) members.wrong("id", "must match [A-Za-z0-9._:~-]{1,128}");
        members.check();
        return new Open(given(agent), id);
    }

    /**
     * POST …/turns.
     *
     * @param keyHeaders the different values of the header {@code Idempotency-Key}
     */
    static Submission submit(
            JsonNode body,
            List<String> keyHeaders,
            ConversationKey conversation,
            long receivedNanos,
            long authenticatedNanos) {
        var members = new Members(body, "text", "key", "whenBusy", "deadlineMs", "metadata");
        members.require("text");
        String text = members.text("text", TEXT_MAX);
        if (text != null && blank(text)) members.wrong("text", "must not be blank");
        String key = key(members, keyHeaders);
        WhenBusy whenBusy = members.oneOf("whenBusy", WhenBusy.values(), WhenBusy::wire);
        Long deadlineMs = members.integer("deadlineMs", 100, 3_600_000);
        var metadata = members.pairs("metadata", 16, 64, 512);
        members.check();
        return new Submission(
                conversation,
                given(text),
                key,
                whenBusy,
                deadlineMs,
                metadata,
                receivedNanos,
                authenticatedNanos);
    }

    /** The header's value alone, where a body has no place for a key. */
    static @Nullable String key(List<String> headers) {
        if (headers.isEmpty()) return null;
        String key = headers.getFirst();
        if (headers.size() > 1) throw wrong("Idempotency-Key", "must have one value");
        if (key.isEmpty() || key.length() > KEY_MAX)
            throw wrong("Idempotency-Key", "must have 1.." + KEY_MAX + " characters");
        return key;
    }

    private static @Nullable String key(Members members, List<String> headers) {
        String key = members.text("key", KEY_MAX);
        if (headers.isEmpty()) return key;
        String header = headers.getFirst();
        if (headers.size() > 1) {
            members.wrong("Idempotency-Key", "must have one value");
        } else if (header.isEmpty() || header.length() > KEY_MAX) {
            members.wrong("Idempotency-Key", "must have 1.." + KEY_MAX + " characters");
        } else if (key != null && !key.equals(header)) {
            members.wrong("key", "differs from the header Idempotency-Key");
        }
        return header;
    }

    private static boolean blank(String text) {
        return text.codePoints()
                .allMatch(c -> Character.isWhitespace(c) || Character.isSpaceChar(c));
    }

    /** A member that {@link Members#check} has let pass. */
    private static String given(@Nullable String value) {
        if (value == null) throw new IllegalStateException("a required member was not checked");
        return value;
    }

    /** Which part of a list is asked for. */
    record Part(int limit, @Nullable String before, @Nullable String after) {}

    static Part part(Exchange exchange, boolean mayGoForward) {
        int limit = LIMIT_DEFAULT;
        String asked = exchange.query("limit");
        if (asked != null) {
            if (!asked.matches("[0-9]{1,3}")) throw wrong("limit", "must be an integer 1..200");
            limit = Integer.parseInt(asked);
            if (limit < 1 || limit > LIMIT_MAX) throw wrong("limit", "must be 1.." + LIMIT_MAX);
        }
        String before = cursor(exchange, "before");
        String after = mayGoForward ? cursor(exchange, "after") : null;
        if (before != null && after != null) throw wrong("after", "goes not with before");
        return new Part(limit, before, after);
    }

    private static @Nullable String cursor(Exchange exchange, String name) {
        String cursor = exchange.query(name);
        if (cursor != null && !isId(cursor)) throw wrong(name, "is not a cursor of this list");
        return cursor;
    }

    private static ProblemException wrong(String path, String message) {
        return new ProblemException(Problem.invalid(List.of(new FieldError(path, message))));
    }
}
