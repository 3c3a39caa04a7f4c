package dev.loadline.model;

import static dev.loadline.model.FakeAnswer.quoted;

/**
 * A server that speaks Anthropic's messages; greets where nothing else is scripted. The answers
 * that it may be told to give are made here, too, and put together by {@link FakeAnswer#then}.
 */
public final class FakeAnthropic extends FakeProvider {
    private FakeAnthropic() {
        super("fake-anthropic", stream("Hello", " there", "!"));
    }

    public static FakeAnthropic start() {
        return new FakeAnthropic();
    }

    @Override
    public String url() {
        return "http://127.0.0.1:" + port();
    }

    /** A whole good answer in one text block, of 7 tokens in and 3 out. */
    public static FakeAnswer stream(String... texts) {
        return begun().then(texts(texts)).then(ended("end_turn"));
    }

    /** Headers, the start of the message and of a text block, and a ping. */
    public static FakeAnswer begun() {
        return opened().then(block(0, "{\"type\":\"text\",\"text\":\"\"}")).then(ping());
    }

    /** Headers and the start of the message; its usage guesses the output. */
    public static FakeAnswer opened() {
        return FakeAnswer.head(200, "text/event-stream; charset=utf-8")
                .then(
                        event(
                                "message_start",
                                "\"message\":{\"id\":\"msg_1\",\"type\":\"message\",\"role\":\"assistant\","
                                        + "\"model\":\"some-model\",\"content\":[],\"stop_reason\":null,"
                                        + "\"stop_sequence\":null,\"usage\":{\"input_tokens\":7,"
                                        + "\"cache_creation_input_tokens\":0,"
                                        + "\"cache_read_input_tokens\":0,\"output_tokens\":1,"
                                        + "\"service_tier\":\"standard\"}}"));
    }

    /** Any event: its type twice, as the protocol has it, and further members. */
    public static FakeAnswer event(String type, String members) {
        return FakeAnswer.empty().write(wire(type, members));
    }

    static String wire(String type, String members) {
        return "event: %s\ndata: {\"type\":\"%s\"%s}\n\n"
                .formatted(type, type, members.isEmpty() ? "" : "," + members);
    }

    public static FakeAnswer ping() {
        return event("ping", "");
    }

    public static FakeAnswer block(int index, String block) {
        return event(
                "content_block_start", "\"index\":%d,\"content_block\":%s".formatted(index, block));
    }

    public static FakeAnswer blockEnd(int index) {
        return event("content_block_stop", "\"index\":" + index);
    }

    public static FakeAnswer delta(String delta) {
        return event("content_block_delta", "\"index\":0,\"delta\":" + delta);
    }

    public static FakeAnswer texts(String... texts) {
        FakeAnswer all = FakeAnswer.empty();
        for (String text : texts)
            all = all.then(delta("{\"type\":\"text_delta\",\"text\":" + quoted(text) + "}"));
        return all;
    }

    public static FakeAnswer thinking(String text) {
        return delta("{\"type\":\"thinking_delta\",\"thinking\":" + quoted(text) + "}");
    }

    /** Why it stops, and a usage as JSON. */
    public static FakeAnswer stops(String reason, String usage) {
        return event(
                "message_delta",
                "\"delta\":{\"stop_reason\":\"%s\",\"stop_sequence\":null},\"usage\":%s"
                        .formatted(reason, usage));
    }

    /** All that follows the last delta of the only block. */
    public static FakeAnswer ended(String reason) {
        return blockEnd(0).then(stops(reason, "{\"output_tokens\":3}")).then(stop());
    }

    public static FakeAnswer stop() {
        return event("message_stop", "");
    }

    /** An error's body, or an event's members without the type. */
    public static String error(String type, String message) {
        return "{\"type\":\"error\","
                + errorMembers(type, message)
                + ",\"request_id\":\"req_011\"}";
    }

    public static FakeAnswer errorInside(String type, String message) {
        return event("error", errorMembers(type, message));
    }

    private static String errorMembers(String type, String message) {
        return "\"error\":{\"type\":\"%s\",\"message\":%s}".formatted(type, quoted(message));
    }
}
