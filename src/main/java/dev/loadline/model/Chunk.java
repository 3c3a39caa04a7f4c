package dev.loadline.model;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.async.ByteArrayFeeder;
import com.fasterxml.jackson.core.io.JsonEOFException;

import dev.loadline.core.Json;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.io.UncheckedIOException;

/**
 * What one chunk of a streamed answer says, or a whole answer that was not streamed, or an error
 * body: read by a streaming parser straight into these fields, which the next {@link #read}
 * replaces. No tree is built. Not thread-safe.
 *
 * <p>Only the choice with index 0 counts. Of {@code reasoning} and {@code reasoning_content} one is
 * taken, for servers in transition send the same text in both.
 */
final class Chunk {
    /** One for all chunks: a new one for each would be most of what a token costs. */
    private final JsonParser parser;

    private final ByteArrayFeeder feeder;

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

    Chunk() {
        try {
            parser = Json.FACTORY.createNonBlockingByteArrayParser();
        } catch (IOException e) {
            throw new UncheckedIOException("a parser of nothing failed", e);
        }
        feeder = (ByteArrayFeeder) parser.getNonBlockingInputFeeder();
    }

    /**
     * Reads a JSON object.
     *
     * @return false if it is none; nothing more can be read then
     */
    boolean read(byte[] json, int length) {
        clear();
        try {
            feeder.feedInput(json, 0, length);
            if (parser.nextToken() != JsonToken.START_OBJECT) return false;
            root();
            return parser.nextToken() == JsonToken.NOT_AVAILABLE;
        } catch (IOException e) {
            clear();
            return false; // the caller says what it means where it stands
        }
    }

    /** Within the object there must be a next token. */
    private JsonToken next() throws IOException {
        JsonToken token = parser.nextToken();
        if (token == null || token == JsonToken.NOT_AVAILABLE)
            throw new JsonEOFException(parser, token, "the object does not end");
        return token;
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

    private void root() throws IOException {
        boolean errorObject = false;
        String message = null;
        String type = null;
        String code = null;
        while (next() == JsonToken.FIELD_NAME) {
            String name = parser.currentName();
            next();
            switch (name) {
                case "choices" -> choices();
                case "usage" -> usage();
                case "error" -> error();
                case "object" -> errorObject = is("error");
                case "message" -> message = scalar();
                case "type" -> type = scalar();
                case "code" -> code = scalar();
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

    private void choices() throws IOException {
        if (!parser.isExpectedStartArrayToken()) {
            parser.skipChildren();
            return;
        }
        while (next() != JsonToken.END_ARRAY) {
            if (parser.currentToken() == JsonToken.START_OBJECT) choice();
            else parser.skipChildren();
        }
    }

    private void choice() throws IOException {
        String textBefore = text;
        String reasoningBefore = reasoning;
        String finishBefore = finish;
        hasChoices = true;
        long index = 0;
        while (next() == JsonToken.FIELD_NAME) {
            String name = parser.currentName();
            next();
            switch (name) {
                case "index" -> index = parser.getValueAsLong(0);
                case "delta", "message" -> delta();
                case "finish_reason" -> finish = scalar();
                default -> parser.skipChildren();
            }
        }
        if (index != 0) {
            text = textBefore;
            reasoning = reasoningBefore;
            finish = finishBefore;
        }
    }

    private void delta() throws IOException {
        if (parser.currentToken() != JsonToken.START_OBJECT) {
            parser.skipChildren();
            return;
        }
        String content = null;
        String refusal = null;
        String thought = null;
        String otherThought = null;
        while (next() == JsonToken.FIELD_NAME) {
            String name = parser.currentName();
            next();
            switch (name) {
                case "content" -> content = scalar();
                case "refusal" -> refusal = scalar();
                case "reasoning" -> thought = scalar();
                case "reasoning_content" -> otherThought = scalar();
                case "tool_calls" -> tools = holdsSomething();
                default -> parser.skipChildren();
            }
        }
        text = either(content, refusal);
        reasoning = either(thought, otherThought);
    }

    private void usage() throws IOException {
        if (parser.currentToken() != JsonToken.START_OBJECT) {
            parser.skipChildren();
            return;
        }
        hasUsage = true;
        while (next() == JsonToken.FIELD_NAME) {
            String name = parser.currentName();
            next();
            switch (name) {
                case "prompt_tokens" -> inputTokens = count();
                case "completion_tokens" -> outputTokens = count();
                case "prompt_tokens_details" -> cachedTokens = detail("cached_tokens");
                case "completion_tokens_details" -> reasoningTokens = detail("reasoning_tokens");
                default -> parser.skipChildren();
            }
        }
        cachedTokens = Math.min(cachedTokens, inputTokens);
        outputTokens = Math.max(outputTokens, reasoningTokens); // some do not count them in
    }

    private long detail(String wanted) throws IOException {
        long found = 0;
        if (parser.currentToken() != JsonToken.START_OBJECT) return found;
        while (next() == JsonToken.FIELD_NAME) {
            String name = parser.currentName();
            next();
            if (name.equals(wanted)) found = count();
            else parser.skipChildren();
        }
        return found;
    }

    private void error() throws IOException {
        switch (parser.currentToken()) {
            case START_OBJECT -> {
                error = true;
                errorObject();
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

    private void errorObject() throws IOException {
        while (next() == JsonToken.FIELD_NAME) {
            String name = parser.currentName();
            next();
            switch (name) {
                case "message" -> errorMessage = scalar();
                case "type" -> errorType = scalar();
                case "code" -> errorCode = scalar();
                default -> parser.skipChildren();
            }
        }
    }

    private long count() throws IOException {
        long count = parser.getValueAsLong(0);
        parser.skipChildren();
        return Math.max(0, count);
    }

    /** A string, or a number or boolean as it is written; null for all else. */
    private @Nullable String scalar() throws IOException {
        parser.skipChildren();
        return parser.currentToken().isScalarValue()
                        && parser.currentToken() != JsonToken.VALUE_NULL
                ? parser.getText()
                : null;
    }

    private boolean holdsSomething() throws IOException {
        if (!parser.isExpectedStartArrayToken()) {
            parser.skipChildren();
            return false;
        }
        boolean some = false;
        while (next() != JsonToken.END_ARRAY) {
            some = true;
            parser.skipChildren();
        }
        return some;
    }

    /** Compares without making a string. */
    private boolean is(String text) throws IOException {
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
