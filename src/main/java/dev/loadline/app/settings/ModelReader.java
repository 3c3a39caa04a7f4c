package dev.loadline.app.settings;

import org.jspecify.annotations.Nullable;

import java.net.URI;
import java.net.URISyntaxException;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Supplier;

/** Reads {@code models}. */
final class ModelReader {
    private enum Provider {
        OPENAI,
        ANTHROPIC,
        REHEARSAL
    }

    private static final Map<String, Provider> PROVIDERS =
            Map.of(
                    "openai", Provider.OPENAI,
                    "anthropic", Provider.ANTHROPIC,
                    "rehearsal", Provider.REHEARSAL);

    private ModelReader() {}

    /** A name that is written is in the answer, however wrong the rest of it is. */
    static Map<String, ModelEntry> read(Section root) {
        Map<String, ModelEntry> models = new LinkedHashMap<>();
        root.named("models")
                .forEach(
                        (name, section) -> {
                            if (!Names.MODEL.matcher(name).matches())
                                root.section("models").refuse(name, Names.MODEL_RULE);
                            models.put(name, model(name, section));
                        });
        return models;
    }

    /**
     * A rehearsal reads the others' keys, too, so that one word tries a model's agents without it.
     */
    private static ModelEntry model(String name, Section section) {
        Provider provider = section.choice("provider", PROVIDERS, Provider.OPENAI);
        URI url =
                url(
                        section,
                        provider == Provider.ANTHROPIC
                                ? ModelEntry.Anthropic.DEFAULT_URL
                                : ModelEntry.OpenAi.DEFAULT_URL);
        Secret apiKey = apiKey(section);
        ModelEntry.Normal normal = normal(section);
        ModelEntry.Price price = price(section);
        if (provider != Provider.REHEARSAL && !section.has("model"))
            section.refuse("model", "is missing");
        Supplier<String> model = () -> section.text("model", name);
        Supplier<String> group = () -> section.text("limitGroup", name);
        return section.build(
                switch (provider) {
                    case OPENAI ->
                            () ->
                                    new ModelEntry.OpenAi(
                                            name,
                                            url,
                                            apiKey,
                                            model.get(),
                                            group.get(),
                                            normal,
                                            price);
                    case ANTHROPIC ->
                            () ->
                                    new ModelEntry.Anthropic(
                                            name,
                                            url,
                                            apiKey,
                                            model.get(),
                                            group.get(),
                                            normal,
                                            price,
                                            version(section),
                                            maxTokens(section));
                    case REHEARSAL -> {
                        section.textOrNull("model");
                        version(section);
                        maxTokens(section);
                        yield () -> new ModelEntry.Rehearsal(name, group.get(), normal, price);
                    }
                });
    }

    private static String version(Section section) {
        return section.text("version", ModelEntry.Anthropic.DEFAULT_VERSION);
    }

    private static int maxTokens(Section section) {
        return section.integer("maxTokens", ModelEntry.Anthropic.DEFAULT_MAX_TOKENS);
    }

    private static URI url(Section section, URI otherwise) {
        return section.parsed(
                "url",
                "an http or https address such as http://127.0.0.1:9099/v1, without user, query and fragment",
                ModelReader::base,
                otherwise);
    }

    private static @Nullable Secret apiKey(Section section) {
        String key = section.text("apiKey", "");
        return key.isEmpty() ? null : new Secret(key);
    }

    private static ModelEntry.Normal normal(Section section) {
        Section keys = section.section("normal");
        var otherwise = ModelEntry.Normal.DEFAULT;
        return section.build(
                () ->
                        new ModelEntry.Normal(
                                keys.duration("firstToken", otherwise.firstToken()),
                                keys.duration("gap", otherwise.gap())));
    }

    private static ModelEntry.@Nullable Price price(Section section) {
        Section keys = section.section("price");
        if (!section.has("price")) return null;
        return section.build(
                () -> new ModelEntry.Price(keys.decimal("input", 0), keys.decimal("output", 0)));
    }

    private static @Nullable URI base(String text) {
        try {
            URI url = new URI(text);
            boolean web = "http".equals(url.getScheme()) || "https".equals(url.getScheme());
            if (!web
                    || url.getHost() == null
                    || url.getUserInfo() != null
                    || url.getQuery() != null
                    || url.getFragment() != null) return null;
            return new URI(text.replaceAll("/+$", ""));
        } catch (URISyntaxException wrong) {
            return null;
        }
    }
}
