package dev.loadline.app;

import dev.loadline.app.settings.ModelEntry;
import dev.loadline.app.settings.Secret;
import dev.loadline.app.settings.Settings;
import dev.loadline.model.AnthropicSettings;
import dev.loadline.model.DefaultModel;
import dev.loadline.model.ModelSettings;
import dev.loadline.model.OllamaProbe;
import dev.loadline.model.OpenAiSettings;
import dev.loadline.model.RehearsalSettings;

import io.vertx.core.Future;
import io.vertx.core.Vertx;

import org.jspecify.annotations.Nullable;

import java.util.List;
import java.util.Map;

/**
 * The models to serve with: those of the configuration, else the one that the environment offers.
 *
 * @param chosen by name, as agents name them
 * @param why for the start-up line
 */
record ModelChoice(List<ModelSettings> chosen, String why) {
    static Future<ModelChoice> of(Settings settings, Map<String, String> environment, Vertx vertx) {
        if (!settings.models().isEmpty()) {
            List<ModelSettings> all =
                    settings.models().values().stream().map(ModelChoice::settings).toList();
            return Future.succeededFuture(
                    new ModelChoice(
                            all,
                            String.join(", ", settings.models().keySet()) + ", as configured"));
        }
        return DefaultModel.choose(environment, new OllamaProbe(vertx))
                .map(
                        found ->
                                new ModelChoice(
                                        List.of(named(found.settings(), Settings.BUILT_IN_MODEL)),
                                        found.why()));
    }

    private static ModelSettings settings(ModelEntry entry) {
        return switch (entry) {
            case ModelEntry.Rehearsal plays -> new RehearsalSettings(plays.name());
            case ModelEntry.OpenAi openAi ->
                    new OpenAiSettings(
                            openAi.name(),
                            openAi.url().toString(),
                            key(openAi.apiKey()),
                            openAi.model(),
                            openAi.limitGroup(),
                            normal(openAi.normal()),
                            price(openAi.price()));
            case ModelEntry.Anthropic anthropic ->
                    new AnthropicSettings(
                            anthropic.name(),
                            anthropic.url().toString(),
                            key(anthropic.apiKey()),
                            anthropic.model(),
                            anthropic.limitGroup(),
                            normal(anthropic.normal()),
                            price(anthropic.price()),
                            anthropic.version(),
                            anthropic.maxTokens());
        };
    }

    private static String key(@Nullable Secret key) {
        return key == null ? "" : key.value();
    }

    private static ModelSettings.Normal normal(ModelEntry.Normal normal) {
        return new ModelSettings.Normal(normal.firstToken(), normal.gap());
    }

    private static ModelSettings.@Nullable Price price(ModelEntry.@Nullable Price price) {
        return price == null ? null : new ModelSettings.Price(price.input(), price.output());
    }

    private static ModelSettings named(ModelSettings found, String name) {
        return switch (found) {
            case RehearsalSettings plays -> new RehearsalSettings(name, plays.pace());
            case OpenAiSettings openAi ->
                    new OpenAiSettings(
                            name,
                            openAi.url(),
                            openAi.apiKey(),
                            openAi.model(),
                            name,
                            openAi.normal(),
                            openAi.price());
            case AnthropicSettings anthropic ->
                    new AnthropicSettings(
                            name,
                            anthropic.url(),
                            anthropic.apiKey(),
                            anthropic.model(),
                            name,
                            anthropic.normal(),
                            anthropic.price(),
                            anthropic.version(),
                            anthropic.maxTokens());
        };
    }
}
