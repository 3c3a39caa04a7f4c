package dev.loadline.app.settings;

import org.jspecify.annotations.Nullable;

import java.net.URI;
import java.net.URISyntaxException;
import java.util.LinkedHashMap;
import java.util.Map;

/** Reads {@code models}. */
final class ModelReader {
    private enum Provider {
        OPENAI,
        REHEARSAL
    }

    private static final Map<String, Provider> PROVIDERS =
            Map.of("openai", Provider.OPENAI, "rehearsal", Provider.REHEARSAL);

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

    /** All keys are read for each provider, so that one word tries a model's agents without it. */
    private static ModelEntry model(String name, Section section) {
        Provider provider = section.choice("provider", PROVIDERS, Provider.OPENAI);
        URI url =
                section.parsed(
                        "url",
                        "an http or https address such as http://127.0.0.1:9099/v1, without user, query and fragment",
                        ModelReader::base,
                        ModelEntry.OpenAi.DEFAULT_URL);
        String apiKey = section.text("apiKey", "");
        ModelEntry.Normal normal = normal(section);
        ModelEntry.Price price = price(section);
        return switch (provider) {
            case OPENAI -> {
                if (!section.has("model")) section.refuse("model", "is missing");
                yield section.build(
                        () ->
                                new ModelEntry.OpenAi(
                                        name,
                                        url,
                                        apiKey.isEmpty() ? null : new Secret(apiKey),
                                        section.text("model", name),
                                        section.text("limitGroup", name),
                                        normal,
                                        price));
            }
            case REHEARSAL -> {
                section.textOrNull("model");
                yield section.build(
                        () ->
                                new ModelEntry.Rehearsal(
                                        name, section.text("limitGroup", name), normal, price));
            }
        };
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
