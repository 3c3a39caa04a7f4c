package dev.loadline.model;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;

import dev.loadline.core.Json;

import org.jspecify.annotations.Nullable;

import java.io.IOException;

/**
 * What one chunk of a streamed answer says, or a whole answer that was not streamed, or an error
 * body: read by a streaming parser straight into these fields, which the next {@link #read}
 * replaces. No tree is built. Not thread-safe.
 *
 * <p>Only the choice with index 0 counts. Of {@code reasoning} and {@code reasoning_content} one is
 * taken, for servers in transition send the same text in both.
 */
final class Chunk {
    @Nullable String text;
    @Nullable String reasoning;
    @Nullable String finish;

    /** True if it asks for tools. */
    boolean tools;

    boolean hasChoices;

    boolean hasUsage;
    long inputTokens;
    long cachedTokens;
    long outputTokens;
    long reasoningTokens;

    /** True if it tells an error: wrapped, as a string, or flat. */
    boolean error;

    @Nullable String errorMessage;
    @Nullable String errorType;
    @Nullable String errorCode;

    /**
     * Reads a JSON object.
     *
     * @return false if it is none
     */
    boolean read(byte[] json, int length) {
        clear();
        try (JsonParser parser = Json.FACTORY.createParser(json, 0, length)) {
            if (parser.nextToken() != JsonToken.START_OBJECT) return false;
            root(parser);
            return parser.nextToken() == null;
        } catch (IOException e) {
            clear();
            return false; // the caller says what it means where it stands
        }
    }

    private void clear() {
        text = null;
        reasoning = null;
        finish = null;
        tools = false;
        hasChoices = false;
        hasUsage = false;
        inputTokens = 0;
        cachedTokens = 0;
        outputTokens = 0;
        reasoningTokens = 0;
        error = false;
        errorMessage = null;
        errorType = null;
        errorCode = null;
    }

    private void root(JsonParser parser) throws IOException {
        boolean errorObject = false;
        String message = null;
        String type = null;
        String code = null;
        while (parser.nextToken() == JsonToken.FIELD_NAME) {
            String name = parser.currentName();
            parser.nextToken();
            switch (name) {
                case "choices" -> choices(parser);
                case "usage" -> usage(parser);
                case "error" -> error(parser);
                case "object" -> errorObject = is(parser, "error");
                case "message" -> message = scalar(parser);
                case "type" -> type = scalar(parser);
                case "code" -> code = scalar(parser);
                default -> parser.skipChildren();
            }
        }
        if (!error && (errorObject || message != null && !hasChoices && !hasUsage)) {
            error = true;
            errorMessage = message;
            errorType = type;
            errorCode = code;
        }
    }

    private void choices(JsonParser parser) throws IOException {
        if (!parser.isExpectedStartArrayToken()) {
            parser.skipChildren();
            return;
        }
        while (parser.nextToken() != JsonToken.END_ARRAY) {
            if (parser.currentToken() == JsonToken.START_OBJECT) choice(parser);
            else parser.skipChildren();
        }
    }

    private void choice(JsonParser parser) throws IOException {
        String textBefore = text;
        String reasoningBefore = reasoning;
        String finishBefore = finish;
        hasChoices = true;
        long index = 0;
        while (parser.nextToken() == JsonToken.FIELD_NAME) {
            String name = parser.currentName();
            parser.nextToken();
            switch (name) {
                case "index" -> index = parser.getValueAsLong(0);
                case "delta", "message" -> delta(parser);
                case "finish_reason" -> finish = scalar(parser);
                default -> parser.skipChildren();
            }
        }
        if (index != 0) {
            text = textBefore;
            reasoning = reasoningBefore;
            finish = finishBefore;
        }
    }

    private void delta(JsonParser parser) throws IOException {
        if (parser.currentToken() != JsonToken.START_OBJECT) {
            parser.skipChildren();
            return;
        }
        String content = null;
        String refusal = null;
        String thought = null;
        String otherThought = null;
        while (parser.nextToken() == JsonToken.FIELD_NAME) {
            String name = parser.currentName();
            parser.nextToken();
            switch (name) {
                case "content" -> content = scalar(parser);
                case "refusal" -> refusal = scalar(parser);
                case "reasoning" -> thought = scalar(parser);
                case "reasoning_content" -> otherThought = scalar(parser);
                case "tool_calls" -> tools = holdsSomething(parser);
                default -> parser.skipChildren();
            }
        }
        text = either(content, refusal);
        reasoning = either(thought, otherThought);
    }

    private void usage(JsonParser parser) throws IOException {
        if (parser.currentToken() != JsonToken.START_OBJECT) {
            parser.skipChildren();
            return;
        }
        hasUsage = true;
        while (parser.nextToken() == JsonToken.FIELD_NAME) {
            String name = parser.currentName();
            parser.nextToken();
            switch (name) {
                case "prompt_tokens" -> inputTokens = count(parser);
                case "completion_tokens" -> outputTokens = count(parser);
                case "prompt_tokens_details" -> cachedTokens = detail(parser, "cached_tokens");
                case "completion_tokens_details" ->
                        reasoningTokens = detail(parser, "reasoning_tokens");
                default -> parser.skipChildren();
            }
        }
        cachedTokens = Math.min(cachedTokens, inputTokens);
        outputTokens = Math.max(outputTokens, reasoningTokens); // some do not count them in
    }

    private static long detail(JsonParser parser, String wanted) throws IOException {
        long found = 0;
        if (parser.currentToken() != JsonToken.START_OBJECT) return found;
        while (parser.nextToken() == JsonToken.FIELD_NAME) {
            String name = parser.currentName();
            parser.nextToken();
            if (name.equals(wanted)) found = count(parser);
            else parser.skipChildren();
        }
        return found;
    }

    private void error(JsonParser parser) throws IOException {
        switch (parser.currentToken()) {
            case START_OBJECT -> {
                error = true;
                errorObject(parser);
            }
            case VALUE_STRING -> {
                errorMessage = parser.getText();
                error = !errorMessage.isEmpty();
            }
            case VALUE_NULL, VALUE_FALSE -> error = false;
            default -> {
                error = true;
                parser.skipChildren();
            }
        }
    }

    private void errorObject(JsonParser parser) throws IOException {
        while (parser.nextToken() == JsonToken.FIELD_NAME) {
            String name = parser.currentName();
            parser.nextToken();
            switch (name) {
                case "message" -> errorMessage = scalar(parser);
                case "type" -> errorType = scalar(parser);
                case "code" -> errorCode = scalar(parser);
                default -> parser.skipChildren();
            }
        }
    }

    private static long count(JsonParser parser) throws IOException {
        long count = parser.getValueAsLong(0);
        parser.skipChildren();
        return Math.max(0, count);
    }

    /** A string, or a number or boolean as it is written; null for all else. */
    private static @Nullable String scalar(JsonParser parser) throws IOException {
        parser.skipChildren();
        return parser.currentToken().isScalarValue()
                        && parser.currentToken() != JsonToken.VALUE_NULL
                ? parser.getText()
                : null;
    }

    private static boolean holdsSomething(JsonParser parser) throws IOException {
        if (!parser.isExpectedStartArrayToken()) {
            parser.skipChildren();
            return false;
        }
        boolean some = false;
        while (parser.nextToken() != JsonToken.END_ARRAY) {
            some = true;
            parser.skipChildren();
        }
        return some;
    }

    /** Compares without making a string. */
    private static boolean is(JsonParser parser, String text) throws IOException {
        if (parser.currentToken() != JsonToken.VALUE_STRING) {
            parser.skipChildren();
            return false;
        }
        if (parser.getTextLength() != text.length()) return false;
        char[] chars = parser.getTextCharacters();
        int at = parser.getTextOffset();
        for (int i = 0; i < text.length(); i++) if (chars[at + i] != text.charAt(i)) return false;
        return true;
    }

    private static @Nullable String either(@Nullable String first, @Nullable String second) {
        return first != null && !first.isEmpty() ? first : second;
    }
}
