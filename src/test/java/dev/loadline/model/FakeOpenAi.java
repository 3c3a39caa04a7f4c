package dev.loadline.model;

/** An OpenAI-compatible server; greets where nothing else is scripted. */
public final class FakeOpenAi extends FakeProvider {
    private FakeOpenAi() {
        super("fake-openai", FakeAnswer.stream("Hello", " there", "!"));
    }

    public static FakeOpenAi start() {
        return new FakeOpenAi();
    }

    @Override
    public String url() {
        return "http://127.0.0.1:" + port() + "/v1";
    }
}
