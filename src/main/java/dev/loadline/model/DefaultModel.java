package dev.loadline.model;

import io.vertx.core.Future;

import org.jspecify.annotations.Nullable;

import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;

/**
 * The model that answers when none is configured.
 *
 * @param why one sentence for the start-up line; holds no secret
 */
public record DefaultModel(ModelSettings settings, String why) {
    /** The name it has where agents name their model. */
    public static final String NAME = "main";

    private static final String OPENAI = "https://api.openai.com/v1";
    private static final String OPENAI_MODEL = "gpt-4o-mini";
    private static final String ANTHROPIC = "https://api.anthropic.com";
    private static final String ANTHROPIC_MODEL = "claude-haiku-4-5";

    private static final DefaultModel NONE =
            rehearsal(
                    "no model is configured and none was found, so the rehearsal model answers; it is"
                            + " not a real model");

    /** Looks for an Ollama on loopback. */
    public interface Probe {
        /** The name of its first model; empty where there is no Ollama or no model. Never fails. */
        Future<Optional<String>> firstModel();
    }

    /**
     * Chooses by the environment, in this order:
     *
     * <ol>
     *   <li>{@code LOADLINE_MODEL}: {@code rehearsal}; or {@code <model>@<url>}, an
     *       OpenAI-compatible server that is sent no key; or {@code <model>} where the next two
     *       would look, at Anthropic's if the name begins with {@code claude} and both are there
     *   <li>{@code OPENAI_API_KEY} or {@code OPENAI_BASE_URL} (default: OpenAI's), model {@code
     *       OPENAI_MODEL} (default: {@value #OPENAI_MODEL})
     *   <li>{@code ANTHROPIC_API_KEY} or {@code ANTHROPIC_BASE_URL} (default: Anthropic's), model
     *       {@code ANTHROPIC_MODEL} (default: {@value #ANTHROPIC_MODEL})
     *   <li>an Ollama on loopback, its first model
     *   <li>the rehearsal model
     * </ol>
     *
     * A variable that is set to nothing counts as not set.
     *
     * @return fails with {@code IllegalArgumentException}, whose message names the variable, if one
     *     is wrong
     */
    public static Future<DefaultModel> choose(Map<String, String> env, Probe probe) {
        try {
            DefaultModel named = fromEnvironment(env);
            if (named != null) return Future.succeededFuture(named);
        } catch (IllegalArgumentException e) {
            return Future.failedFuture(e);
        }
        return probe.firstModel().map(found -> found.map(DefaultModel::ollama).orElse(NONE));
    }

    /** What the environment says of one provider. */
    private record Given(
            String prefix, @Nullable String key, @Nullable String url, @Nullable String model) {
        static Given of(Map<String, String> env, String prefix) {
            return new Given(
                    prefix,
                    env(env, prefix + "_API_KEY"),
                    env(env, prefix + "_BASE_URL"),
                    env(env, prefix + "_MODEL"));
        }

        boolean something() {
            return key != null || url != null;
        }

        String variable() {
            return prefix + (key != null ? "_API_KEY" : "_BASE_URL");
        }

        String keyOrNone() {
            return key == null ? "" : key;
        }
    }

    private static @Nullable DefaultModel fromEnvironment(Map<String, String> env) {
        String named = env(env, "LOADLINE_MODEL");
        if (named != null && named.equalsIgnoreCase("rehearsal"))
            return rehearsal("LOADLINE_MODEL names the rehearsal model; it is not a real model");
        int at = named == null ? -1 : named.lastIndexOf("@http");
        if (named != null && at > 0)
            return openAi("LOADLINE_MODEL", named.substring(0, at), named.substring(at + 1), "");
        Given openAi = Given.of(env, "OPENAI");
        Given anthropic = Given.of(env, "ANTHROPIC");
        if (anthropic.something() && (!openAi.something() || isClaude(named, openAi)))
            return anthropic(anthropic, named);
        if (openAi.something())
            return openAi(
                    named != null ? "LOADLINE_MODEL" : openAi.variable(),
                    first(named, openAi.model, OPENAI_MODEL),
                    first(openAi.url, OPENAI),
                    openAi.keyOrNone());
        if (named == null) return null;
        throw new IllegalArgumentException(
                "LOADLINE_MODEL must be rehearsal, <model>@<url>, or a model's name with"
                        + " OPENAI_API_KEY, OPENAI_BASE_URL, ANTHROPIC_API_KEY or"
                        + " ANTHROPIC_BASE_URL set");
    }

    /** A gateway may have such a model, OpenAI has not. */
    private static boolean isClaude(@Nullable String named, Given openAi) {
        return named != null && named.startsWith("claude") && openAi.url == null;
    }

    private static DefaultModel openAi(String from, String model, String url, String key) {
        return by(
                from,
                () ->
                        new OpenAiSettings(
                                NAME, url, key, model, NAME, ModelSettings.Normal.DEFAULT, null));
    }

    private static DefaultModel anthropic(Given given, @Nullable String named) {
        return by(
                named != null ? "LOADLINE_MODEL" : given.variable(),
                () ->
                        new AnthropicSettings(
                                NAME,
                                first(given.url, ANTHROPIC),
                                given.keyOrNone(),
                                first(named, given.model, ANTHROPIC_MODEL),
                                NAME,
                                ModelSettings.Normal.DEFAULT,
                                null,
                                AnthropicSettings.DEFAULT_VERSION,
                                AnthropicSettings.DEFAULT_MAX_TOKENS));
    }

    private static DefaultModel by(String variable, Supplier<RemoteSettings> made) {
        RemoteSettings settings;
        try {
            settings = made.get();
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException(variable + ": " + e.getMessage(), e);
        }
        return new DefaultModel(
                settings, "%s at %s, by %s".formatted(settings.model(), settings.url(), variable));
    }

    private static DefaultModel ollama(String model) {
        var settings =
                new OpenAiSettings(
                        NAME,
                        OllamaProbe.URL + "/v1",
                        "",
                        model,
                        NAME,
                        ModelSettings.Normal.DEFAULT,
                        null);
        return new DefaultModel(settings, "%s of the Ollama on this machine".formatted(model));
    }

    private static DefaultModel rehearsal(String why) {
        return new DefaultModel(new RehearsalSettings(NAME), why);
    }

    private static String first(@Nullable String... values) {
        for (String value : values) if (value != null) return value;
        throw new IllegalStateException("no default is given");
    }

    private static @Nullable String env(Map<String, String> env, String name) {
        String value = env.get(name);
        return value == null || value.isBlank() ? null : value.strip();
    }
}
