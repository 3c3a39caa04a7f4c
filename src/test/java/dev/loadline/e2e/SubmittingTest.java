package dev.loadline.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;

import dev.loadline.transport.Wire;

import org.junit.jupiter.api.Test;

import java.util.ArrayList;
import java.util.List;

/**
 * Goal: a message runs once however often it is sent, turns of a conversation run one after the
 * other, and a cancel ends what it should. Method: the whole server before a model that waits for
 * us; what the model was asked is counted there.
 */
class SubmittingTest extends OneServer {
    @Override
    String settings() {
        return """
        agents:
          assistant: {}
          strict: { busy: { whenBusy: reject } }
          pressed: { busy: { duplicateText: attach } }
          patient: { busy: { resendWindow: 0s } }
        """;
    }

    private static void duplicate(Wire.Answer answer, String turn) {
        assertThat(answer.status()).as(answer.text()).isEqualTo(202);
        assertThat(answer.json().get("turn").textValue()).isEqualTo(turn);
        assertThat(answer.json().get("duplicate").booleanValue()).isTrue();
        assertThat(answer.header("loadline-duplicate")).isEqualTo("true");
    }

    private static void conflict(Wire.Answer answer, String reason, String turn) {
        assertThat(answer.status()).as(answer.text()).isEqualTo(409);
        assertThat(answer.json().get("code").textValue()).isEqualTo("conflict");
        assertThat(answer.json().get("reason").textValue()).isEqualTo(reason);
        assertThat(answer.json().get("turn").textValue()).isEqualTo(turn);
    }

    @Test
    void a_key_stands_for_one_message_as_long_as_its_turn_is_there() {
        int asked = model.requests();
        String conversation = api.open("assistant");
        String turn = api.begin(conversation, "Caf\u00e9", "key", "k1");
        duplicate(api.say(conversation, "Caf\u00e9", "key", "k1"), turn);
        api.ended(turn);
        duplicate(api.say(conversation, " Cafe\u0301 ", "key", "k1"), turn);
        Wire.Answer header =
                api.post(
                        Api.turnsOf(conversation),
                        Api.submission("Caf\u00e9"),
                        "Idempotency-Key: k1");
        duplicate(header, turn);
        conflict(api.say(conversation, "Tea", "key", "k1"), "key_reused", turn);
        assertThat(model.requests() - asked).isEqualTo(1);
        assertThat(api.messages(conversation).at("/0/key").textValue()).isEqualTo("k1");

        String elsewhere = api.open("assistant");
        assertThat(api.begin(elsewhere, "Caf\u00e9", "key", "k1")).isNotEqualTo(turn);
        assertThat(api.delete("/api/conversations/" + conversation).status()).isEqualTo(204);
        Wire.Answer gone = api.say(conversation, "Caf\u00e9", "key", "k1");
        assertThat(gone.status()).isEqualTo(404);
    }

    @Test
    void a_key_and_another_one_in_the_header_are_refused() {
        String conversation = api.open("assistant");
        Wire.Answer answer =
                api.post(
                        Api.turnsOf(conversation),
                        Api.submission("Hi", "key", "a"),
                        "Idempotency-Key: b");
        assertThat(answer.status()).isEqualTo(400);
        assertThat(answer.json().at("/errors/0/path").textValue()).isEqualTo("key");
        Wire.Answer same =
                api.post(
                        Api.turnsOf(conversation),
                        Api.submission("Hi", "key", "a"),
                        "Idempotency-Key: a");
        assertThat(same.status()).isEqualTo(202);
    }

    @Test
    void a_streamed_duplicate_gives_the_first_turn_from_its_start() {
        model.next(held("Hel").texts("lo").ended());
        String conversation = api.open("assistant");
        int asked = model.requests();
        try (SseReader first = api.stream(conversation, "Hi", "key", "k")) {
            first.untilText("Hel");
            try (SseReader second = api.stream(conversation, "Hi", "key", "k")) {
                assertThat(second.head().header("loadline-duplicate")).isEqualTo("true");
                assertThat(second.turn()).isEqualTo(first.turn());
                second.untilText("Hel");
                assertThat(second.types()).startsWith("turn.accepted", "turn.started");
                model.releaseHeld();
                assertThat(second.rest().id()).isEqualTo(first.rest().id());
                assertThat(second.text()).isEqualTo("Hello").isEqualTo(first.text());
            }
        }
        assertThat(model.requests() - asked).isEqualTo(1);
    }

    @Test
    void an_impatient_resend_attaches_unless_the_client_says_that_it_is_meant() {
        model.next(held("Hi").ended());
        String conversation = api.open("assistant");
        String turn = api.begin(conversation, "Hello?");
        duplicate(api.say(conversation, "Hello?"), turn);
        duplicate(api.say(conversation, " Hello? ", "key", "k1"), turn);
        duplicate(api.say(conversation, "Hello?", "key", "k1"), turn);
        String other = api.begin(conversation, "Hello?", "key", "k2");
        String meant = api.begin(conversation, "Hello?", "whenBusy", "enqueue");
        assertThat(List.of(turn, other, meant)).doesNotHaveDuplicates();
        model.releaseHeld();
        api.ended(meant);
        assertThat(api.begin(conversation, "Hello?")).as("it has ended").isNotIn(turn, meant);
    }

    @Test
    void an_agent_may_attach_two_keys_or_have_no_window() {
        model.next(held().ended(), held().ended());
        String pressed = api.open("pressed");
        String first = api.begin(pressed, "Hi", "key", "a");
        duplicate(api.say(pressed, "Hi", "key", "b"), first);
        String patient = api.open("patient");
        String running = api.begin(patient, "Hi");
        Wire.Answer again = api.say(patient, "Hi");
        assertThat(again.json().get("duplicate").booleanValue()).isFalse();
        assertThat(again.json().get("turn").textValue()).isNotEqualTo(running);
        model.releaseHeld();
        api.post("/api/turns/" + first + "/cancel", "{}");
        api.post("/api/turns/" + running + "/cancel", "{}");
        api.ended(again.json().get("turn").textValue());
    }

    @Test
    void four_wait_in_order_and_hear_their_place_and_the_fifth_is_refused() {
        model.next(held("0").ended());
        String conversation = api.open("assistant");
        String running = api.begin(conversation, "Turn 0");
        List<SseReader> waiting = new ArrayList<>();
        for (int i = 1; i <= 4; i++) {
            Wire.Answer answer = api.say(conversation, "Turn " + i);
            assertThat(answer.json().get("position").intValue()).isEqualTo(i);
            String turn = answer.json().get("turn").textValue();
            assertThat(api.turn(turn).get("status").textValue()).isEqualTo("queued");
            waiting.add(api.follow(turn));
            assertThat(waiting.getLast().until("turn.queued").json().get("position").intValue())
                    .isEqualTo(i);
        }
        conflict(api.say(conversation, "Turn 5"), "waiting_full", running);
        JsonNode busy = api.conversation(conversation);
        assertThat(busy.get("running").textValue()).isEqualTo(running);
        assertThat(busy.get("waiting")).hasSize(4);
        assertThat(busy.get("messages").intValue()).isEqualTo(5);

        String first = busy.at("/waiting/0").textValue();
        JsonNode cancelled = api.post("/api/turns/" + first + "/cancel", "{}").json();
        assertThat(cancelled.get("turn").textValue()).isEqualTo(first);
        assertThat(waiting.getFirst().rest().type()).isEqualTo("turn.cancelled");
        assertThat(waiting.getFirst().types()).doesNotContain("turn.started");
        assertThat(waiting.getLast().until("turn.queued").json().get("position").intValue())
                .isEqualTo(3);
        model.releaseHeld();
        for (SseReader reader : waiting.subList(1, 4)) {
            assertThat(reader.rest().type()).isEqualTo("turn.completed");
            reader.close();
        }
        assertThat(waiting.getLast().types().stream().filter("turn.queued"::equals)).hasSize(4);
        waiting.getFirst().close();
        assertThat(api.messages(conversation).findValuesAsText("text"))
                .containsExactly(
                        "Turn 0",
                        "0",
                        "Turn 1",
                        "Turn 2",
                        "Hello there!",
                        "Turn 3",
                        "Hello there!",
                        "Turn 4",
                        "Hello there!");
    }

    @Test
    void who_does_not_want_to_wait_is_told_who_is_in_the_way() {
        model.next(held().ended());
        String conversation = api.open("assistant");
        String running = api.begin(conversation, "One");
        conflict(api.say(conversation, "Two", "whenBusy", "reject"), "busy", running);
        assertThat(api.messages(conversation)).hasSize(1);
        model.releaseHeld();
        api.ended(running);
        model.next(held().ended());
        String strict = api.open("strict");
        String busy = api.begin(strict, "One");
        conflict(api.say(strict, "Two"), "busy", busy);
        duplicate(api.say(strict, "One"), busy);
        assertThat(api.say(strict, "Two", "whenBusy", "enqueue").status()).isEqualTo(202);
        model.releaseHeld();
    }

    @Test
    void a_mode_that_does_not_exist_is_refused() {
        Wire.Answer wrong = api.say(api.open("assistant"), "Hi", "whenBusy", "later");
        assertThat(wrong.status()).isEqualTo(400);
        assertThat(wrong.json().at("/errors/0/path").textValue()).isEqualTo("whenBusy");
    }

    @Test
    void a_cancel_closes_the_model_and_keeps_what_was_said() {
        model.next(held("Well, ").ended());
        int asked = model.requests();
        String conversation = api.open("assistant");
        try (SseReader reader = api.stream(conversation, "Talk")) {
            reader.untilText("Well, ");
            String cancel = "/api/turns/" + reader.turn() + "/cancel";
            long before = System.nanoTime();
            Wire.Answer answer = api.post(cancel, "{}");
            assertThat(answer.status()).isEqualTo(202);
            assertThat(answer.json().get("turn").textValue()).isEqualTo(reader.turn());
            model.awaitClosed(asked + 1);
            System.out.println(
                    "FIGURE cancel_to_upstream_closed_ms "
                            + (System.nanoTime() - before) / 1_000_000);
            JsonNode last = reader.until("turn.cancelled").json();
            assertThat(last.get("by").textValue()).isEqualTo("user");
            assertThat(last.get("text").textValue()).isEqualTo("Well, ");
            JsonNode message = api.messages(conversation).get(1);
            assertThat(message.get("text").textValue()).isEqualTo("Well, ");
            assertThat(message.get("cut").booleanValue()).isTrue();
            Wire.Answer again = api.post(cancel, "{}");
            assertThat(again.status()).isEqualTo(202);
            assertThat(again.json().get("status").textValue()).isEqualTo("cancelled");
            assertThat(again.json().get("cancelledBy").textValue()).isEqualTo("user");
        }
    }

    @Test
    void a_cancel_of_a_turn_that_has_ended_changes_nothing() {
        String conversation = api.open("assistant");
        String turn = api.begin(conversation, "Hi");
        JsonNode ended = api.ended(turn);
        Wire.Answer answer = api.post("/api/turns/" + turn + "/cancel", "{}");
        assertThat(answer.status()).isEqualTo(202);
        assertThat(answer.json()).isEqualTo(ended);
        try (Wire wire = api.wire()) {
            assertThat(
                            wire.request("POST", "/api/turns/" + turn + "/cancel", null)
                                    .answer()
                                    .status())
                    .as("also without a body")
                    .isEqualTo(202);
        }
    }
}
