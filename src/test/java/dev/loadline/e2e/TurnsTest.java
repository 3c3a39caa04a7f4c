package dev.loadline.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;

import dev.loadline.core.Json;
import dev.loadline.model.FakeAnswer;
import dev.loadline.transport.Wire;

import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/**
 * Goal: a turn goes as API.md says, from the message to its last event. Method: the whole server
 * before a scripted model, over real sockets; what the model was asked is counted and read there.
 */
class TurnsTest extends OneServer {
    @Override
    String settings() {
        return """
        agents:
          assistant: {}
          brief: { limits: { tokens: 500 } }
          cheap: { limits: { cost: 0.5 } }
          narrow: { context: { budget: { tokens: 60 } }, instructions: Be brief. }
          late: { limits: { deadline: 300ms } }
        """;
    }

    @Override
    void prepare(Path directory) throws IOException {
        Path agents = Files.createDirectory(directory.resolve("agents"));
        Files.writeString(
                agents.resolve("poet.yaml"),
                "description: Rhymes.\nmodel: main\ninstructions: You rhyme.\n");
    }

    @Test
    void a_streamed_turn_tells_its_events_in_order_and_the_store_has_the_same_text() {
        model.next(held("Hel", "lo").texts(" there", "!").ended());
        String conversation = api.open("assistant");
        try (SseReader reader = api.stream(conversation, "Hi", "metadata", Map.of("a", "b"))) {
            assertThat(reader.head().header("content-type")).startsWith("text/event-stream");
            assertThat(reader.head().header("loadline-duplicate")).isEqualTo("false");
            reader.untilText("Hello");
            JsonNode running = api.turn(reader.turn());
            assertThat(running.get("status").textValue()).isEqualTo("running");
            assertThat(running.get("text").textValue()).isEqualTo("Hello");
            assertThat(api.conversation(conversation).get("running").textValue())
                    .isEqualTo(reader.turn());
            model.releaseHeld();
            JsonNode last = reader.rest().json();
            assertThat(reader.outline())
                    .containsExactly(
                            "turn.accepted",
                            "turn.started",
                            "context.ready",
                            "text.delta",
                            "turn.completed");
            assertThat(reader.text()).isEqualTo("Hello there!");
            JsonNode accepted = reader.seen().getFirst().json();
            assertThat(accepted.get("conversation").textValue()).isEqualTo(conversation);
            assertThat(accepted.get("agent").textValue()).isEqualTo("assistant");
            assertThat(accepted.get("origin").textValue()).isEqualTo("chat");
            assertThat(accepted.get("input").get("text").textValue()).isEqualTo("Hi");
            assertThat(accepted.get("input").get("role").textValue()).isEqualTo("user");
            JsonNode started = reader.seen().get(1).json();
            assertThat(started.get("attempt").intValue()).isEqualTo(1);
            assertThat(started.get("node").textValue()).isNotBlank();
            JsonNode ready = reader.seen().get(2).json();
            assertThat(ready.get("tokens").intValue()).isPositive();
            assertThat(ready.get("budget").intValue()).isEqualTo(8000);
            assertThat(ready.get("sources").isArray()).isTrue();
            assertThat(last.get("text").textValue()).isEqualTo("Hello there!");
            assertThat(last.get("answer").textValue()).isEqualTo("Hello there!");
            assertThat(last.get("finish").textValue()).isEqualTo("stop");
            assertThat(last.at("/usage/input").intValue()).isEqualTo(7);
            assertThat(last.at("/usage/output").intValue()).isEqualTo(3);
            assertThat(last.at("/usage/modelCalls").intValue()).isEqualTo(1);
            assertThat(last.at("/usage").has("estimated")).isFalse();
            assertThat(last.at("/timings/firstToken").isIntegralNumber()).isTrue();
            holds(conversation, reader.turn(), last);
        }
    }

    /** The turn as it is read later is what the stream told. */
    private void holds(String conversation, String id, JsonNode last) {
        JsonNode turn = api.turn(id);
        assertThat(turn.get("status").textValue()).isEqualTo("completed");
        assertThat(turn.get("text")).isEqualTo(last.get("text"));
        assertThat(turn.get("answer")).isEqualTo(last.get("answer"));
        assertThat(turn.get("usage")).isEqualTo(last.get("usage"));
        assertThat(turn.get("timings")).isEqualTo(last.get("timings"));
        assertThat(turn.at("/steps/0/text")).isEqualTo(last.get("text"));
        assertThat(turn.at("/steps/0/model").textValue()).isEqualTo("main");
        assertThat(turn.at("/metadata/a").textValue()).isEqualTo("b");
        assertThat(turn.get("ended").textValue()).endsWith("Z");
        JsonNode messages = api.messages(conversation);
        assertThat(messages.findValuesAsText("text")).containsExactly("Hi", "Hello there!");
        assertThat(messages.findValuesAsText("role")).containsExactly("user", "assistant");
        assertThat(messages.get(1).has("cut")).isFalse();
        JsonNode conversationNow = api.conversation(conversation);
        assertThat(conversationNow.get("messages").intValue()).isEqualTo(2);
        assertThat(conversationNow.get("title").textValue()).isEqualTo("Hi");
        assertThat(conversationNow.has("running")).isFalse();
    }

    @Test
    void a_turn_submitted_as_json_is_answered_at_once_and_goes_on_alone() {
        String conversation = api.open("assistant");
        Wire.Answer answer = api.say(conversation, "Hi");
        assertThat(answer.status()).isEqualTo(202);
        assertThat(answer.json().get("conversation").textValue()).isEqualTo(conversation);
        assertThat(answer.json().get("duplicate").booleanValue()).isFalse();
        assertThat(answer.header("loadline-turn")).isEqualTo(answer.json().get("turn").textValue());
        assertThat(answer.header("loadline-duplicate")).isEqualTo("false");
        JsonNode turn = api.ended(answer.header("loadline-turn"));
        assertThat(turn.get("text").textValue()).isEqualTo("Hello there!");
    }

    @Test
    void the_next_prompt_holds_what_was_said_in_order() {
        String conversation = api.open("poet");
        api.ended(api.begin(conversation, "First"));
        int asked = model.requests();
        api.ended(api.begin(conversation, "Second"));
        JsonNode body = Json.read(model.request(asked + 1).body(), JsonNode.class);
        assertThat(body.get("model").textValue()).isEqualTo("some-model");
        assertThat(body.get("messages").findValuesAsText("role"))
                .containsExactly("system", "user", "assistant", "user");
        assertThat(body.get("messages").findValuesAsText("content"))
                .containsExactly("You rhyme.", "First", "Hello there!", "Second");
        assertThat(model.request(asked + 1).headers())
                .containsEntry("authorization", "Bearer " + TestServer.KEY);
    }

    @Test
    void the_prompt_after_turns_that_did_not_complete_holds_what_they_said() {
        FakeAnswer broken = FakeAnswer.status(500, "{}"); // asked once more
        model.next(held("Well, "), broken, broken);
        String conversation = api.open("poet");
        try (SseReader cancelled = api.stream(conversation, "First")) {
            cancelled.untilText("Well, ");
            api.post("/api/turns/" + cancelled.turn() + "/cancel", "{}");
        }
        api.ended(api.begin(conversation, "Second"));
        int asked = model.requests();
        api.ended(api.begin(conversation, "Third"));
        JsonNode body = Json.read(model.request(asked + 1).body(), JsonNode.class);
        assertThat(body.get("messages").findValuesAsText("content"))
                .containsExactly("You rhyme.", "First", "Well, ", "Second", "Third");
    }

    @Test
    void agents_come_from_the_file_and_from_the_folder_beside_it() {
        JsonNode agents = api.read("/api/agents").get("items");
        assertThat(agents.findValuesAsText("name")).contains("assistant", "brief", "poet");
        for (JsonNode agent : agents) {
            assertThat(agent.get("model").textValue()).isEqualTo("main");
            assertThat(agent.get("rehearsal").booleanValue()).isFalse();
            assertThat(agent.has("description"))
                    .isEqualTo(agent.get("name").asText().equals("poet"));
        }
        Wire.Answer unknown = api.post("/api/conversations", Api.json("agent", "nobody"));
        assertThat(unknown.status()).isEqualTo(422);
        assertThat(unknown.json().get("code").textValue()).isEqualTo("invalid_request");
        assertThat(unknown.json().at("/errors/0/path").textValue()).isEqualTo("agent");
    }

    @Test
    void reasoning_is_told_apart_and_kept_with_its_step() {
        model.next(
                FakeAnswer.begun()
                        .reasoning("Let me ")
                        .reasoning("think.")
                        .texts("Four", ".")
                        .ended());
        try (SseReader reader = api.stream(api.open("assistant"), "2 + 2?")) {
            JsonNode last = reader.rest().json();
            assertThat(reader.outline())
                    .containsSubsequence("reasoning.delta", "text.delta", "turn.completed");
            assertThat(reader.reasoning()).isEqualTo("Let me think.");
            assertThat(last.get("text").textValue()).isEqualTo("Four.");
            JsonNode step = api.turn(reader.turn()).at("/steps/0");
            assertThat(step.get("text").textValue()).isEqualTo("Four.");
            assertThat(step.get("reasoning").textValue()).isEqualTo("Let me think.");
        }
    }

    @Test
    void usage_that_the_model_does_not_tell_is_estimated_and_said_to_be() {
        model.next(FakeAnswer.begun().texts("Hello there!").finish("stop").done());
        try (SseReader reader = api.stream(api.open("assistant"), "Hi")) {
            JsonNode usage = reader.rest().json().get("usage");
            assertThat(usage.get("estimated").booleanValue()).isTrue();
            assertThat(usage.get("output").intValue()).isEqualTo(3);
            assertThat(usage.get("input").intValue()).isPositive();
            assertThat(api.turn(reader.turn()).get("usage")).isEqualTo(usage);
        }
    }

    @Test
    void an_answer_that_the_model_cut_short_says_so() {
        model.next(FakeAnswer.begun().texts("Once").finish("length").usage(7, 1).done());
        try (SseReader reader = api.stream(api.open("assistant"), "A story")) {
            assertThat(reader.rest().json().get("finish").textValue()).isEqualTo("length");
        }
    }

    @Test
    void a_model_that_never_stops_is_stopped_by_the_limit_of_tokens() {
        limited("brief", "tokens");
    }

    @Test
    void a_model_that_never_stops_is_stopped_by_the_limit_of_cost() {
        limited("cheap", "cost");
    }

    private void limited(String agent, String finish) {
        model.next(FakeAnswer.begun().repeat("more and ", 1_000_000));
        int asked = model.requests();
        String conversation = api.open(agent);
        try (SseReader reader = api.stream(conversation, "Count to infinity")) {
            Wire.Event last = reader.rest();
            assertThat(last.type()).isEqualTo("turn.completed");
            assertThat(last.json().get("finish").textValue()).isEqualTo(finish);
            assertThat(last.json().at("/usage/estimated").booleanValue()).isTrue();
            assertThat(reader.text()).startsWith("more and more").hasSizeLessThan(20_000);
            model.awaitClosed(asked + 1);
            assertThat(api.messages(conversation).at("/1/text").textValue())
                    .isEqualTo(reader.text());
        }
    }

    @Test
    void a_message_that_no_prompt_can_hold_is_refused_before_it_is_stored() {
        String conversation = api.open("narrow");
        Wire.Answer answer = api.say(conversation, "many words ".repeat(100));
        assertThat(answer.status()).isEqualTo(422);
        assertThat(answer.json().get("code").textValue()).isEqualTo("context_too_large");
        assertThat(api.messages(conversation)).isEmpty();
        assertThat(api.ended(api.begin(conversation, "Few words")).get("status").textValue())
                .isEqualTo("completed");
    }

    @Test
    void a_deadline_ends_a_turn_that_runs_and_keeps_what_it_said() {
        model.next(held("So far"));
        int asked = model.requests();
        String conversation = api.open("late");
        try (SseReader reader = api.stream(conversation, "Quick!")) {
            reader.untilText("So far");
            JsonNode last = reader.until("turn.failed").json();
            assertThat(last.at("/problem/code").textValue()).isEqualTo("deadline_exceeded");
            assertThat(last.at("/problem/status").intValue()).isEqualTo(504);
            model.awaitClosed(asked + 1);
            JsonNode message = api.messages(conversation).get(1);
            assertThat(message.get("text").textValue()).isEqualTo("So far");
            assertThat(message.get("cut").booleanValue()).isTrue();
        }
    }

    @Test
    void a_deadline_ends_a_turn_that_waits() {
        model.next(held("First").ended());
        String conversation = api.open("assistant");
        try (SseReader running = api.stream(conversation, "One");
                SseReader waiting = api.stream(conversation, "Two", "deadlineMs", 100)) {
            assertThat(waiting.rest().type()).isEqualTo("turn.failed");
            assertThat(waiting.outline())
                    .containsExactly("turn.accepted", "turn.queued", "turn.failed");
            assertThat(waiting.seen().getLast().json().at("/problem/code").textValue())
                    .isEqualTo("deadline_exceeded");
            model.releaseHeld();
            assertThat(running.rest().type()).isEqualTo("turn.completed");
            assertThat(api.messages(conversation).findValuesAsText("text"))
                    .containsExactly("One", "First", "Two");
            assertThat(List.of(api.conversation(conversation).get("waiting")))
                    .allMatch(JsonNode::isEmpty);
        }
    }
}
