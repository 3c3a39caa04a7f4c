package dev.loadline.model;

import io.vertx.core.MultiMap;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.RequestOptions;

import org.jspecify.annotations.Nullable;

import java.time.Duration;

/** Streaming messages. Tool calls in an answer are passed over. */
final class AnthropicProtocol implements Protocol {
    private final AnthropicSettings settings;
    private final AnthropicBody body;
    private final Failures failures;

    AnthropicProtocol(AnthropicSettings settings) {
        this.settings = settings;
        this.body = new AnthropicBody(settings);
        this.failures = new AnthropicFailures(settings.apiKey());
    }

    @Override
    public String path() {
        return settings.url().endsWith("/v1") ? "/messages" : "/v1/messages";
    }

    @Override
    public void sign(RequestOptions request) {
        request.putHeader("anthropic-version", settings.version());
        if (!settings.apiKey().isEmpty()) request.putHeader("x-api-key", settings.apiKey());
    }

    @Override
    public Buffer body(ModelRequest asked) {
        return body.of(asked);
    }

    @Override
    public Chunk chunk() {
        return new AnthropicChunk();
    }

    @Override
    public @Nullable Duration spent(MultiMap headers, long nowMillis) {
        return LimitHeaders.anthropic(headers, nowMillis);
    }

    @Override
    public Failures failures() {
        return failures;
    }

    /** A paused turn waits to be sent back, which nobody does: it is an answer that is cut. */
    @Override
    public ModelAnswer.Reason reason(String finish) {
        return switch (finish) {
            case "max_tokens", "model_context_window_exceeded", "pause_turn" ->
                    ModelAnswer.Reason.LENGTH;
            case "refusal" -> ModelAnswer.Reason.FILTERED;
            default -> ModelAnswer.Reason.STOP;
        };
    }
}
