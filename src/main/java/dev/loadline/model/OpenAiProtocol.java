package dev.loadline.model;

import io.vertx.core.MultiMap;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.RequestOptions;

import org.jspecify.annotations.Nullable;

import java.net.URI;
import java.time.Duration;

/** Streaming chat completions. Tool calls in an answer are passed over. */
final class OpenAiProtocol implements Protocol {
    private final OpenAiSettings settings;
    private final Failures failures;
    private final String maxTokens;

    OpenAiProtocol(OpenAiSettings settings) {
        this.settings = settings;
        this.failures = new OpenAiFailures(settings.apiKey());
        this.maxTokens = OpenAiBody.maxTokens(URI.create(settings.url()).getHost());
    }

    @Override
    public String path() {
        return "/chat/completions";
    }

    @Override
    public void sign(RequestOptions request) {
        if (!settings.apiKey().isEmpty())
            request.putHeader(HttpHeaders.AUTHORIZATION, "Bearer " + settings.apiKey());
    }

    @Override
    public Buffer body(ModelRequest asked) {
        return OpenAiBody.of(settings.model(), asked, maxTokens);
    }

    @Override
    public Chunk chunk() {
        return new OpenAiChunk();
    }

    @Override
    public @Nullable Duration spent(MultiMap headers, long nowMillis) {
        return LimitHeaders.openAi(headers);
    }

    @Override
    public Failures failures() {
        return failures;
    }

    @Override
    public ModelAnswer.@Nullable Reason reason(String finish) {
        return switch (finish) {
            case "length", "max_tokens" -> ModelAnswer.Reason.LENGTH;
            case "content_filter" -> ModelAnswer.Reason.FILTERED;
            case "error", "abort" -> null;
            default -> ModelAnswer.Reason.STOP;
        };
    }
}
