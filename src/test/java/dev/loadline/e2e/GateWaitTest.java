package dev.loadline.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;

import dev.loadline.model.FakeAnswer;

import org.junit.jupiter.api.Test;

import java.util.ArrayList;
import java.util.List;

/**
 * Goal: turns that wait for a model's gate say so, hold no slot, and end as they should whatever
 * ends them. Method: the whole server with two slots before a model that says 429, over real
 * sockets.
 */
class GateWaitTest extends OneServer {
    private static FakeAnswer limited(String seconds) {
        return FakeAnswer.status(
                429,
                "{\"error\":{\"message\":\"slow down\",\"type\":\"rate_limit\"}}",
                "Retry-After",
                seconds);
    }

    @Override
    String settings() {
        return """
          rehearsal: { provider: rehearsal }
          second: { provider: openai, url: "%s", model: some-model, limitGroup: second }
        agents:
          assistant: {}
          patient: { model: second }
          other: { model: rehearsal }
        load: { activeTurns: 2, admissionWait: 5s, loopLag: 1m }
        """
                .formatted(model.url());
    }

    private JsonNode load() {
        return api.read("/api/ops/load");
    }

    /** Turns that wait at the closed gate. */
    private List<String> parked(int count, String agent, String seconds) {
        model.always(limited(seconds));
        List<String> turns = new ArrayList<>();
        for (int i = 0; i < count; i++) turns.add(api.begin(api.open(agent), "Hi " + i));
        TestServer.until("all wait", () -> load().get("parkedTurns").intValue() == count);
        return turns;
    }

    @Test
    void a_turn_says_for_whom_it_waits_and_how_long_and_goes_on() {
        model.next(limited("2"));
        try (SseReader reader = api.stream(api.open("assistant"), "Hi")) {
            JsonNode waiting = reader.until("turn.waiting").json();
            assertThat(waiting.get("kind").textValue()).isEqualTo("rate_limit");
            assertThat(waiting.get("dependency").textValue()).isEqualTo("model:main");
            assertThat(waiting.get("untilMs").longValue()).isBetween(1L, 2200L);
            JsonNode turn = api.turn(reader.turn());
            assertThat(turn.get("status").textValue()).isEqualTo("waiting");
            assertThat(turn.get("waitingFor").get("dependency").textValue())
                    .isEqualTo("model:main");
            assertThat(load().get("activeTurns").intValue()).isZero();
            assertThat(load().get("parkedTurns").intValue()).isEqualTo(1);
            reader.rest();
            assertThat(reader.types())
                    .containsSubsequence(
                            "context.ready",
                            "turn.waiting",
                            "turn.resumed",
                            "turn.degraded",
                            "text.delta",
                            "turn.completed");
            JsonNode ended = api.turn(reader.turn());
            JsonNode waited = ended.get("degradations").get(0);
            assertThat(waited.get("effect").textValue()).isEqualTo("waited");
            assertThat(waited.get("reason").textValue()).isEqualTo("rate_limited");
            assertThat(waited.get("waitMs").longValue()).isGreaterThanOrEqualTo(1900);
            assertThat(ended.get("usage").get("modelCalls").intValue()).isEqualTo(2);
            assertThat(ended.get("timings").get("modelMs").longValue())
                    .isGreaterThanOrEqualTo(1900);
        }
    }

    @Test
    void twenty_that_wait_beside_two_slots_let_others_through_and_all_end() {
        List<String> turns = parked(20, "assistant", "6");
        assertThat(load().get("activeTurns").intValue()).isZero();
        String other = api.begin(api.open("other"), "say: through");
        assertThat(api.ended(other).get("text").textValue()).isEqualTo("through");
        model.always(FakeAnswer.stream("Yes"));
        for (String turn : turns)
            assertThat(api.ended(turn).get("status").textValue()).isEqualTo("completed");
        assertThat(load().get("parkedTurns").intValue()).isZero();
    }

    @Test
    void who_cancels_or_deletes_a_turn_that_waits_leaves_nothing() {
        List<String> turns = parked(2, "patient", "60");
        String gone = api.turn(turns.getLast()).get("conversation").textValue();
        api.post("/api/turns/" + turns.getFirst() + "/cancel", "{}");
        assertThat(api.ended(turns.getFirst()).get("status").textValue()).isEqualTo("cancelled");
        assertThat(api.delete("/api/conversations/" + gone).status()).isEqualTo(204);
        assertThat(load().get("parkedTurns").intValue()).isZero();
        assertThat(load().get("activeTurns").intValue()).isZero();
        for (JsonNode mailbox : load().get("mailboxes"))
            assertThat(mailbox.get("depth").intValue()).as(mailbox.toString()).isZero();
    }

    @Test
    void a_life_that_ends_meanwhile_is_followed_by_one_that_asks_again() {
        List<String> turns = parked(3, "assistant", "60");
        model.always(FakeAnswer.stream("After", " all"));
        server.restart();
        api = operator();
        for (String turn : turns) {
            JsonNode ended = api.ended(turn);
            assertThat(ended.get("text").textValue()).isEqualTo("After all");
            assertThat(ended.get("attempt").intValue()).isEqualTo(2);
        }
    }
}
