package dev.loadline.model;

/** What the socket tests of the anthropic provider share. */
abstract class AnthropicWorld extends ProviderWorld {
    AnthropicWorld() {
        super(FakeAnthropic.start());
    }

    static AnthropicSettings settings(String url, String version) {
        return new AnthropicSettings(
                "main",
                url,
                KEY,
                "some-model",
                "main",
                ModelSettings.Normal.DEFAULT,
                new ModelSettings.Price(0.25, 2.00),
                version,
                AnthropicSettings.DEFAULT_MAX_TOKENS);
    }

    @Override
    RemoteSettings settingsAt(String url) {
        return settings(url, AnthropicSettings.DEFAULT_VERSION);
    }
}
