package dev.loadline.model;

import com.fasterxml.jackson.core.JsonToken;

import org.jspecify.annotations.Nullable;

import java.io.IOException;

/**
 * A chunk of a chat completion.
 *
 * <p>Only the choice with index 0 counts. Of {@code reasoning} and {@code reasoning_content} one is
 * taken, for servers in transition send the same text in both.
 */
final class OpenAiChunk extends Chunk {
    @Override
    void root() throws IOException {
        boolean errorObject = false;
        String message = null;
        String type = null;
        String code = null;
        for (String name = member(); name != null; name = member()) {
            switch (name) {
                case "choices" -> choices();
                case "usage" -> usage();
                case "error" -> error();
                case "object" -> {
                    errorObject = is("error");
                    parser.skipChildren();
                }
                case "message" -> message = scalar();
                case "type" -> type = scalar();
                case "code" -> code = scalar();
                default -> parser.skipChildren();
            }
        }
        if (!error && (errorObject || message != null && !hasAnswer && !hasUsage)) {
            error = true;
            errorMessage = message;
            errorType = type;
            errorCode = code;
        }
    }

    private void choices() throws IOException {
        if (!isArray()) return;
        while (next() != JsonToken.END_ARRAY) if (isObject()) choice();
    }

    private void choice() throws IOException {
        String textBefore = text;
        String reasoningBefore = reasoning;
        String finishBefore = finish;
        int piecesBefore = pieces.size();
        hasAnswer = true;
        long index = 0;
        for (String name = member(); name != null; name = member()) {
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
            while (pieces.size() > piecesBefore) pieces.removeLast();
        }
    }

    private void delta() throws IOException {
        if (!isObject()) return;
        String content = null;
        String refusal = null;
        String thought = null;
        String otherThought = null;
        for (String name = member(); name != null; name = member()) {
            switch (name) {
                case "content" -> content = scalar();
                case "refusal" -> refusal = scalar();
                case "reasoning" -> thought = scalar();
                case "reasoning_content" -> otherThought = scalar();
                case "tool_calls" -> calls();
                default -> parser.skipChildren();
            }
        }
        text = either(content, refusal);
        reasoning = either(thought, otherThought);
    }

    private void usage() throws IOException {
        if (!isObject()) return;
        hasUsage = true;
        for (String name = member(); name != null; name = member()) {
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

    private void calls() throws IOException {
        if (!isArray()) return;
        while (next() != JsonToken.END_ARRAY) if (isObject()) call();
    }

    /** Its members may come in any order. */
    private void call() throws IOException {
        int index = -1;
        String id = null;
        CallPieces.Piece said = null;
        for (String name = member(); name != null; name = member()) {
            switch (name) {
                case "index" -> index = index();
                case "id" -> id = scalar();
                case "function" -> said = function();
                default -> parser.skipChildren();
            }
        }
        works = true;
        pieces.add(
                new CallPieces.Piece(
                        index,
                        id,
                        said == null ? null : said.name(),
                        said == null ? null : said.arguments()));
    }

    private CallPieces.@Nullable Piece function() throws IOException {
        if (!isObject()) return null;
        String name = null;
        String arguments = null;
        for (String member = member(); member != null; member = member()) {
            switch (member) {
                case "name" -> name = scalar();
                case "arguments" -> arguments = textOrJson();
                default -> parser.skipChildren();
            }
        }
        return new CallPieces.Piece(-1, null, name, arguments);
    }

    private static @Nullable String either(@Nullable String first, @Nullable String second) {
        return first != null && !first.isEmpty() ? first : second;
    }
}
