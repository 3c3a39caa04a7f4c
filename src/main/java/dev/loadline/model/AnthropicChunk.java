package dev.loadline.model;

import com.fasterxml.jackson.core.JsonToken;

import org.jspecify.annotations.Nullable;

import java.io.IOException;

/**
 * An event of a message stream, or a whole message. Its members may come in any order, so what one
 * means is decided at its end. Unknown events, blocks and deltas say nothing.
 *
 * <p>The usage that is told is cumulative: a number that an event leaves out stays what it was. It
 * counts once an event after the start has told it, for the start only guesses the output.
 */
final class AnthropicChunk extends Chunk {
    private enum Event {
        BLOCK_DELTA("content_block_delta"),
        BLOCK_START("content_block_start"),
        PING("ping"),
        MESSAGE_DELTA("message_delta"),
        MESSAGE_START("message_start"),
        MESSAGE_STOP("message_stop"),
        WHOLE("message"),
        ERROR("error"),
        OTHER("");

        private static final Event[] ALL = values();

        final String word;

        Event(String word) {
            this.word = word;
        }
    }

    private enum Part {
        TEXT,
        THINKING,
        CALL,
        OTHER
    }

    // of the event being read
    private Event event = Event.OTHER;
    private Part part = Part.OTHER;
    private @Nullable String partText;
    private @Nullable String partThinking;
    private @Nullable String partId;
    private @Nullable String partName;
    private @Nullable String partInput; // a whole one; a stream's block begins with an empty one
    private @Nullable String partPiece;
    private int block;
    private boolean tellsUsage;

    // of the message so far
    private @Nullable String stop;
    private long input;
    private long written;
    private long read;
    private long output;
    private long thinking;

    @Override
    void root() throws IOException {
        event = Event.OTHER;
        block = -1;
        forgetPart();
        tellsUsage = false;
        for (String name = member(); name != null; name = member()) {
            switch (name) {
                case "type" -> event = event();
                case "index" -> block = index();
                case "delta", "content_block" -> part();
                case "message" -> message();
                case "content" -> content();
                case "usage" -> usage();
                case "stop_reason" -> stopReason();
                case "error" -> error();
                default -> parser.skipChildren();
            }
        }
        decide();
    }

    private void decide() {
        switch (event) {
            case BLOCK_DELTA -> speak();
            case BLOCK_START -> {
                speak();
                quiet = part != Part.TEXT;
            }
            case MESSAGE_DELTA -> tellUsage();
            case MESSAGE_STOP -> {
                finish = stop == null ? "end_turn" : stop;
                last = true;
            }
            case WHOLE -> {
                hasAnswer = true;
                finish = stop;
                tellUsage();
            }
            case PING -> idle = true;
            case ERROR -> error = true;
            case MESSAGE_START, OTHER -> {}
        }
    }

    private void forgetPart() {
        part = Part.OTHER;
        partText = null;
        partThinking = null;
        partId = null;
        partName = null;
        partInput = null;
        partPiece = null;
    }

    private void speak() {
        switch (part) {
            case TEXT -> text = partText;
            case THINKING -> reasoning = partThinking;
            case CALL -> {
                works = event == Event.BLOCK_DELTA;
                pieces.add(new CallPieces.Piece(block, partId, partName, partPiece));
            }
            case OTHER -> {}
        }
    }

    private void tellUsage() {
        hasUsage = tellsUsage;
        inputTokens = input + written + read;
        cachedTokens = read;
        outputTokens = Math.max(output, thinking);
        reasoningTokens = thinking;
    }

    private Event event() throws IOException {
        for (Event candidate : Event.ALL) if (is(candidate.word)) return candidate;
        parser.skipChildren();
        return Event.OTHER;
    }

    /** A delta or a block, whose kinds have the same names but for their ends. */
    private void part() throws IOException {
        if (!isObject()) return;
        for (String name = member(); name != null; name = member()) {
            switch (name) {
                case "type" -> part = kind();
                case "text" -> partText = scalar();
                case "thinking" -> partThinking = scalar();
                case "id" -> partId = scalar();
                case "name" -> partName = scalar();
                case "input" -> partInput = textOrJson();
                case "partial_json" -> partPiece = scalar();
                case "stop_reason" -> stopReason();
                default -> parser.skipChildren();
            }
        }
    }

    private Part kind() throws IOException {
        if (is("text_delta") || is("text")) return Part.TEXT;
        if (is("thinking_delta") || is("thinking")) return Part.THINKING;
        if (is("input_json_delta") || is("tool_use")) return Part.CALL;
        parser.skipChildren();
        return Part.OTHER;
    }

    private void stopReason() throws IOException {
        String told = scalar();
        if (told != null) stop = told;
    }

    /** That which a stream opens with; or the words of an error that is not wrapped. */
    private void message() throws IOException {
        if (parser.currentToken() != JsonToken.START_OBJECT) {
            errorMessage = scalar();
            return;
        }
        for (String name = member(); name != null; name = member()) {
            if (name.equals("usage")) usage();
            else parser.skipChildren();
        }
    }

    /** The blocks of a whole message. */
    private void content() throws IOException {
        if (!isArray()) return;
        var texts = new StringBuilder();
        var thoughts = new StringBuilder();
        while (next() != JsonToken.END_ARRAY) {
            forgetPart();
            part();
            if (part == Part.TEXT && partText != null) texts.append(partText);
            if (part == Part.THINKING && partThinking != null) thoughts.append(partThinking);
            if (part == Part.CALL)
                pieces.add(new CallPieces.Piece(pieces.size(), partId, partName, partInput));
        }
        text = texts.toString();
        reasoning = thoughts.toString();
    }

    private void usage() throws IOException {
        if (!isObject()) return;
        tellsUsage = true;
        for (String name = member(); name != null; name = member()) {
            switch (name) {
                case "input_tokens" -> input = told(input);
                case "cache_creation_input_tokens" -> written = told(written);
                case "cache_read_input_tokens" -> read = told(read);
                case "output_tokens" -> output = told(output);
                case "output_tokens_details" -> {
                    if (isObject()) details();
                }
                default -> parser.skipChildren();
            }
        }
    }

    private void details() throws IOException {
        for (String name = member(); name != null; name = member()) {
            if (name.equals("thinking_tokens")) thinking = told(thinking);
            else parser.skipChildren();
        }
    }

    private long told(long before) throws IOException {
        if (parser.currentToken().isNumeric()) return count();
        parser.skipChildren();
        return before;
    }
}
