package dev.loadline.transport;

import static dev.loadline.transport.ChatFields.INVALID;
import static dev.loadline.transport.ChatFields.MISSING;
import static dev.loadline.transport.ChatFields.UNSUPPORTED;
import static dev.loadline.transport.ChatFields.UNSUPPORTED_VALUE;

import com.fasterxml.jackson.databind.JsonNode;

import dev.loadline.core.ToolOffer;

import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;

/** The tools that a caller brings to a chat completion, and which of them it wants called. */
final class ChatTools {
    private static final int TOOLS_MAX = 128;
    private static final int UNITS_MAX = 256 * 1024; // of all schemas and descriptions, as JSON
    private static final int DESCRIPTION_MAX = 16 * 1024;
    private static final Pattern NAME = Pattern.compile("[A-Za-z0-9_-]{1,64}");

    private ChatTools() {}

    static List<ToolOffer> of(ChatFields fields) {
        refuseOlder(fields, "functions");
        refuseOlder(fields, "function_call");
        List<ToolOffer> offers = new ArrayList<>();
        JsonNode tools = fields.get("tools");
        if (tools == null) {
            choice(fields, Set.of());
            return offers;
        }
        if (!tools.isArray() || tools.size() > TOOLS_MAX) {
            fields.wrong("tools", INVALID, "must be an array of at most " + TOOLS_MAX + " tools");
            return offers;
        }
        if (tools.toString().length() > UNITS_MAX)
            fields.wrong("tools", INVALID, "must have at most 262144 characters as JSON");
        Set<String> names = new HashSet<>();
        for (int i = 0; i < tools.size(); i++) {
            String path = "tools[" + i + "]";
            ToolOffer offer = tool(fields, path, tools.get(i));
            if (offer == null) continue;
            offers.add(offer);
            if (!names.add(offer.name()))
                fields.wrong(path + ".function.name", INVALID, "is the name of two tools");
        }
        choice(fields, names);
        return offers;
    }

    private static void refuseOlder(ChatFields fields, String name) {
        JsonNode older = fields.get(name);
        if (older == null || older.isArray() && older.isEmpty()) return;
        if ("none".equals(older.textValue()) || "auto".equals(older.textValue())) return;
        fields.wrong(name, UNSUPPORTED, "is the older form; say it with tools and tool_choice");
    }

    private static @Nullable ToolOffer tool(ChatFields fields, String path, JsonNode tool) {
        JsonNode type = ChatFields.get(tool, "type");
        if (type == null || !"function".equals(type.textValue())) {
            String kind = type == null ? MISSING : UNSUPPORTED_VALUE;
            fields.wrong(path + ".type", kind, "must be 'function'");
            return null;
        }
        JsonNode function = ChatFields.get(tool, "function");
        if (function == null || !function.isObject()) {
            String kind = function == null ? MISSING : INVALID;
            fields.wrong(path + ".function", kind, "must be an object");
            return null;
        }
        path += ".function";
        JsonNode name = ChatFields.get(function, "name");
        if (name == null || !name.isTextual() || !NAME.matcher(name.textValue()).matches()) {
            fields.wrong(
                    path + ".name",
                    name == null ? MISSING : INVALID,
                    "must match [A-Za-z0-9_-]{1,64}");
            return null;
        }
        JsonNode description = ChatFields.get(function, "description");
        JsonNode parameters = ChatFields.get(function, "parameters");
        if (parameters != null && !parameters.isObject())
            fields.wrong(path + ".parameters", INVALID, "must be a JSON Schema, an object");
        JsonNode strict = ChatFields.get(function, "strict");
        if (strict != null && !strict.isBoolean())
            fields.wrong(path + ".strict", INVALID, "must be true or false");
        return new ToolOffer(
                name.textValue(),
                description == null
                        ? null
                        : fields.text(path + ".description", description, 0, DESCRIPTION_MAX),
                parameters,
                strict == null ? null : Boolean.valueOf(strict.booleanValue()));
    }

    private static void choice(ChatFields fields, Set<String> names) {
        JsonNode choice = fields.get("tool_choice");
        if (choice == null) return;
        if (choice.isTextual()) {
            String word = choice.textValue();
            boolean free = word.equals("none") || word.equals("auto");
            if (free || word.equals("required") && !names.isEmpty()) return;
        } else if (names.contains(choice.at("/function/name").asText())) return;
        fields.wrong(
                "tool_choice",
                UNSUPPORTED_VALUE,
                names.isEmpty()
                        ? "must be 'none' or 'auto': there are no tools"
                        : "must be 'none', 'auto', 'required', or"
                                + " {type: 'function', function: {name}} with the name of a tool");
    }
}
