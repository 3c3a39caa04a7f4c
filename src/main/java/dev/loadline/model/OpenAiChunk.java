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
                case "tool_calls" -> works = holdsSomething();
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

    private boolean holdsSomething() throws IOException {
        if (!isArray()) return false;
        boolean some = false;
        while (next() != JsonToken.END_ARRAY) {
            some = true;
            parser.skipChildren();
        }
        return some;
    }

    private static @Nullable String either(@Nullable String first, @Nullable String second) {
        return first != null && !first.isEmpty() ? first : second;
    }
}
