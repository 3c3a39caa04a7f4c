package dev.loadline.e2e;

import static dev.loadline.e2e.BusyTest.prompt;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;

import dev.loadline.transport.Wire;

import org.junit.jupiter.api.Test;

/**
 * Goal: a text that is steered into a turn is seen by it, once. Method: the whole server before a
 * model that waits for us; restarts in between end the server hard.
 */
class SteerTest extends OneServer {
    @Override
    String settings() {
        return """
        agents:
          assistant: { instructions: "" }
          brief: { instructions: "", limits: { steps: 1 } }
          pliant: { instructions: "", busy: { whenBusy: steer } }
        """;
    }

    private static JsonNode steered(Wire.Answer answer, String turn, boolean duplicate) {
        assertThat(answer.status()).as(answer.text()).isEqualTo(202);
        assertThat(answer.json().get("turn").textValue()).isEqualTo(turn);
        assertThat(answer.json().get("steered").booleanValue()).isTrue();
        assertThat(answer.json().get("duplicate").booleanValue()).isEqualTo(duplicate);
        return answer.json();
    }

    @Test
    void a_steered_text_makes_the_turn_take_another_step() {
        model.next(held("First. ").texts("Still first. ").ended());
        int asked = model.requests();
        String conversation = api.open("assistant");
        try (SseReader reader = api.stream(conversation, "Begin", "key", "k1")) {
            reader.untilText("First. ");
            String turn = reader.turn();
            Wire.Answer answer =
                    api.say(conversation, "And more", "key", "k2", "whenBusy", "steer");
            assertThat(steered(answer, turn, false).has("position")).isFalse();
            JsonNode input = reader.until("turn.input").json();
            assertThat(input.get("step").intValue()).isEqualTo(2);
            assertThat(input.at("/message/text").textValue()).isEqualTo("And more");
            assertThat(input.at("/message/turn").textValue()).isEqualTo(turn);
            steered(api.say(conversation, "And more", "key", "k2"), turn, true);
            assertThat(api.say(conversation, "Other", "key", "k2").status()).isEqualTo(409);
            try (SseReader second = api.stream(conversation, "And that", "whenBusy", "steer")) {
                assertThat(second.turn()).isEqualTo(turn);
                assertThat(second.head().header("loadline-duplicate")).isEqualTo("false");
                second.untilText("First. ");
                assertThat(second.types()).startsWith("turn.accepted");
                assertThat(api.turn(turn).get("input").findValuesAsText("text"))
                        .containsExactly("Begin", "And more", "And that");
                model.releaseHeld();
                assertThat(second.rest().id()).isEqualTo(reader.rest().id());
                assertThat(second.text()).isEqualTo(reader.text());
            }
            JsonNode end = reader.seen().getLast().json();
            assertThat(reader.seen().getLast().type()).isEqualTo("turn.completed");
            assertThat(end.get("text").textValue()).isEqualTo("First. Still first. Hello there!");
            assertThat(end.get("answer").textValue()).isEqualTo("Hello there!");
            assertThat(end.at("/usage/modelCalls").intValue()).isEqualTo(2);
            assertThat(end.has("next")).isFalse();
            assertThat(reader.types().stream().filter("context.ready"::equals)).hasSize(1);
        }
        assertThat(prompt(this, asked + 2))
                .containsExactly(
                        "user: Begin",
                        "assistant: First. Still first. ",
                        "user: And more\n\nAnd that");
        assertThat(api.messages(conversation).findValuesAsText("text"))
                .containsExactly(
                        "Begin", "And more", "And that", "First. Still first. Hello there!");
        String turn = api.messages(conversation).at("/1/turn").textValue();
        assertThat(api.turn(turn).get("steps")).hasSize(2);
        assertThat(api.turn(turn).at("/steps/0/text").textValue())
                .isEqualTo("First. Still first. ");
    }

    @Test
    void with_no_turn_running_a_steered_text_is_an_ordinary_one() {
        String conversation = api.open("assistant");
        Wire.Answer answer = api.say(conversation, "Hi", "whenBusy", "steer");
        assertThat(answer.json().has("steered")).isFalse();
        api.ended(answer.json().get("turn").textValue());
    }

    @Test
    void at_the_step_limit_the_text_becomes_the_next_turn() {
        model.next(held("One").ended(), held("Two").ended());
        int asked = model.requests();
        String conversation = api.open("brief");
        try (SseReader reader = api.stream(conversation, "Begin")) {
            reader.untilText("One");
            String waits = api.begin(conversation, "Later", "whenBusy", "enqueue");
            steered(
                    api.say(conversation, "And more", "key", "k", "whenBusy", "steer"),
                    reader.turn(),
                    false);
            model.releaseHeld();
            JsonNode end = reader.rest().json();
            assertThat(reader.types()).doesNotContain("turn.input");
            assertThat(end.get("finish").textValue()).isEqualTo("stop");
            String next = end.get("next").textValue();
            assertThat(next).isNotIn(reader.turn(), waits);
            steered(api.say(conversation, "And more", "key", "k"), next, true);
            try (SseReader more = api.follow(next)) {
                JsonNode accepted = more.until("turn.accepted").json();
                assertThat(accepted.at("/input/text").textValue()).isEqualTo("And more");
                model.releaseHeld();
                assertThat(more.rest().type()).isEqualTo("turn.completed");
            }
            assertThat(prompt(this, asked + 2))
                    .containsExactly("user: Begin", "assistant: One", "user: And more");
            api.ended(waits);
            assertThat(api.messages(conversation).findValuesAsText("text"))
                    .containsExactly("Begin", "One", "And more", "Two", "Later", "Hello there!");
            server.restart();
            try (SseReader again = server.api().follow(reader.turn())) {
                assertThat(again.rest().json().get("next").textValue())
                        .as("also as it is stored")
                        .isEqualTo(next);
            }
        } finally {
            api = server.api();
        }
    }

    @Test
    void an_agent_may_steer_by_itself_and_then_a_resend_is_one() {
        model.next(held("One").ended());
        String conversation = api.open("pliant");
        String turn = api.begin(conversation, "Begin");
        steered(api.say(conversation, "More"), turn, false);
        steered(api.say(conversation, "More"), turn, true);
        model.releaseHeld();
        api.ended(turn);
        assertThat(api.messages(conversation)).hasSize(3);
    }

    @Test
    void a_cancelled_turn_keeps_the_text_that_joined_it() {
        model.next(held("One").ended());
        String conversation = api.open("assistant");
        String turn = api.begin(conversation, "Begin");
        steered(api.say(conversation, "More", "whenBusy", "steer"), turn, false);
        api.post("/api/turns/" + turn + "/cancel", "{}");
        assertThat(api.ended(turn).get("status").textValue()).isEqualTo("cancelled");
        assertThat(api.turn(turn).get("input").findValuesAsText("text"))
                .containsExactly("Begin", "More");
        assertThat(api.conversation(conversation).has("running")).isFalse();
    }

    @Test
    void a_restart_loses_no_steered_text_and_no_finished_step() {
        model.next(held("Lost").ended(), held("One. ").ended(), held("Half").ended());
        int asked = model.requests();
        String conversation = api.open("assistant");
        String turn = api.begin(conversation, "Begin");
        model.request(asked + 1);
        steered(api.say(conversation, "a", "whenBusy", "steer"), turn, false);
        server.restart();
        api = server.api();
        assertThat(prompt(this, asked + 2)).containsExactly("user: Begin\n\na");
        steered(api.say(conversation, "b", "whenBusy", "steer"), turn, false);
        model.releaseHeld();
        assertThat(prompt(this, asked + 3))
                .containsExactly("user: Begin\n\na", "assistant: One. ", "user: b");
        server.restart();
        api = server.api();
        assertThat(prompt(this, asked + 4))
                .as("the first step is durable")
                .containsExactly("user: Begin\n\na", "assistant: One. ", "user: b");
        JsonNode end = api.ended(turn);
        assertThat(end.get("text").textValue()).isEqualTo("One. Hello there!");
        assertThat(end.get("attempt").intValue()).isEqualTo(3);
        assertThat(end.get("input").findValuesAsText("text")).containsExactly("Begin", "a", "b");
        assertThat(model.requests() - asked).isEqualTo(4);
    }
}
