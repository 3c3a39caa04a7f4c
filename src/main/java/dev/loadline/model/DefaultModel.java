package dev.loadline.model;

import io.vertx.core.Future;

import org.jspecify.annotations.Nullable;

import java.util.Map;
import java.util.Optional;

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
     *       OpenAI-compatible server that is sent no key; or {@code <model>} at {@code
     *       OPENAI_BASE_URL} with {@code OPENAI_API_KEY}
     *   <li>{@code OPENAI_API_KEY} or {@code OPENAI_BASE_URL} (default: OpenAI's), model {@code
     *       OPENAI_MODEL} (default: {@value #OPENAI_MODEL})
     *   <li>an Ollama on loopback, its first model
     *   <li>the rehearsal model
     * </ol>
     *
     * {@code ANTHROPIC_API_KEY} alone is not supported yet: the sentence says so. A variable that
     * is set to nothing counts as not set.
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
        String anthropic =
                env(env, "ANTHROPIC_API_KEY") == null
                        ? ""
                        : "ANTHROPIC_API_KEY is set, but Anthropic is not supported yet; ";
        return probe.firstModel()
                .map(found -> found.isPresent() ? ollama(found.get(), anthropic) : none(anthropic));
    }

    private static @Nullable DefaultModel fromEnvironment(Map<String, String> env) {
        String named = env(env, "LOADLINE_MODEL");
        if (named != null && named.equalsIgnoreCase("rehearsal"))
            return rehearsal("LOADLINE_MODEL names the rehearsal model; it is not a real model");
        int at = named == null ? -1 : named.lastIndexOf("@http");
        if (named != null && at > 0)
            return openAi("LOADLINE_MODEL", named.substring(0, at), named.substring(at + 1), "");
        String key = env(env, "OPENAI_API_KEY");
        String url = env(env, "OPENAI_BASE_URL");
        if (key == null && url == null) {
            if (named == null) return null;
            throw new IllegalArgumentException(
                    "LOADLINE_MODEL must be rehearsal, <model>@<url>, or a model's name with"
                            + " OPENAI_API_KEY or OPENAI_BASE_URL set");
        }
        String model = named != null ? named : env(env, "OPENAI_MODEL");
        String from =
                named != null
                        ? "LOADLINE_MODEL"
                        : key != null ? "OPENAI_API_KEY" : "OPENAI_BASE_URL";
        return openAi(
                from,
                model == null ? OPENAI_MODEL : model,
                url == null ? OPENAI : url,
                key == null ? "" : key);
    }

    private static DefaultModel openAi(String from, String model, String url, String key) {
        OpenAiSettings settings;
        try {
            settings =
                    new OpenAiSettings(
                            NAME, url, key, model, NAME, ModelSettings.Normal.DEFAULT, null);
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException(from + ": " + e.getMessage(), e);
        }
        return new DefaultModel(settings, "%s at %s, by %s".formatted(model, settings.url(), from));
    }

    private static DefaultModel ollama(String model, String before) {
        var settings =
                new OpenAiSettings(
                        NAME,
                        OllamaProbe.URL + "/v1",
                        "",
                        model,
                        NAME,
                        ModelSettings.Normal.DEFAULT,
                        null);
        return new DefaultModel(
                settings, before + "%s of the Ollama on this machine".formatted(model));
    }

    private static DefaultModel none(String before) {
        return rehearsal(
                before
                        + "no model is configured and none was found, so the rehearsal model"
                        + " answers; it is not a real model");
    }

    private static DefaultModel rehearsal(String why) {
        return new DefaultModel(new RehearsalSettings(NAME), why);
    }

    private static @Nullable String env(Map<String, String> env, String name) {
        String value = env.get(name);
        return value == null || value.isBlank() ? null : value.strip();
    }
}
