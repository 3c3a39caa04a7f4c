package dev.loadline.model;

/** What the socket tests of the openai provider share. */
abstract class OpenAiWorld extends ProviderWorld {
    OpenAiWorld() {
        super(FakeOpenAi.start());
    }

    static OpenAiSettings settings(String url) {
        return new OpenAiSettings(
                "main",
                url,
                KEY,
                "some-model",
                "main",
                ModelSettings.Normal.DEFAULT,
                new ModelSettings.Price(0.25, 2.00));
    }

    @Override
    RemoteSettings settingsAt(String url) {
        return settings(url);
    }
}
