package dev.loadline.transport;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;

import dev.loadline.core.Json;
import dev.loadline.core.Usage;
import dev.loadline.turn.Feed;
import dev.loadline.turn.Finish;
import dev.loadline.turn.Timings;
import dev.loadline.turn.TurnEvent;

import org.junit.jupiter.api.AfterEach;

import java.util.List;

/** One client at a door for chat completions, and a turn's feed behind it. Time is by hand. */
abstract class ChatDoor {
    static final Usage USED = new Usage(7, 2, 5, 1, null, 1, null);
    static final String CHAT = "/v1/chat/completions";

    final TestServer server = new TestServer();
    final Wire wire = server.wire();

    @AfterEach
    void close() {
        wire.close();
        server.close();
    }

    /** A whole turn, as the engine writes one. */
    static void says(Feed feed) {
        begins(feed);
        feed.text("Hello ");
        feed.text("there");
        feed.happened(new TurnEvent.Completed(Finish.STOP, USED, Timings.NONE, null));
    }

    static void begins(Feed feed) {
        feed.happened(new TurnEvent.Started("n1", 1));
        feed.stepBegins(1);
    }

    static void ends(Feed feed, Finish finish) {
        feed.happened(new TurnEvent.Completed(finish, USED, Timings.NONE, null));
    }

    /** The turn is named by its text. */
    static String body(String text, String rest) {
        return "{\"model\":\"assistant\",\"messages\":[{\"role\":\"user\",\"content\":\""
                + text
                + "\"}]"
                + rest
                + "}";
    }

    Wire.Answer whole(String text, String... headers) {
        return wire.post(CHAT, body(text, ""), headers).answer();
    }

    void stream(String text, String rest, String... headers) {
        wire.post(CHAT, body(text, ",\"stream\":true" + rest), headers);
        Wire.Answer head = wire.head();
        assertThat(head.status()).isEqualTo(200);
        assertThat(head.header("content-type")).isEqualTo("text/event-stream; charset=utf-8");
        assertThat(head.header("x-request-id")).isNotEmpty();
        Wire.Event first = wire.event().orElseThrow();
        assertThat(first.comment()).as("at once, before any token").isEqualTo(":");
    }

    /** The data of what comes until the response ends. */
    List<String> rest() {
        return wire.events().stream()
                .peek(event -> assertThat(event.type() + event.id()).isEmpty())
                .map(Wire.Event::data)
                .filter(data -> !data.isEmpty())
                .toList();
    }

    static String chunk(String choices, String usage) {
        return "{\"id\":\"chatcmpl-a\",\"object\":\"chat.completion.chunk\",\"created\":0,"
                + "\"model\":\"assistant\",\"choices\":["
                + choices
                + "]"
                + usage
                + "}";
    }

    static String delta(String delta, String finish) {
        return "{\"index\":0,\"delta\":{"
                + delta
                + "},\"logprobs\":null,\"finish_reason\":"
                + finish
                + "}";
    }

    static final String USAGE =
            "{\"prompt_tokens\":7,\"completion_tokens\":5,\"total_tokens\":12,"
                    + "\"prompt_tokens_details\":{\"cached_tokens\":2},"
                    + "\"completion_tokens_details\":{\"reasoning_tokens\":1}}";

    static final String ROLE =
            chunk(delta("\"role\":\"assistant\",\"content\":\"\",\"refusal\":null", "null"), "");

    static String text(String text) {
        return chunk(delta("\"content\":\"" + text + "\"", "null"), "");
    }

    static JsonNode error(String data) {
        return Json.read(data, JsonNode.class).get("error");
    }
}
