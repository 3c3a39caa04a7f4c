package dev.loadline.model;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.util.Optional;
import java.util.concurrent.TimeUnit;

/** Goal: an Ollama is found, and nothing else stops the start. Method: answers over a socket. */
class OllamaProbeTest extends OpenAiWorld {
    @Test
    void takes_the_first_model_that_talks() throws Exception {
        server.next(
                FakeAnswer.status(
                        200,
                        """
                        {"models":[{"name":"nomic-embed-text:latest"},
                          {"name":"all-minilm","details":{"family":"bert"}},
                          {"name":"llama3.2:3b","details":{"family":"llama"}},{"name":"other"}]}"""));
        assertThat(probe()).contains("llama3.2:3b");
        assertThat(server.request(1).path()).isEqualTo("/api/tags");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{\"models\":[]}",
                "{\"models\":null}",
                "[]",
                "<html>",
                "",
                "{\"models\":[{}]}"
            })
    void anything_else_is_no_ollama(String body) throws Exception {
        server.next(FakeAnswer.status(200, body.isEmpty() ? " " : body));
        assertThat(probe()).isEmpty();
    }

    @Test
    void neither_silence_nor_floods_nor_refusals_hold_up_the_start() throws Exception {
        server.next(
                FakeAnswer.hang(),
                FakeAnswer.head(200, "application/json").write("{\"models\":[").stall(),
                FakeAnswer.head(200, "application/json").repeat("x".repeat(10_000), 100_000),
                FakeAnswer.begun().reset(),
                FakeAnswer.status(404, "{\"models\":[{\"name\":\"x\"}]}"));
        for (int i = 0; i < 5; i++) {
            long before = System.nanoTime();
            assertThat(probe()).isEmpty();
            assertThat(System.nanoTime() - before).isLessThan(TimeUnit.SECONDS.toNanos(3));
        }
    }

    private Optional<String> probe() throws Exception {
        return new OllamaProbe(vertx, "http://127.0.0.1:" + server.port())
                .firstModel()
                .toCompletionStage()
                .toCompletableFuture()
                .get(10, TimeUnit.SECONDS);
    }
}
