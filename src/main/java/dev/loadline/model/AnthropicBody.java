package dev.loadline.model;

import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.databind.JsonNode;

import dev.loadline.core.Json;
import dev.loadline.core.ModelOptions;
import dev.loadline.core.Prompt;
import dev.loadline.core.ToolCall;
import dev.loadline.core.Utf16;

import io.vertx.core.buffer.Buffer;

import org.jspecify.annotations.Nullable;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;

/**
 * Writes a message request. Roles alternate, the first and the last are the user's; where the
 * prompt has it otherwise, a short line of ours stands in. Text without a visible character is left
 * out, for it is refused.
 *
 * <p>The provider caches the prompt up to each mark: the instructions, and the user's last two
 * messages. The older of these two is where the request before had its last mark, so what it wrote
 * is read; the newer one is for the next request.
 */
final class AnthropicBody {
    private static final String BEGINNING = "(The beginning of the conversation is left out.)";
    private static final String GO_ON = "Please go on.";
    private static final int MARKED_MESSAGES = 2;
    private static final int USER_ID_MAX = 256;

    private final AnthropicSettings settings;

    AnthropicBody(AnthropicSettings settings) {
        this.settings = settings;
    }

    /** One message: what was said by one side without a word of the other between. */
    private record Message(boolean byUser, List<Block> blocks) {}

    private sealed interface Block {
        record Text(String text) implements Block {}

        record Use(ToolCall call) implements Block {}

        record Result(Prompt.Called called) implements Block {}
    }

    Buffer of(ModelRequest request) {
        var out = new ByteArrayOutputStream(1024);
        try (JsonGenerator json = Json.FACTORY.createGenerator(out)) {
            json.writeStartObject();
            json.writeStringField("model", settings.model());
            Integer asked = request.options().maxTokens();
            json.writeNumberField("max_tokens", asked == null ? settings.maxTokens() : asked);
            json.writeBooleanField("stream", true);
            options(json, request.options());
            String instructions = request.prompt().instructions();
            if (isVisible(instructions)) {
                json.writeArrayFieldStart("system");
                text(json, instructions, true);
                json.writeEndArray();
            }
            AnthropicTools.write(json, request.prompt(), request.options().toolChoice());
            messages(json, messages(request.prompt().messages()));
            json.writeEndObject();
        } catch (IOException e) {
            throw new UncheckedIOException("writing into memory failed", e);
        }
        return Buffer.buffer(out.toByteArray());
    }

    private static List<Message> messages(List<Prompt.Said> all) {
        List<Message> messages = new ArrayList<>();
        for (Prompt.Said said : all) {
            boolean visible = isVisible(said.text());
            if (!visible && said.called().isEmpty()) continue;
            if (messages.isEmpty() && !said.byUser())
                add(messages, true, new Block.Text(BEGINNING));
            if (visible) add(messages, said.byUser(), new Block.Text(said.text()));
            for (Prompt.Called each : said.called())
                add(messages, false, new Block.Use(each.call()));
            for (Prompt.Called each : said.called()) add(messages, true, new Block.Result(each));
        }
        if (messages.isEmpty() || !messages.getLast().byUser)
            add(messages, true, new Block.Text(GO_ON));
        return messages;
    }

    private static void add(List<Message> messages, boolean byUser, Block block) {
        if (messages.isEmpty() || messages.getLast().byUser != byUser)
            messages.add(new Message(byUser, new ArrayList<>()));
        messages.getLast().blocks.add(block);
    }

    private static void messages(JsonGenerator json, List<Message> messages) throws IOException {
        // the last one is the user's, and so is every second one before it
        int marksFrom = messages.size() - 2 * MARKED_MESSAGES;
        json.writeArrayFieldStart("messages");
        for (int i = 0; i < messages.size(); i++) {
            Message message = messages.get(i);
            boolean marked = message.byUser && i > marksFrom;
            json.writeStartObject();
            json.writeStringField("role", message.byUser ? "user" : "assistant");
            json.writeArrayFieldStart("content");
            int last = message.blocks.size() - 1;
            for (int at = 0; at <= last; at++)
                block(json, message.blocks.get(at), marked && at == last);
            json.writeEndArray();
            json.writeEndObject();
        }
        json.writeEndArray();
    }

    private static void block(JsonGenerator json, Block block, boolean marked) throws IOException {
        switch (block) {
            case Block.Text(String text) -> text(json, text, marked);
            case Block.Use(ToolCall call) -> AnthropicTools.use(json, call);
            case Block.Result(Prompt.Called called) -> AnthropicTools.result(json, called, marked);
        }
    }

    private static void text(JsonGenerator json, String text, boolean marked) throws IOException {
        json.writeStartObject();
        json.writeStringField("type", "text");
        json.writeStringField("text", Utf16.wellFormed(text));
        if (marked) mark(json);
        json.writeEndObject();
    }

    static void mark(JsonGenerator json) throws IOException {
        json.writeObjectFieldStart("cache_control");
        json.writeStringField("type", "ephemeral");
        json.writeEndObject();
    }

    private void options(JsonGenerator json, ModelOptions options) throws IOException {
        if (settings.sampling()) sampling(json, options);
        List<String> stop = options.stop().stream().filter(AnthropicBody::isVisible).toList();
        if (!stop.isEmpty()) {
            json.writeArrayFieldStart("stop_sequences");
            for (String text : stop) json.writeString(Utf16.wellFormed(text));
            json.writeEndArray();
        }
        String user = options.user();
        if (user != null && isVisible(user) && user.length() <= USER_ID_MAX) {
            json.writeObjectFieldStart("metadata");
            json.writeStringField("user_id", Utf16.wellFormed(user));
            json.writeEndObject();
        }
        String effort = options.reasoningEffort();
        if ("none".equals(effort)) {
            json.writeObjectFieldStart("thinking");
            json.writeStringField("type", "disabled");
            json.writeEndObject();
        }
        output(json, effort(effort), schema(options.responseFormat()));
    }

    /** Of the two only one is taken by the newer models, and none above 1 by any. */
    private static void sampling(JsonGenerator json, ModelOptions options) throws IOException {
        Double temperature = options.temperature();
        Double topP = options.topP();
        if (temperature != null) json.writeNumberField("temperature", Math.min(temperature, 1));
        else if (topP != null) json.writeNumberField("top_p", topP);
    }

    private static void output(
            JsonGenerator json, @Nullable String effort, @Nullable JsonNode schema)
            throws IOException {
        if (effort == null && schema == null) return;
        json.writeObjectFieldStart("output_config");
        if (effort != null) json.writeStringField("effort", effort);
        if (schema != null) {
            json.writeObjectFieldStart("format");
            json.writeStringField("type", "json_schema");
            json.writeFieldName("schema");
            Json.MAPPER.writeTree(json, schema);
            json.writeEndObject();
        }
        json.writeEndObject();
    }

    private static @Nullable String effort(@Nullable String asked) {
        return switch (asked) {
            case "minimal" -> "low";
            case "low", "medium", "high", "xhigh", "max" -> asked;
            case null, default -> null;
        };
    }

    private static @Nullable JsonNode schema(@Nullable JsonNode format) {
        if (format == null || !format.path("type").asText().equals("json_schema")) return null;
        JsonNode schema = format.at("/json_schema/schema");
        return schema.isObject() ? schema : null;
    }

    private static boolean isVisible(String text) {
        return !text.codePoints()
                .allMatch(c -> Character.isWhitespace(c) || Character.isSpaceChar(c));
    }
}
