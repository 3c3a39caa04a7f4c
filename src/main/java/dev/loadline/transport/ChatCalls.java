package dev.loadline.transport;

import static dev.loadline.transport.ChatFields.INVALID;
import static dev.loadline.transport.ChatFields.MISSING;
import static dev.loadline.transport.ChatFields.UNSUPPORTED;
import static dev.loadline.transport.ChatFields.UNSUPPORTED_VALUE;

import com.fasterxml.jackson.databind.JsonNode;

import dev.loadline.core.Prompt;
import dev.loadline.core.ToolCall;
import dev.loadline.core.Utf16;

import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * The calls of one assistant's message and the results that follow it: each call needs one before
 * anything else is said, as the providers want it.
 */
final class ChatCalls {
    private static final int CALLS_MAX = 128;
    private static final int ID_MAX = 256;
    private static final int NAME_MAX = 64;
    private static final int ARGUMENTS_MAX = 1 << 20;

    private final ChatFields fields;
    private final String path;
    private final String text;
    private final List<ToolCall> calls = new ArrayList<>();
    private final Map<String, String> results = new HashMap<>();

    private ChatCalls(ChatFields fields, String path, String text) {
        this.fields = fields;
        this.path = path;
        this.text = text;
    }

    /** Null if the message asks for none. */
    static @Nullable ChatCalls of(ChatFields fields, String path, String text, JsonNode message) {
        if (ChatFields.get(message, "function_call") != null)
            fields.wrong(
                    path + ".function_call",
                    UNSUPPORTED,
                    "is the older form; say it as tool_calls");
        JsonNode calls = ChatFields.get(message, "tool_calls");
        if (calls == null || calls.isArray() && calls.isEmpty()) return null;
        var all = new ChatCalls(fields, path, text);
        if (!calls.isArray() || calls.size() > CALLS_MAX)
            fields.wrong(
                    path + ".tool_calls",
                    INVALID,
                    "must be an array of at most " + CALLS_MAX + " calls");
        else
            for (int i = 0; i < calls.size(); i++)
                all.read(path + ".tool_calls[" + i + "]", calls.get(i));
        return all;
    }

    private void read(String at, JsonNode call) {
        JsonNode type = ChatFields.get(call, "type");
        if (type != null && !"function".equals(type.textValue()))
            fields.wrong(at + ".type", UNSUPPORTED_VALUE, "must be 'function'");
        String id = text(at + ".id", ChatFields.get(call, "id"), 1, ID_MAX);
        JsonNode function = call.path("function");
        String name = text(at + ".function.name", ChatFields.get(function, "name"), 1, NAME_MAX);
        String arguments =
                text(
                        at + ".function.arguments",
                        ChatFields.get(function, "arguments"),
                        0,
                        ARGUMENTS_MAX);
        if (id == null || name == null || arguments == null) return;
        if (calls.stream().anyMatch(other -> other.id().equals(id)))
            fields.wrong(at + ".id", INVALID, "is the id of two calls");
        calls.add(new ToolCall(id, name, arguments));
    }

    private @Nullable String text(String at, @Nullable JsonNode value, int min, int max) {
        if (value != null) return fields.text(at, value, min, max);
        fields.wrong(at, MISSING, "is required");
        return null;
    }

    /** A tool's message. */
    void result(String at, JsonNode message, String content) {
        String id = text(at + ".tool_call_id", ChatFields.get(message, "tool_call_id"), 1, ID_MAX);
        if (id == null) return;
        if (calls.stream().noneMatch(call -> call.id().equals(id)))
            fields.wrong(at + ".tool_call_id", INVALID, "is no call of the message before");
        else if (results.putIfAbsent(id, Utf16.wellFormed(content)) != null)
            fields.wrong(at + ".tool_call_id", INVALID, "has a result already");
    }

    /** The whole of it, once something else is said or nothing more. */
    Prompt.Said said() {
        List<Prompt.Called> called = new ArrayList<>();
        for (ToolCall call : calls) {
            String result = results.get(call.id());
            if (result == null)
                fields.wrong(
                        path + ".tool_calls",
                        INVALID,
                        "the call '"
                                + call.id()
                                + "' has no result: a message with role 'tool' must follow for each");
            else called.add(new Prompt.Called(call, result));
        }
        return new Prompt.Said("", false, text, called);
    }
}
