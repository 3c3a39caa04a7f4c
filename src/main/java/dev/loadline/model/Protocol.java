package dev.loadline.model;

import io.vertx.core.MultiMap;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.RequestOptions;

import org.jspecify.annotations.Nullable;

import java.time.Duration;

/**
 * What a provider's protocol has of its own; all else of a call is {@link RemoteCall}'s. Any
 * thread.
 */
sealed interface Protocol permits OpenAiProtocol, AnthropicProtocol {
    static Protocol of(RemoteSettings settings) {
        return switch (settings) {
            case OpenAiSettings openAi -> new OpenAiProtocol(openAi);
            case AnthropicSettings anthropic -> new AnthropicProtocol(anthropic);
        };
    }

    /** What is asked, behind the URL of the settings. */
    String path();

    /** Adds the headers that say who asks and how. */
    void sign(RequestOptions request);

    Buffer body(ModelRequest asked);

    /** For one answer. */
    Chunk chunk();

    Failures failures();

    /**
     * How long to wait by an answer's headers, which say that nothing is left of a limit; zero:
     * they name no time. Null: they say nothing of the kind.
     */
    @Nullable Duration spent(MultiMap headers, long nowMillis);

    /** What the provider's word for the end means; null: it failed. */
    ModelAnswer.@Nullable Reason reason(String finish);
}
