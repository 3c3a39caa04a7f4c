package dev.loadline.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;

import dev.loadline.core.Json;
import dev.loadline.model.FakeAnswer;
import dev.loadline.model.FakeAnthropic;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;

/**
 * Goal: an agent on an anthropic model talks, counts, is cancelled and told to wait like any other.
 * Method: the whole server from a configuration file, over real sockets.
 */
class AnthropicTest extends OneServer {
    private final FakeAnthropic claude = FakeAnthropic.start();

    @Override
    String settings() {
        return """
          claude:
            provider: anthropic
            url: %s
            apiKey: %s
            model: other-model
            maxTokens: 500
            price: { input: 3, output: 15 }
          # whose gates stay closed for long
          limited: { provider: anthropic, url: "%s", apiKey: %s, model: other-model }
          unpaid: { provider: anthropic, url: "%s", apiKey: %s, model: other-model }
        agents:
          assistant: { model: main }
          reader: { model: claude, instructions: You read. }
          slow: { model: limited }
          poor: { model: unpaid }
        """
                .formatted(
                        claude.url(),
                        TestServer.KEY,
                        claude.url(),
                        TestServer.KEY,
                        claude.url(),
                        TestServer.KEY);
    }

    @AfterAll
    void stopClaude() {
        claude.close();
    }

    @Test
    void a_conversation_with_its_usage_and_cost() {
        String conversation = api.open("reader");
        int before = claude.requests();
        JsonNode first = api.ended(api.begin(conversation, "Hi"));
        assertThat(first.get("status").textValue()).isEqualTo("completed");
        assertThat(first.get("text").textValue()).isEqualTo("Hello there!");
        JsonNode usage = first.get("usage");
        assertThat(usage.get("input").intValue()).isEqualTo(7);
        assertThat(usage.get("output").intValue()).isEqualTo(3);
        assertThat(usage.get("cost").doubleValue()).isEqualTo((7 * 3 + 3 * 15) / 1e6);
        assertThat(usage.has("estimated")).isFalse();

        api.ended(api.begin(conversation, "Again"));
        JsonNode body = Json.read(claude.request(before + 2).body(), JsonNode.class);
        assertThat(body.get("model").textValue()).isEqualTo("other-model");
        assertThat(body.get("max_tokens").intValue()).isEqualTo(500);
        assertThat(body.at("/system/0/text").textValue()).isEqualTo("You read.");
        assertThat(body.get("messages").findValuesAsText("role"))
                .containsExactly("user", "assistant", "user");
        assertThat(body.get("messages").findValuesAsText("text"))
                .containsExactly("Hi", "Hello there!", "Again");
    }

    @Test
    void a_cancel_closes_the_request_and_keeps_what_was_said() {
        int before = claude.requests();
        claude.next(FakeAnthropic.begun().then(FakeAnthropic.texts("Well, ")).hold());
        try (SseReader reader = api.stream(api.open("reader"), "Hi")) {
            reader.untilText("Well, ");
            api.post("/api/turns/" + reader.turn() + "/cancel", "{}");
            assertThat(reader.rest().type()).isEqualTo("turn.cancelled");
            claude.awaitClosed(before + 1);
            assertThat(api.turn(reader.turn()).get("text").textValue()).isEqualTo("Well, ");
        }
    }

    @Test
    void a_rate_limit_that_does_not_fit_the_deadline_says_when_to_come_back() {
        claude.next(
                FakeAnswer.status(
                        429,
                        FakeAnthropic.error("rate_limit_error", "slow down"),
                        "retry-after",
                        "7"));
        JsonNode limited = problem("slow");
        assertThat(limited.get("code").textValue()).isEqualTo("dependency_unavailable");
        assertThat(limited.get("reason").textValue()).isEqualTo("rate_limited");
        assertThat(limited.get("dependency").textValue()).isEqualTo("model:limited");
        assertThat(limited.get("retryAfterMs").longValue()).isBetween(6000L, 7700L);
        assertThat(limited.get("retryable").booleanValue()).isTrue();
    }

    @Test
    void an_empty_purse_does_not_say_come_back() {
        claude.next(FakeAnswer.status(402, FakeAnthropic.error("billing_error", "pay first")));
        JsonNode spent = problem("poor");
        assertThat(spent.get("reason").textValue()).isEqualTo("rate_limited");
        assertThat(spent.get("retryable").booleanValue()).isFalse();
    }

    private JsonNode problem(String agent) {
        try (SseReader reader = api.stream(api.open(agent), "Hi", "deadlineMs", 2000)) {
            return reader.rest().json().get("problem");
        }
    }
}
