package dev.loadline.model;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.Future;

import org.junit.jupiter.api.Test;

import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;

/** Goal: the environment chooses as documented. Method: made-up environments, a made-up Ollama. */
class DefaultModelTest {
    private static final DefaultModel.Probe NONE = () -> Future.succeededFuture(Optional.empty());
    private static final DefaultModel.Probe OLLAMA =
            () -> Future.succeededFuture(Optional.of("llama3.2:3b"));

    @Test
    void nothing_at_all_is_rehearsed() {
        DefaultModel chosen = choose(Map.of("OPENAI_API_KEY", " "), NONE);
        assertThat(chosen.settings()).isEqualTo(new RehearsalSettings("main"));
        assertThat(chosen.why()).contains("not a real model");
    }

    @Test
    void an_ollama_on_this_machine_is_taken() {
        var settings = (OpenAiSettings) choose(Map.of(), OLLAMA).settings();
        assertThat(settings.url()).isEqualTo("http://127.0.0.1:11434/v1");
        assertThat(settings.model()).isEqualTo("llama3.2:3b");
        assertThat(settings.apiKey()).isEmpty();
    }

    @Test
    void a_key_goes_before_an_ollama_that_is_not_even_asked() {
        var asked = new AtomicInteger();
        DefaultModel chosen =
                choose(
                        Map.of("OPENAI_API_KEY", "sk-secret"),
                        () -> {
                            asked.incrementAndGet();
                            return OLLAMA.firstModel();
                        });
        var settings = (OpenAiSettings) chosen.settings();
        assertThat(settings.url()).isEqualTo("https://api.openai.com/v1");
        assertThat(settings.model()).isEqualTo("gpt-4o-mini");
        assertThat(settings.apiKey()).isEqualTo("sk-secret");
        assertThat(chosen.why()).contains("OPENAI_API_KEY").doesNotContain("sk-secret");
        assertThat(chosen.toString()).doesNotContain("sk-secret");
        assertThat(asked).hasValue(0);
    }

    @Test
    void base_url_and_model_are_heeded() {
        var env =
                Map.of(
                        "OPENAI_API_KEY", "k",
                        "OPENAI_BASE_URL", "http://127.0.0.1:9099/v1/",
                        "OPENAI_MODEL", "some-model");
        var settings = (OpenAiSettings) choose(env, NONE).settings();
        assertThat(settings.url()).isEqualTo("http://127.0.0.1:9099/v1");
        assertThat(settings.model()).isEqualTo("some-model");
        var keyless = Map.of("OPENAI_BASE_URL", "http://127.0.0.1:9099/v1");
        assertThat(((OpenAiSettings) choose(keyless, NONE).settings()).apiKey()).isEmpty();
    }

    @Test
    void anthropic_comes_after_openai_and_before_an_ollama() {
        DefaultModel chosen = choose(Map.of("ANTHROPIC_API_KEY", "sk-ant"), OLLAMA);
        var settings = (AnthropicSettings) chosen.settings();
        assertThat(settings.url()).isEqualTo("https://api.anthropic.com");
        assertThat(settings.model()).isEqualTo("claude-haiku-4-5");
        assertThat(settings.apiKey()).isEqualTo("sk-ant");
        assertThat(chosen.why()).contains("ANTHROPIC_API_KEY").doesNotContain("sk-ant");
        assertThat(chosen.toString()).doesNotContain("sk-ant");
        assertThat(choose(Map.of("ANTHROPIC_API_KEY", "a", "OPENAI_API_KEY", "o"), NONE).settings())
                .isInstanceOf(OpenAiSettings.class);

        var elsewhere =
                Map.of("ANTHROPIC_BASE_URL", "http://127.0.0.1:9098/", "ANTHROPIC_MODEL", "m");
        var there = (AnthropicSettings) choose(elsewhere, NONE).settings();
        assertThat(there.url()).isEqualTo("http://127.0.0.1:9098");
        assertThat(there.model()).isEqualTo("m");
        assertThat(there.apiKey()).isEmpty();
    }

    @Test
    void a_named_model_is_asked_where_it_can_be() {
        var alone = Map.of("LOADLINE_MODEL", "some-model", "ANTHROPIC_API_KEY", "a");
        assertThat(((AnthropicSettings) choose(alone, NONE).settings()).model())
                .isEqualTo("some-model");
        var both =
                Map.of(
                        "LOADLINE_MODEL", "claude-x",
                        "ANTHROPIC_API_KEY", "a",
                        "OPENAI_API_KEY", "o");
        assertThat(((AnthropicSettings) choose(both, NONE).settings()).model())
                .isEqualTo("claude-x");
        var gateway =
                Map.of(
                        "LOADLINE_MODEL", "claude-x",
                        "ANTHROPIC_API_KEY", "a",
                        "OPENAI_BASE_URL", "http://127.0.0.1:4000");
        assertThat(choose(gateway, NONE).settings()).isInstanceOf(OpenAiSettings.class);
    }

    @Test
    void loadline_model_comes_first_in_each_of_its_forms() {
        var key = "sk-secret";
        assertThat(
                        choose(Map.of("LOADLINE_MODEL", "rehearsal", "OPENAI_API_KEY", key), OLLAMA)
                                .settings())
                .isInstanceOf(RehearsalSettings.class);

        var at =
                choose(
                        Map.of(
                                "LOADLINE_MODEL",
                                "@cf/m@http://localhost:1234/v1",
                                "OPENAI_API_KEY",
                                key),
                        NONE);
        var there = (OpenAiSettings) at.settings();
        assertThat(there.model()).isEqualTo("@cf/m");
        assertThat(there.url()).isEqualTo("http://localhost:1234/v1");
        assertThat(there.apiKey()).as("a key is not sent to a server it is not for").isEmpty();

        var bare = choose(Map.of("LOADLINE_MODEL", "gpt-x", "OPENAI_API_KEY", key), NONE);
        assertThat(((OpenAiSettings) bare.settings()).model()).isEqualTo("gpt-x");
    }

    @Test
    void a_wrong_variable_is_named() {
        assertThat(wrong(Map.of("LOADLINE_MODEL", "gpt-x"))).contains("LOADLINE_MODEL");
        assertThat(wrong(Map.of("LOADLINE_MODEL", "m@http://a:b@c/")))
                .contains("LOADLINE_MODEL", "url");
        assertThat(wrong(Map.of("OPENAI_BASE_URL", "localhost:9")))
                .contains("OPENAI_BASE_URL", "url");
        assertThat(wrong(Map.of("ANTHROPIC_BASE_URL", "localhost:9")))
                .contains("ANTHROPIC_BASE_URL", "url");
        assertThat(wrong(Map.of("OPENAI_API_KEY", "a\nb")))
                .contains("apiKey")
                .doesNotContain("a\nb");
    }

    private static String wrong(Map<String, String> env) {
        Future<DefaultModel> chosen = DefaultModel.choose(env, NONE);
        assertThat(chosen.failed()).isTrue();
        assertThat(chosen.cause()).isInstanceOf(IllegalArgumentException.class);
        return chosen.cause().getMessage();
    }

    private static DefaultModel choose(Map<String, String> env, DefaultModel.Probe probe) {
        Future<DefaultModel> chosen = DefaultModel.choose(env, probe);
        assertThat(chosen.succeeded()).isTrue();
        return chosen.result();
    }
}
