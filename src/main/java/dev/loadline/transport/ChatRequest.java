package dev.loadline.transport;

import static dev.loadline.transport.ChatFields.INVALID;
import static dev.loadline.transport.ChatFields.MISSING;
import static dev.loadline.transport.ChatFields.UNSUPPORTED;
import static dev.loadline.transport.ChatFields.UNSUPPORTED_VALUE;

import com.fasterxml.jackson.databind.JsonNode;

import dev.loadline.core.ModelOptions;
import dev.loadline.core.ToolOffer;

import org.jspecify.annotations.Nullable;

import java.util.List;
import java.util.Map;

/**
 * A chat completion that is asked for, checked for form and ranges.
 *
 * @param usage true if a stream is to tell what was used
 * @param tools of the caller's own
 */
record ChatRequest(
        String model,
        ChatMessages messages,
        boolean stream,
        boolean usage,
        ModelOptions options,
        List<ToolOffer> tools) {

    private static final int NAME_MAX = 256;
    private static final int STOPS_MAX = 4;
    private static final int STOP_MAX = 1024;
    private static final int SCHEMA_NAME_MAX = 64;
    private static final List<String> EFFORTS =
            List.of("none", "minimal", "low", "medium", "high", "xhigh", "max");
    private static final List<String> FORMATS = List.of("text", "json_object", "json_schema");

    static ChatRequest of(JsonNode body) {
        var fields = new ChatFields(body);
        fields.check();
        String model = fields.text("model", NAME_MAX);
        if (fields.get("model") == null) fields.wrong("model", MISSING, "is required");
        ChatMessages messages = ChatMessages.of(fields);
        boolean stream = fields.flag("stream");
        boolean usage = usage(fields, stream);
        refuseUnsupported(fields);
        List<ToolOffer> tools = ChatTools.of(fields);
        ModelOptions options = options(fields);
        fields.check();
        if (model == null) throw new IllegalStateException("a required field was not checked");
        return new ChatRequest(model, messages, stream, usage, options, tools);
    }

    private static boolean usage(ChatFields fields, boolean stream) {
        JsonNode options = fields.get("stream_options");
        if (options == null) return false;
        if (!options.isObject()) fields.wrong("stream_options", INVALID, "must be an object");
        else if (!stream) fields.wrong("stream_options", INVALID, "goes only with stream: true");
        JsonNode include = ChatFields.get(options, "include_usage");
        if (include == null) return false;
        if (!include.isBoolean())
            fields.wrong("stream_options.include_usage", INVALID, "must be true or false");
        return include.booleanValue();
    }

    private static void refuseUnsupported(ChatFields fields) {
        Long n = fields.integer("n", 1, 128);
        if (n != null && n > 1) fields.wrong("n", UNSUPPORTED_VALUE, "only one answer is given");
        if (fields.get("audio") != null)
            fields.wrong("audio", UNSUPPORTED, "answers are text only; leave it out");
        JsonNode modalities = fields.get("modalities");
        if (modalities != null && modalities.isArray())
            for (JsonNode each : modalities)
                if (!"text".equals(each.textValue()))
                    fields.wrong("modalities", UNSUPPORTED_VALUE, "answers are text only");
        if (fields.flag("logprobs"))
            fields.wrong("logprobs", UNSUPPORTED, "is not supported; leave it out");
        Long top = fields.integer("top_logprobs", 0, 20);
        if (top != null && top > 0)
            fields.wrong("top_logprobs", UNSUPPORTED, "is not supported; leave it out");
    }

    private static ModelOptions options(ChatFields fields) {
        Double temperature = fields.number("temperature", 0, 2);
        Double topP = fields.number("top_p", 0, 1);
        Long older = fields.integer("max_tokens", 1, Integer.MAX_VALUE);
        Long newer = fields.integer("max_completion_tokens", 1, Integer.MAX_VALUE);
        Long max = newer == null ? older : newer;
        List<String> stop = fields.texts("stop", STOPS_MAX, STOP_MAX);
        Long seed = fields.integer("seed", Long.MIN_VALUE, Long.MAX_VALUE);
        JsonNode format = format(fields);
        JsonNode choice = fields.get("tool_choice");
        String effort = fields.oneOf("reasoning_effort", EFFORTS);
        String user = fields.text("user", 512);
        Map<String, String> metadata = fields.pairs("metadata", 16, 64, 512);
        return new ModelOptions(
                temperature,
                topP,
                max == null ? null : Integer.valueOf(max.intValue()),
                stop,
                seed,
                format,
                choice,
                effort,
                user,
                metadata);
    }

    private static @Nullable JsonNode format(ChatFields fields) {
        JsonNode format = fields.get("response_format");
        if (format == null) return null;
        JsonNode type = ChatFields.get(format, "type");
        if (type == null || !FORMATS.contains(type.textValue())) {
            fields.wrong(
                    "response_format.type",
                    INVALID,
                    "must be one of " + String.join(", ", FORMATS));
            return null;
        }
        if (!type.textValue().equals("json_schema")) return format;
        JsonNode schema = ChatFields.get(format, "json_schema");
        JsonNode name = schema == null ? null : ChatFields.get(schema, "name");
        if (name == null) fields.wrong("response_format.json_schema.name", MISSING, "is required");
        else fields.text("response_format.json_schema.name", name, 1, SCHEMA_NAME_MAX);
        return format;
    }

    /** As a turn's metadata; absent if there is none. */
    @Nullable Map<String, String> metadata() {
        return options.metadata().isEmpty() ? null : options.metadata();
    }
}
