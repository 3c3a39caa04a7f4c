package dev.loadline.model;

import com.fasterxml.jackson.core.JsonGenerator;

import dev.loadline.core.Json;
import dev.loadline.core.ModelOptions;
import dev.loadline.core.Prompt;
import dev.loadline.core.ToolOffer;
import dev.loadline.core.Utf16;

import io.vertx.core.buffer.Buffer;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;

/**
 * Writes a chat completion request. Without tools {@code tool_choice} is left out: the API refuses
 * it then.
 */
final class OpenAiBody {
    private OpenAiBody() {}

    /** {@code maxTokens}: the name under which the server knows the bound of an answer. */
    static Buffer of(String model, ModelRequest request, String maxTokens) {
        Prompt prompt = request.prompt();
        ModelOptions options = request.options();
        var out = new ByteArrayOutputStream(1024);
        try (JsonGenerator json = Json.FACTORY.createGenerator(out)) {
            json.writeStartObject();
            json.writeStringField("model", model);
            json.writeBooleanField("stream", true);
            json.writeObjectFieldStart("stream_options");
            json.writeBooleanField("include_usage", true);
            json.writeEndObject();
            json.writeArrayFieldStart("messages");
            if (!prompt.instructions().isEmpty()) message(json, "system", prompt.instructions());
            for (Prompt.Said said : prompt.messages()) said(json, said);
            json.writeEndArray();
            tools(json, prompt.tools(), options);
            options(json, options, maxTokens);
            json.writeEndObject();
        } catch (IOException e) {
            throw new UncheckedIOException("writing into memory failed", e);
        }
        return Buffer.buffer(out.toByteArray());
    }

    /**
     * OpenAI's own servers know {@code max_completion_tokens} for every model, and their reasoning
     * models refuse the older name; other servers know the older one, and some ignore the newer.
     */
    static String maxTokens(String host) {
        boolean theirs =
                host.equals("api.openai.com")
                        || host.endsWith(".api.openai.com")
                        || host.endsWith(".openai.azure.com");
        return theirs ? "max_completion_tokens" : "max_tokens";
    }

    private static void options(JsonGenerator json, ModelOptions options, String maxTokens)
            throws IOException {
        if (options.temperature() != null)
            json.writeNumberField("temperature", options.temperature());
        if (options.topP() != null) json.writeNumberField("top_p", options.topP());
        if (options.maxTokens() != null) json.writeNumberField(maxTokens, options.maxTokens());
        if (!options.stop().isEmpty()) {
            json.writeArrayFieldStart("stop");
            for (String stop : options.stop()) json.writeString(stop);
            json.writeEndArray();
        }
        if (options.seed() != null) json.writeNumberField("seed", options.seed());
        if (options.responseFormat() != null) {
            json.writeFieldName("response_format");
            Json.MAPPER.writeTree(json, options.responseFormat());
        }
        if (options.reasoningEffort() != null)
            json.writeStringField("reasoning_effort", options.reasoningEffort());
        if (options.user() != null) json.writeStringField("user", options.user());
        if (!options.metadata().isEmpty()) {
            json.writeObjectFieldStart("metadata");
            for (var pair : options.metadata().entrySet())
                json.writeStringField(pair.getKey(), pair.getValue());
            json.writeEndObject();
        }
    }

    private static void said(JsonGenerator json, Prompt.Said said) throws IOException {
        if (said.called().isEmpty()) {
            message(json, said.byUser() ? "user" : "assistant", said.text());
            return;
        }
        json.writeStartObject();
        json.writeStringField("role", "assistant");
        if (said.text().isEmpty()) json.writeNullField("content");
        else json.writeStringField("content", Utf16.wellFormed(said.text()));
        json.writeArrayFieldStart("tool_calls");
        for (Prompt.Called each : said.called()) {
            json.writeStartObject();
            json.writeStringField("id", each.call().id());
            json.writeStringField("type", "function");
            json.writeObjectFieldStart("function");
            json.writeStringField("name", each.call().name());
            json.writeStringField("arguments", Utf16.wellFormed(each.call().arguments()));
            json.writeEndObject();
            json.writeEndObject();
        }
        json.writeEndArray();
        json.writeEndObject();
        for (Prompt.Called each : said.called()) {
            json.writeStartObject();
            json.writeStringField("role", "tool");
            json.writeStringField("tool_call_id", each.call().id());
            json.writeStringField("content", Utf16.wellFormed(each.result()));
            json.writeEndObject();
        }
    }

    private static void tools(JsonGenerator json, List<ToolOffer> tools, ModelOptions options)
            throws IOException {
        if (tools.isEmpty()) return;
        json.writeArrayFieldStart("tools");
        for (ToolOffer tool : tools) {
            json.writeStartObject();
            json.writeStringField("type", "function");
            json.writeObjectFieldStart("function");
            json.writeStringField("name", tool.name());
            if (tool.description() != null)
                json.writeStringField("description", tool.description());
            if (tool.parameters() != null) {
                json.writeFieldName("parameters");
                Json.MAPPER.writeTree(json, tool.parameters());
            }
            if (tool.strict() != null) json.writeBooleanField("strict", tool.strict());
            json.writeEndObject();
            json.writeEndObject();
        }
        json.writeEndArray();
        if (options.toolChoice() == null) return;
        json.writeFieldName("tool_choice");
        Json.MAPPER.writeTree(json, options.toolChoice());
    }

    private static void message(JsonGenerator json, String role, String text) throws IOException {
        json.writeStartObject();
        json.writeStringField("role", role);
        json.writeStringField("content", Utf16.wellFormed(text));
        json.writeEndObject();
    }
}
