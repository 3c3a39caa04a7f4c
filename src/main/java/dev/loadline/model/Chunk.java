package dev.loadline.model;

import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.async.ByteArrayFeeder;
import com.fasterxml.jackson.core.io.JsonEOFException;

import dev.loadline.core.Json;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;

/**
 * What one chunk of a streamed answer says, or a whole answer that was not streamed, or an error
 * body: read by a streaming parser straight into these fields, which the next {@link #read}
 * replaces. No tree is built. One per answer. Not thread-safe.
 */
abstract class Chunk {
    /** One for all chunks: a new one for each would be most of what a token costs. */
    final JsonParser parser;

    private final ByteArrayFeeder feeder;

    @Nullable String text;
    @Nullable String reasoning;

    /** The provider's word for why the answer is over. */
    @Nullable String finish;

    /** True if the model works on something that is not told. */
    boolean works;

    /** Pieces of the tool calls that it asks for; empty for almost all chunks. */
    final List<CallPieces.Piece> pieces = new ArrayList<>();

    /** True if a part begins of which nothing may be heard for long. */
    boolean quiet;

    /** True if it only keeps the connection open. */
    boolean idle;

    /** True if nothing follows. */
    boolean last;

    /** True if it has the form of an answer, even if it says nothing. */
    boolean hasAnswer;

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

    /** Reads the object whose start is the current token, to its end. */
    abstract void root() throws IOException;

    /**
     * Reads a JSON object.
     *
     * @return false if it is none; nothing more can be read then
     */
    final boolean read(byte[] json, int length) {
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

    private void clear() {
        text = null;
        reasoning = null;
        finish = null;
        works = false;
        if (!pieces.isEmpty()) pieces.clear();
        quiet = false;
        idle = false;
        last = false;
        hasAnswer = false;
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

    /** Within the object there must be a next token. */
    final JsonToken next() throws IOException {
        JsonToken token = parser.nextToken();
        if (token == null || token == JsonToken.NOT_AVAILABLE)
            throw new JsonEOFException(parser, token, "the object does not end");
        return token;
    }

    /**
     * The name of the next member, whose value is the current token then; null at the object's end.
     */
    final @Nullable String member() throws IOException {
        if (next() != JsonToken.FIELD_NAME) return null;
        String name = parser.currentName();
        next();
        return name;
    }

    /** True if the current value is an object; another one is passed over. */
    final boolean isObject() throws IOException {
        if (parser.currentToken() == JsonToken.START_OBJECT) return true;
        parser.skipChildren();
        return false;
    }

    /** True if the current value is an array; another one is passed over. */
    final boolean isArray() throws IOException {
        if (parser.isExpectedStartArrayToken()) return true;
        parser.skipChildren();
        return false;
    }

    /** Reads {@code error} in any of its forms. */
    final void error() throws IOException {
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
        for (String name = member(); name != null; name = member()) {
            switch (name) {
                case "message" -> errorMessage = scalar();
                case "type" -> errorType = scalar();
                case "code" -> errorCode = scalar();
                case "details" -> errorDetails();
                default -> parser.skipChildren();
            }
        }
    }

    private void errorDetails() throws IOException {
        if (!isObject()) return;
        for (String name = member(); name != null; name = member()) {
            if (name.equals("error_code")) errorCode = scalar();
            else parser.skipChildren();
        }
    }

    /** One number of an object; zero where it is none or does not hold it. */
    final long detail(String wanted) throws IOException {
        long found = 0;
        if (!isObject()) return found;
        for (String name = member(); name != null; name = member()) {
            if (name.equals(wanted)) found = count();
            else parser.skipChildren();
        }
        return found;
    }

    /** A place in an array; -1 where it is none. */
    final int index() throws IOException {
        int index = parser.getValueAsInt(-1);
        parser.skipChildren();
        return Math.max(-1, index);
    }

    final long count() throws IOException {
        long count = parser.getValueAsLong(0);
        parser.skipChildren();
        return Math.max(0, count);
    }

    /** A string as it is; an object or an array as its JSON. Null for all else. */
    final @Nullable String textOrJson() throws IOException {
        if (!parser.currentToken().isStructStart()) return scalar();
        var text = new StringWriter();
        try (JsonGenerator json = Json.FACTORY.createGenerator(text)) {
            int depth = 0;
            for (JsonToken token = parser.currentToken(); ; token = next()) {
                json.copyCurrentEvent(parser);
                if (token.isStructStart()) depth++;
                if (token.isStructEnd() && --depth == 0) break;
            }
        }
        return text.toString();
    }

    /** A string, or a number or boolean as it is written; null for all else. */
    final @Nullable String scalar() throws IOException {
        parser.skipChildren();
        return parser.currentToken().isScalarValue()
                        && parser.currentToken() != JsonToken.VALUE_NULL
                ? parser.getText()
                : null;
    }

    /** Compares the current string without making one; false for all else, also containers. */
    final boolean is(String text) throws IOException {
        if (parser.currentToken() != JsonToken.VALUE_STRING
                || parser.getTextLength() != text.length()) return false;
        char[] chars = parser.getTextCharacters();
        int at = parser.getTextOffset();
        for (int i = 0; i < text.length(); i++) if (chars[at + i] != text.charAt(i)) return false;
        return true;
    }
}
