package dev.loadline.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;

import dev.loadline.core.Sha256;
import dev.loadline.model.FakeAnswer;
import dev.loadline.transport.Wire;

import org.junit.jupiter.api.Test;

/**
 * Goal: a principal gets what its quota says, is charged for nothing else, and a restart forgets no
 * tokens. Method: a configuration with keys and quotas; each turn of the fake model is 10 tokens.
 */
class QuotasTest extends OneServer {
    @Override
    String settings() {
        return """
        auth:
          keys:
            - { sha256: "%s", principal: acme/ops, roles: [user, operator] }
            - { sha256: "%s", principal: acme/ann }
            - { sha256: "%s", principal: acme/tom }
            - { sha256: "%s", principal: acme/sue }
        quotas:
          acme/ann: { turnsPerMinute: 3 }
          acme/tom: { tokensPerDay: 25 }
          acme/sue: { tokensPerDay: 1 }
        """
                .formatted(
                        Sha256.hex("ops"), Sha256.hex("ann"), Sha256.hex("tom"), Sha256.hex("sue"));
    }

    @Override
    Api operator() {
        return server.api().with("ops");
    }

    private static JsonNode used(Api who) {
        return who.read("/api/me").get("used");
    }

    @Test
    void only_turns_that_begin_are_charged() {
        Api ann = api.with("ann");
        String talk = ann.open("assistant");
        model.always(held("Once"));
        String first = ann.begin(talk, "One", "key", "k1");
        assertThat(ann.say(talk, "One", "key", "k1").json().get("duplicate").booleanValue())
                .isTrue();
        assertThat(ann.say(talk, "One").json().get("turn").textValue())
                .as("an impatient resend")
                .isEqualTo(first);
        assertThat(ann.say(talk, "Other", "key", "k1").status()).isEqualTo(409);
        assertThat(ann.say(talk, "Busy?", "whenBusy", "reject").status()).isEqualTo(409);
        assertThat(ann.say("nowhere", "One").status()).isEqualTo(404);
        assertThat(used(ann).get("turnsPerMinute").intValue()).isEqualTo(1);
        ann.begin(talk, "Two", "key", "k2");
        ann.begin(talk, "Three", "key", "k3");
        Wire.Answer refused = ann.say(talk, "Four", "key", "k4");
        assertThat(refused.status()).isEqualTo(429);
        JsonNode problem = refused.json();
        assertThat(problem.get("code").textValue()).isEqualTo("quota_exceeded");
        assertThat(problem.get("retryable").booleanValue()).isTrue();
        assertThat(problem.get("detail").textValue()).contains("turnsPerMinute is 3");
        assertThat(ann.say(talk, "Three", "key", "k3").json().get("duplicate").booleanValue())
                .as("sent again, it is answered as before")
                .isTrue();
        assertThat(ann.say(talk, "Besides", "whenBusy", "steer").json().get("steered"))
                .as("it joins, and nothing begins")
                .isNotNull();
        assertThat(ann.say(talk, "Now", "whenBusy", "interrupt").status()).isEqualTo(429);
        long waitMs = problem.get("retryAfterMs").longValue();
        assertThat(waitMs).isBetween(1L, 60_000L);
        long seconds = Long.parseLong(refused.header("retry-after"));
        long wait = Math.ceilDiv(waitMs, 1000);
        assertThat(seconds).isBetween(wait, 2 * wait + 2);
        assertThat(api.get("/metrics").text())
                .contains(
                        "loadline_quota_refused_total{limit=\"turnsPerMinute\"} 4.0",
                        "loadline_quota_refused_total{limit=\"streams\"} 0.0");
        model.always(FakeAnswer.stream("x"));
        model.release();
        ann.ended(first);
    }

    @Test
    void tokens_are_counted_through_a_restart() {
        Api tom = api.with("tom");
        String talk = tom.open("assistant");
        for (int i = 1; i <= 3; i++) {
            tom.ended(tom.begin(talk, "Say " + i));
            assertThat(used(tom).get("tokensPerDay").intValue()).isEqualTo(10 * i);
        }
        assertThat(tom.say(talk, "More").status()).isEqualTo(429);
        server.restart();
        api = operator();
        Api again = api.with("tom");
        Wire.Answer refused = again.say(talk, "More");
        assertThat(refused.status()).isEqualTo(429);
        assertThat(refused.json().get("detail").textValue()).contains("tokensPerDay is 25");
        assertThat(refused.json().get("retryAfterMs").longValue()).isBetween(1L, 86_400_000L);
        assertThat(used(again).get("tokensPerDay").intValue()).isEqualTo(30);
        assertThat(again.messages(talk)).as("what was said can be read").hasSize(6);
    }

    @Test
    void deleting_a_turn_that_runs_does_not_make_it_free() {
        Api sue = api.with("sue");
        String talk = sue.open("assistant");
        model.always(held("A long story that somebody wants for nothing"));
        String turn = sue.begin(talk, "Tell me");
        try (SseReader reader = sue.follow(turn)) {
            reader.until("text.delta");
        }
        assertThat(sue.delete("/api/conversations/" + talk).status()).isEqualTo(204);
        TestServer.until(
                "the deleted turn is charged", () -> used(sue).get("tokensPerDay").intValue() > 0);
        String next = sue.open("assistant");
        assertThat(sue.say(next, "Again").status()).isEqualTo(429);
    }
}
