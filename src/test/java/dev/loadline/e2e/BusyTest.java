package dev.loadline.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;

import dev.loadline.transport.Wire;

import org.junit.jupiter.api.Test;

import java.util.ArrayList;
import java.util.List;

/**
 * Goal: a message that interrupts ends what runs and goes first; messages that are collected are
 * answered together. Method: the whole server before a model that waits for us; what reached the
 * model is read there.
 */
class BusyTest extends OneServer {
    @Override
    String settings() {
        return """
        agents:
          assistant: { instructions: "" }
          abrupt: { instructions: "", busy: { whenBusy: interrupt } }
        """;
    }

    /** "role: text" of each message of the n-th request from now. */
    static List<String> prompt(OneServer test, int request) {
        List<String> said = new ArrayList<>();
        JsonNode body =
                dev.loadline.core.Json.read(test.model.request(request).body(), JsonNode.class);
        for (JsonNode each : body.get("messages")) {
            said.add(each.get("role").textValue() + ": " + each.get("content").textValue());
        }
        return said;
    }

    private static JsonNode accepted(Wire.Answer answer) {
        assertThat(answer.status()).as(answer.text()).isEqualTo(202);
        return answer.json();
    }

    @Test
    void an_interrupt_cancels_what_runs_and_goes_ahead_of_all_that_waits() {
        model.next(held("Well, ").ended());
        int asked = model.requests();
        String conversation = api.open("assistant");
        try (SseReader running = api.stream(conversation, "Talk")) {
            running.untilText("Well, ");
            List<String> waiting = new ArrayList<>();
            for (int i = 1; i <= 4; i++) waiting.add(api.begin(conversation, "Turn " + i));
            try (SseReader last = api.follow(waiting.getLast());
                    SseReader stop = api.stream(conversation, "Stop", "whenBusy", "interrupt")) {
                JsonNode cancelled = running.rest().json();
                assertThat(running.types()).last().isEqualTo("turn.cancelled");
                assertThat(cancelled.get("by").textValue()).isEqualTo("interrupt");
                assertThat(cancelled.get("text").textValue()).isEqualTo("Well, ");
                model.awaitClosed(asked + 1);
                assertThat(stop.until("turn.queued").json().get("position").intValue())
                        .isEqualTo(1);
                assertThat(stop.rest().type()).isEqualTo("turn.completed");
                assertThat(prompt(this, asked + 2))
                        .containsExactly("user: Talk", "assistant: Well, ", "user: Stop");
                last.rest();
                List<Integer> places =
                        last.seen().stream()
                                .filter(event -> event.type().equals("turn.queued"))
                                .map(event -> event.json().get("position").intValue())
                                .toList();
                assertThat(places).startsWith(4, 5).endsWith(4, 3, 2, 1);
            }
            assertThat(api.turn(running.turn()).get("cancelledBy").textValue())
                    .isEqualTo("interrupt");
            JsonNode messages = api.messages(conversation);
            assertThat(messages.at("/1/cut").booleanValue()).isTrue();
            assertThat(messages.findValuesAsText("text"))
                    .startsWith("Talk", "Well, ", "Stop", "Hello there!", "Turn 1")
                    .endsWith("Turn 4", "Hello there!");
        }
    }

    @Test
    void a_second_interrupt_ends_the_first() {
        model.next(held("One").ended(), held("Two").ended());
        String conversation = api.open("abrupt");
        String one = api.begin(conversation, "1");
        String two = api.begin(conversation, "2");
        try (SseReader reader = api.follow(two)) {
            reader.untilText("Two");
            Wire.Answer resent = api.say(conversation, "2");
            assertThat(accepted(resent).get("duplicate").booleanValue())
                    .as("the agent's mode is not one that the client said")
                    .isTrue();
            String three = api.begin(conversation, "3");
            assertThat(reader.rest().json().get("by").textValue()).isEqualTo("interrupt");
            assertThat(api.ended(three).get("status").textValue()).isEqualTo("completed");
        }
        assertThat(api.turn(one).get("text").textValue()).isIn("", "One");
        assertThat(api.conversation(conversation).has("running")).isFalse();
    }

    @Test
    void an_interrupt_of_a_turn_that_waits_for_nothing_is_an_ordinary_submit() {
        String conversation = api.open("abrupt");
        JsonNode answer = accepted(api.say(conversation, "Hi", "whenBusy", "interrupt"));
        assertThat(answer.has("position")).isFalse();
        assertThat(api.ended(answer.get("turn").textValue()).get("status").textValue())
                .isEqualTo("completed");
    }

    @Test
    void collected_texts_wait_together_and_are_one_message_to_the_model() {
        model.next(held("0").ended());
        int asked = model.requests();
        String conversation = api.open("assistant");
        String running = api.begin(conversation, "Go");
        JsonNode first = accepted(api.say(conversation, "a", "whenBusy", "collect"));
        assertThat(first.get("position").intValue()).isEqualTo(1);
        assertThat(first.has("collected")).as("it made the turn").isFalse();
        String turn = first.get("turn").textValue();
        try (SseReader reader = api.follow(turn)) {
            reader.until("turn.queued");
            Wire.Answer second = api.say(conversation, "b", "whenBusy", "collect", "key", "kb");
            assertThat(accepted(second).get("turn").textValue()).isEqualTo(turn);
            assertThat(second.json().get("collected").intValue()).isEqualTo(2);
            assertThat(second.json().get("duplicate").booleanValue()).isFalse();
            JsonNode joined = reader.until("turn.input").json();
            assertThat(joined.get("step").intValue()).isEqualTo(1);
            assertThat(joined.at("/message/text").textValue()).isEqualTo("b");
            assertThat(joined.at("/message/key").textValue()).isEqualTo("kb");
            JsonNode again = accepted(api.say(conversation, "b", "key", "kb"));
            assertThat(again.get("duplicate").booleanValue()).isTrue();
            assertThat(again.get("collected").intValue()).isEqualTo(2);
            accepted(api.say(conversation, "c", "whenBusy", "collect"));
            assertThat(api.turn(turn).get("input").findValuesAsText("text"))
                    .as("while it waits")
                    .containsExactly("a", "b", "c");
            model.releaseHeld();
            assertThat(reader.rest().type()).isEqualTo("turn.completed");
        }
        api.ended(running);
        assertThat(prompt(this, asked + 2))
                .containsExactly("user: Go", "assistant: 0", "user: a\n\nb\n\nc");
        assertThat(api.turn(turn).get("input").findValuesAsText("text"))
                .containsExactly("a", "b", "c");
        assertThat(api.messages(conversation).findValuesAsText("text"))
                .containsExactly("Go", "0", "a", "b", "c", "Hello there!");
    }

    @Test
    void a_turn_that_collects_says_when_it_is_full() {
        model.next(held("0").ended());
        String conversation = api.open("assistant");
        api.begin(conversation, "Go");
        String turn = api.begin(conversation, "1", "whenBusy", "collect");
        for (int i = 2; i <= 20; i++) {
            JsonNode joined = accepted(api.say(conversation, "" + i, "whenBusy", "collect"));
            assertThat(joined.get("collected").intValue()).isEqualTo(i);
        }
        Wire.Answer full = api.say(conversation, "21", "whenBusy", "collect");
        assertThat(full.status()).isEqualTo(409);
        assertThat(full.json().get("reason").textValue()).isEqualTo("waiting_full");
        assertThat(full.json().get("turn").textValue()).isEqualTo(turn);
        assertThat(full.json().get("detail").textValue()).contains("20 texts");
        model.releaseHeld();
        api.ended(turn);
    }
}
