package dev.loadline.transport;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;

import dev.loadline.core.Nearest;
import dev.loadline.core.Problem;
import dev.loadline.core.ProblemException;
import dev.loadline.core.TurnId;
import dev.loadline.core.Utf16;

import org.jspecify.annotations.Nullable;

import java.util.List;
import java.util.Set;

/** What a client may send on a WebSocket, checked for form and ranges. */
sealed interface SocketRequest {
    int REF_MAX = 64;
    long FELT_MAX_MS = 3_600_000;
    double AT_MAX = 9e15; // of a client's clock

    List<String> TYPES =
            List.of(
                    "auth", "submit", "attach", "detach", "watch", "unwatch", "cancel", "approve",
                    "ping", "pong", "felt");

    record Auth(String token) implements SocketRequest {}

    /**
     * @param submit the members of API.md's {@code Submit}, not yet checked
     */
    record Submit(
            String ref,
            @Nullable String conversation,
            @Nullable String agent,
            boolean attach,
            JsonNode submit)
            implements SocketRequest {}

    record Attach(String ref, TurnId turn, @Nullable String after) implements SocketRequest {}

    record Detach(String ref, TurnId turn) implements SocketRequest {}

    record Watch(String ref, String conversation, @Nullable String since)
            implements SocketRequest {}

    record Unwatch(String ref, String conversation) implements SocketRequest {}

    record Cancel(String ref, TurnId turn) implements SocketRequest {}

    record Approve(String ref, TurnId turn, String call) implements SocketRequest {}

    record Ping(JsonNode at) implements SocketRequest {}

    record Pong() implements SocketRequest {}

    record Felt(TurnId turn, long firstTokenMs) implements SocketRequest {}

    /** The request's {@code ref} if there is a valid one, to answer what can't be read further. */
    static @Nullable String ref(JsonNode frame) {
        JsonNode ref = frame.get("ref");
        if (ref == null || !ref.isTextual()) return null;
        String text = ref.textValue();
        return text.isEmpty() || text.length() > REF_MAX ? null : Utf16.wellFormed(text);
    }

    /**
     * @param frame a JSON object
     * @throws ProblemException with all that is wrong
     */
    static SocketRequest read(JsonNode frame) {
        JsonNode type = frame.get("type");
        if (type == null) throw wrong("type", "is required");
        if (!type.isTextual()) throw wrong("type", "must be a string");
        return switch (type.textValue()) {
            case "auth" -> {
                var members = new Members(frame, "type", "token");
                yield new Auth(members.needed("token", 1 << 16));
            }
            case "submit" -> submit(frame);
            case "attach" -> attach(frame);
            case "detach" -> {
                var members = new Members(frame, "type", "ref", "turn");
                yield new Detach(members.needed("ref", REF_MAX), turn(members));
            }
            case "watch" -> watch(frame);
            case "unwatch" -> {
                var members = new Members(frame, "type", "ref", "conversation");
                yield new Unwatch(members.needed("ref", REF_MAX), conversation(members));
            }
            case "cancel" -> {
                var members = new Members(frame, "type", "ref", "turn");
                yield new Cancel(members.needed("ref", REF_MAX), turn(members));
            }
            case "approve" -> approve(frame);
            case "ping" -> new Ping(at(new Members(frame, "type", "at")));
            case "pong" -> {
                at(new Members(frame, "type", "at"));
                yield new Pong();
            }
            case "felt" -> felt(frame);
            default -> throw unknown(type.textValue());
        };
    }

    private static SocketRequest submit(JsonNode frame) {
        Set<String> own = Set.of("type", "ref", "conversation", "agent", "attach");
        var members =
                new Members(
                        frame,
                        "type",
                        "ref",
                        "conversation",
                        "agent",
                        "attach",
                        "text",
                        "key",
                        "whenBusy",
                        "deadlineMs",
                        "metadata");
        String conversation = members.text("conversation", 128);
        if (conversation != null && !Requests.isId(conversation)) {
            members.wrong("conversation", "must match [A-Za-z0-9._:~-]{1,128}");
        }
        String agent = members.text("agent", 128);
        Boolean attach = members.truth("attach");
        String ref = members.needed("ref", REF_MAX);
        ObjectNode rest = ((ObjectNode) frame).deepCopy();
        rest.remove(own);
        return new Submit(ref, conversation, agent, attach == null || attach, rest);
    }

    private static SocketRequest attach(JsonNode frame) {
        var members = new Members(frame, "type", "ref", "turn", "after");
        String after = members.text("after", 128);
        return new Attach(members.needed("ref", REF_MAX), turn(members), after);
    }

    private static SocketRequest watch(JsonNode frame) {
        var members = new Members(frame, "type", "ref", "conversation", "since");
        String since = members.text("since", 128);
        if (since != null && !Requests.isId(since)) {
            members.wrong("since", "is not the id of a message of this conversation");
        }
        return new Watch(members.needed("ref", REF_MAX), conversation(members), since);
    }

    private static SocketRequest approve(JsonNode frame) {
        var members =
                new Members(frame, "type", "ref", "turn", "call", "decision", "note", "arguments");
        members.require("decision");
        members.oneOf("decision", new String[] {"approve", "deny"}, word -> word);
        members.text("note", 4096);
        members.object("arguments");
        String ref = members.needed("ref", REF_MAX);
        return new Approve(ref, turn(members), members.needed("call", 128));
    }

    private static SocketRequest felt(JsonNode frame) {
        var members = new Members(frame, "type", "turn", "firstTokenMs");
        members.require("firstTokenMs");
        Long ms = members.integer("firstTokenMs", 0, FELT_MAX_MS);
        TurnId turn = turn(members);
        members.check();
        return new Felt(turn, ms == null ? 0 : ms);
    }

    private static JsonNode at(Members members) {
        JsonNode at = members.number("at", AT_MAX);
        members.require("at");
        members.check();
        if (at == null) throw new IllegalStateException("a required member was not checked");
        return at;
    }

    /** An id of another form names none. */
    private static TurnId turn(Members members) {
        String id = members.needed("turn", Integer.MAX_VALUE);
        if (!Requests.isId(id)) throw new ProblemException(Problem.notFound("turn"));
        return new TurnId(id);
    }

    private static String conversation(Members members) {
        String id = members.needed("conversation", Integer.MAX_VALUE);
        if (!Requests.isId(id)) throw new ProblemException(Problem.notFound("conversation"));
        return id;
    }

    private static ProblemException unknown(String type) {
        String shown = Utf16.wellFormed(type.length() <= 100 ? type : type.substring(0, 100));
        return wrong("type", "is not known; the nearest is '" + Nearest.to(shown, TYPES) + "'");
    }

    private static ProblemException wrong(String path, String message) {
        return new ProblemException(Problem.invalid(path, message));
    }
}
