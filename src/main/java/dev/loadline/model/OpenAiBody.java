package dev.loadline.model;

import com.fasterxml.jackson.core.JsonGenerator;

import dev.loadline.core.Json;
import dev.loadline.core.Prompt;
import dev.loadline.core.Utf16;

import io.vertx.core.buffer.Buffer;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;

/** Writes a chat completion request. */
final class OpenAiBody {
    private OpenAiBody() {}

    static Buffer of(String model, ModelRequest request) {
        Prompt prompt = request.prompt();
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
            for (Prompt.Said said : prompt.messages())
                message(json, said.byUser() ? "user" : "assistant", said.text());
            json.writeEndArray();
            json.writeEndObject();
        } catch (IOException e) {
            throw new UncheckedIOException("writing into memory failed", e);
        }
        return Buffer.buffer(out.toByteArray());
    }

    private static void message(JsonGenerator json, String role, String text) throws IOException {
        json.writeStartObject();
        json.writeStringField("role", role);
        json.writeStringField("content", Utf16.wellFormed(text));
        json.writeEndObject();
    }
}
