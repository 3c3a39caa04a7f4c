package dev.loadline.model;

import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;

import dev.loadline.core.Json;
import dev.loadline.core.Prompt;
import dev.loadline.core.ToolCall;
import dev.loadline.core.ToolOffer;
import dev.loadline.core.Utf16;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.Map;

/** What a message request says of tools. */
final class AnthropicTools {
    private AnthropicTools() {}

    /**
     * Tools that are only in the history are named, too: without them its calls are refused.
     *
     * @param choice as OpenAI's API has it
     */
    static void write(JsonGenerator json, Prompt prompt, @Nullable JsonNode choice)
            throws IOException {
        Map<String, ToolOffer> all = new LinkedHashMap<>();
        for (ToolOffer offer : prompt.tools()) all.put(offer.name(), offer);
        for (Prompt.Said said : prompt.messages())
            for (Prompt.Called each : said.called())
                all.computeIfAbsent(
                        each.call().name(), name -> new ToolOffer(name, null, null, null));
        if (all.isEmpty()) return;
        json.writeArrayFieldStart("tools");
        for (ToolOffer offer : all.values()) offer(json, offer);
        json.writeEndArray();
        json.writeObjectFieldStart("tool_choice");
        choice(json, prompt.tools().isEmpty() ? JsonNodeFactory.instance.textNode("none") : choice);
        json.writeEndObject();
    }

    private static void offer(JsonGenerator json, ToolOffer offer) throws IOException {
        json.writeStartObject();
        json.writeStringField("name", offer.name());
        if (offer.description() != null) json.writeStringField("description", offer.description());
        json.writeFieldName("input_schema");
        if (offer.parameters() != null) Json.MAPPER.writeTree(json, offer.parameters());
        else {
            json.writeStartObject();
            json.writeStringField("type", "object");
            json.writeEndObject();
        }
        if (offer.strict() != null) json.writeBooleanField("strict", offer.strict());
        json.writeEndObject();
    }

    private static void choice(JsonGenerator json, @Nullable JsonNode choice) throws IOException {
        String name = choice == null ? "" : choice.at("/function/name").asText();
        String word = choice == null || !choice.isTextual() ? "auto" : choice.textValue();
        if (!name.isEmpty()) {
            json.writeStringField("type", "tool");
            json.writeStringField("name", name);
        } else json.writeStringField("type", word.equals("required") ? "any" : word);
    }

    /** A call in the model's own message. */
    static void use(JsonGenerator json, ToolCall call) throws IOException {
        json.writeStartObject();
        json.writeStringField("type", "tool_use");
        json.writeStringField("id", call.id());
        json.writeStringField("name", call.name());
        json.writeFieldName("input");
        Json.MAPPER.writeTree(json, input(call.arguments()));
        json.writeEndObject();
    }

    /** Only an object is taken; what the model got wrong is shown to it as it was. */
    private static JsonNode input(String arguments) {
        try {
            JsonNode read = Json.MAPPER.readTree(arguments);
            return read.isObject() ? read : malformed(arguments);
        } catch (JsonProcessingException e) {
            return malformed(arguments);
        }
    }

    private static JsonNode malformed(String arguments) {
        return Json.MAPPER.createObjectNode().put("malformed", arguments);
    }

    /** What came of a call, in the user's message after it. */
    static void result(JsonGenerator json, Prompt.Called called, boolean marked)
            throws IOException {
        json.writeStartObject();
        json.writeStringField("type", "tool_result");
        json.writeStringField("tool_use_id", called.call().id());
        json.writeStringField("content", Utf16.wellFormed(called.result()));
        if (marked) AnthropicBody.mark(json);
        json.writeEndObject();
    }
}
