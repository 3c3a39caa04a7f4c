package dev.loadline.model;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Goal: each server is told the bound of an answer by the name it knows. */
class OpenAiBodyTest {
    @ParameterizedTest
    @CsvSource({
        "api.openai.com, max_completion_tokens",
        "eu.api.openai.com, max_completion_tokens",
        "mine.openai.azure.com, max_completion_tokens",
        "127.0.0.1, max_tokens",
        "openai.com.example, max_tokens",
        "openrouter.ai, max_tokens",
    })
    void the_bound_has_the_servers_name(String host, String name) {
        assertThat(OpenAiBody.maxTokens(host)).isEqualTo(name);
    }
}
