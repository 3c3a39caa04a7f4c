package dev.loadline.model;

import static org.assertj.core.api.Assertions.assertThat;

import dev.loadline.core.Outcome;
import dev.loadline.core.ToolCall;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.time.Duration;
import java.util.Arrays;

/**
 * Goal: text, reasoning and usage come through. Method: scripted streams over real sockets, with
 * everything in them that the protocol allows.
 */
class AnthropicAnswerTest extends AnthropicWorld {
    private static final Duration MINUTE = Duration.ofMinutes(1);

    @ParameterizedTest
    @ValueSource(strings = {"", "/v1", "/v1/", "/gateway", "/gateway/v1"})
    void asks_as_documented_with_or_without_the_version_in_the_url(String end) throws Exception {
        Heard heard =
                ask(model(server.url() + end, MINUTE, MINUTE, 2), request(Duration.ofMinutes(1)));
        assertThat(heard.text()).isEqualTo("Hello there!");
        FakeProvider.Seen seen = server.request(1);
        assertThat(seen.method()).isEqualTo("POST");
        assertThat(seen.path())
                .isEqualTo((end.startsWith("/gateway") ? "/gateway" : "") + "/v1/messages");
        assertThat(seen.headers())
                .containsEntry("x-api-key", KEY)
                .containsEntry("anthropic-version", "2023-06-01")
                .containsEntry("content-type", "application/json")
                .doesNotContainKey("authorization");
        assertThat(seen.body()).contains("\"Be kind.\"", "\"Hello\"").doesNotContain(KEY);
    }

    @Test
    void usage_is_cumulative_and_counts_what_the_cache_read_and_wrote() throws Exception {
        Heard heard =
                ask(
                        FakeAnswer.head(200, "text/event-stream")
                                .then(
                                        start(
                                                "{\"input_tokens\":100,\"cache_creation_input_tokens\":200,\"cache_read_input_tokens\":700,\"cache_creation\":{\"ephemeral_5m_input_tokens\":200},\"output_tokens\":2}"))
                                .then(FakeAnthropic.texts("Hel", "lo", " 😀"))
                                .then(usage("{\"output_tokens\":10,\"input_tokens\":null}"))
                                .then(
                                        FakeAnthropic.stops(
                                                "end_turn",
                                                "{\"output_tokens\":50,\"output_tokens_details\":{\"thinking_tokens\":20},\"cache_read_input_tokens\":null}"))
                                .then(FakeAnthropic.stop()));
        assertThat(heard.deltas).containsExactly("Hel", "lo", " 😀");
        assertThat(heard.order).containsExactly("sent", "text", "ended");
        ModelAnswer answer = answer(heard);
        assertThat(answer.reason()).isEqualTo(ModelAnswer.Reason.STOP);
        assertThat(answer.usage().input()).isEqualTo(1000);
        assertThat(answer.usage().cached()).isEqualTo(700);
        assertThat(answer.usage().output()).isEqualTo(50);
        assertThat(answer.usage().reasoning()).isEqualTo(20);
        assertThat(answer.usage().cost()).isEqualTo((1000 * 0.25 + 50 * 2.00) / 1e6);
        assertThat(answer.usage().modelCalls()).isEqualTo(1);
    }

    @Test
    void tool_calls_are_put_together_by_their_block() throws Exception {
        Heard heard =
                ask(
                        FakeAnthropic.begun()
                                .then(FakeAnthropic.texts("I look."))
                                .then(block(1, "tool_use", "toolu_1", "f"))
                                .then(piece(1, ""))
                                .then(piece(1, "{\\\"a\\\":"))
                                .then(block(2, "tool_use", "toolu_2", "g"))
                                .then(piece(1, "1}"))
                                .then(FakeAnthropic.stops("tool_use", "{\"output_tokens\":5}"))
                                .then(FakeAnthropic.stop()));
        assertThat(heard.text()).isEqualTo("I look.");
        assertThat(answer(heard).reason()).isEqualTo(ModelAnswer.Reason.STOP);
        assertThat(answer(heard).calls())
                .containsExactly(
                        new ToolCall("toolu_1", "f", "{\"a\":1}"),
                        new ToolCall("toolu_2", "g", "{}"));
    }

    private static FakeAnswer block(int index, String type, String id, String name) {
        return FakeAnthropic.event(
                "content_block_start",
                "\"index\":%d,\"content_block\":{\"type\":\"%s\",\"id\":\"%s\",\"name\":\"%s\",\"input\":{}}"
                        .formatted(index, type, id, name));
    }

    private static FakeAnswer piece(int index, String json) {
        return FakeAnthropic.event(
                "content_block_delta",
                "\"index\":%d,\"delta\":{\"type\":\"input_json_delta\",\"partial_json\":\"%s\"}"
                        .formatted(index, json));
    }

    private static FakeAnswer start(String usage) {
        return FakeAnthropic.event(
                "message_start",
                "\"message\":{\"id\":\"m\",\"content\":[],\"usage\":" + usage + "}");
    }

    private static FakeAnswer usage(String usage) {
        return FakeAnthropic.event("message_delta", "\"delta\":{},\"usage\":" + usage);
    }

    @Test
    void a_usage_that_only_the_start_guessed_is_absent() throws Exception {
        Heard heard =
                ask(
                        FakeAnthropic.begun()
                                .then(FakeAnthropic.texts("x"))
                                .then(FakeAnthropic.stop()));
        assertThat(heard.text()).isEqualTo("x");
        assertThat(answer(heard).usage()).isNull();
    }

    @ParameterizedTest
    @CsvSource({
        "end_turn,STOP",
        "stop_sequence,STOP",
        "tool_use,STOP",
        "something_new,STOP",
        "max_tokens,LENGTH",
        "model_context_window_exceeded,LENGTH",
        "pause_turn,LENGTH",
        "refusal,FILTERED"
    })
    void says_how_it_ended(String stop, ModelAnswer.Reason reason) throws Exception {
        Heard heard =
                ask(
                        FakeAnthropic.begun()
                                .then(FakeAnthropic.texts("x"))
                                .then(FakeAnthropic.ended(stop)));
        assertThat(answer(heard).reason()).isEqualTo(reason);
        assertThat(heard.text()).isEqualTo("x");
    }

    @Test
    void a_later_event_without_a_reason_keeps_the_one_that_was_told() throws Exception {
        Heard heard =
                ask(
                        FakeAnthropic.begun()
                                .then(FakeAnthropic.texts("x"))
                                .then(FakeAnthropic.stops("max_tokens", "null"))
                                .then(
                                        FakeAnthropic.event(
                                                "message_delta",
                                                "\"delta\":{\"stop_reason\":null},\"usage\":{\"output_tokens\":9}"))
                                .then(FakeAnthropic.stop()));
        assertThat(answer(heard).reason()).isEqualTo(ModelAnswer.Reason.LENGTH);
        assertThat(answer(heard).usage().output()).isEqualTo(9);
    }

    @Test
    void an_answer_may_be_empty() throws Exception {
        Heard heard =
                ask(
                        FakeAnthropic.opened()
                                .then(FakeAnthropic.stops("end_turn", "{\"output_tokens\":2}"))
                                .then(FakeAnthropic.stop()));
        assertThat(answer(heard).reason()).isEqualTo(ModelAnswer.Reason.STOP);
        assertThat(heard.order).containsExactly("sent", "ended");
    }

    @Test
    void thinking_is_told_apart_and_all_else_is_passed_over() throws Exception {
        Heard heard =
                ask(
                        FakeAnthropic.opened()
                                .then(
                                        FakeAnthropic.block(
                                                0,
                                                "{\"type\":\"thinking\",\"thinking\":\"\",\"signature\":\"\"}"))
                                .then(FakeAnthropic.thinking("Let me "))
                                .then(FakeAnthropic.ping())
                                .then(FakeAnthropic.thinking("think."))
                                .then(
                                        FakeAnthropic.delta(
                                                "{\"type\":\"signature_delta\",\"signature\":\"c2ln\"}"))
                                .then(FakeAnthropic.blockEnd(0))
                                .then(
                                        FakeAnthropic.block(
                                                1,
                                                "{\"type\":\"redacted_thinking\",\"data\":\"c2VjcmV0\"}"))
                                .then(FakeAnthropic.blockEnd(1))
                                .then(
                                        FakeAnthropic.block(
                                                2,
                                                "{\"type\":\"tool_use\",\"id\":\"toolu_1\",\"name\":\"f\",\"input\":{\"text\":\"no\"}}"))
                                .then(
                                        FakeAnthropic.delta(
                                                "{\"type\":\"input_json_delta\",\"partial_json\":\"\"}"))
                                .then(FakeAnthropic.blockEnd(2))
                                .then(
                                        FakeAnthropic.block(
                                                3,
                                                "{\"type\":\"text_of_tomorrow\",\"text\":\"no\"}"))
                                .then(
                                        FakeAnthropic.delta(
                                                "{\"type\":\"text_delta_of_tomorrow\",\"text\":\"no\"}"))
                                .then(FakeAnthropic.blockEnd(3))
                                .then(
                                        FakeAnthropic.event(
                                                "event_of_tomorrow",
                                                "\"delta\":{\"type\":\"text_delta\",\"text\":\"no\"},\"usage\":\"none\""))
                                .then(FakeAnthropic.block(4, "{\"text\":\"F\",\"type\":\"text\"}"))
                                .then(
                                        FakeAnthropic.delta(
                                                "{\"text\":\"our\",\"type\":\"text_delta\",\"more\":[{}]}"))
                                .then(
                                        FakeAnthropic.delta(
                                                "{\"type\":\"citations_delta\",\"citation\":{\"text\":\"no\"}}"))
                                .write(
                                        "data: {\"delta\":{\"type\":\"text_delta\",\"text\":\".\"},\"index\":4,\"type\":\"content_block_delta\"}\n\n")
                                .then(FakeAnthropic.delta("null"))
                                .then(FakeAnthropic.ended("end_turn")));
        assertThat(heard.reasoning()).isEqualTo("Let me think.");
        assertThat(heard.text()).isEqualTo("Four.");
        assertThat(heard.order).containsExactly("sent", "reasoning", "works", "text", "ended");
        assertThat(answer(heard).usage().input()).isEqualTo(7);
    }

    @Test
    void reads_a_whole_message_that_was_not_streamed() throws Exception {
        Heard heard =
                ask(
                        FakeAnswer.status(
                                200,
                                """
                                {"id":"msg_1","type":"message","role":"assistant","model":"m",
                                 "content":[{"type":"thinking","thinking":"Hm.","signature":"s"},
                                  {"type":"text","text":"Hello"},{"type":"x","text":"no"},
                                  {"type":"text","text":" 😀","citations":null}],
                                 "stop_reason":"max_tokens","stop_sequence":null,
                                 "usage":{"input_tokens":7,"output_tokens":3}}"""));
        assertThat(heard.reasoning()).isEqualTo("Hm.");
        assertThat(heard.text()).isEqualTo("Hello 😀");
        assertThat(answer(heard).reason()).isEqualTo(ModelAnswer.Reason.LENGTH);
        assertThat(answer(heard).usage().output()).isEqualTo(3);
    }

    @Test
    void a_stream_cut_at_every_byte_says_the_same() throws Exception {
        FakeAnswer all =
                FakeAnthropic.begun()
                        .write(": comment é\r\n\r\n")
                        .then(FakeAnthropic.texts("a😀é", "\n\"q\""))
                        .then(FakeAnthropic.delta("{\"type\":\"text_delta\",\"text\":\"\\ud83d\"}"))
                        .then(FakeAnthropic.delta("{\"type\":\"text_delta\",\"text\":\"\\ude00\"}"))
                        .then(FakeAnthropic.thinking("why 🚢"))
                        .then(FakeAnthropic.ended("end_turn"));
        byte[] body = all.body();
        FakeAnswer bytes = FakeAnswer.head(200, "text/event-stream");
        for (int at = 0; at < body.length; at++)
            bytes = bytes.write(Arrays.copyOfRange(body, at, at + 1));
        for (FakeAnswer one : new FakeAnswer[] {all, bytes}) {
            Heard heard = ask(one);
            assertThat(heard.text()).isEqualTo("a😀é\n\"q\"😀");
            assertThat(heard.reasoning()).isEqualTo("why 🚢");
            assertThat(answer(heard).usage().output()).isEqualTo(3);
        }
    }

    @Test
    void a_connection_serves_the_next_call_and_what_follows_the_stop_is_nobodys() throws Exception {
        // The next call may come before the end of the body does, which nobody waits for.
        for (int i = 0; i < 6; i++) {
            assertThat(ask(FakeAnthropic.stream("all")).text()).isEqualTo("all");
            server.awaitAnswered(i + 1);
        }
        assertThat(server.connections()).as("of six calls").isLessThan(6);
        assertThat(ask(FakeAnthropic.stream("all").then(FakeAnthropic.texts("more"))).text())
                .isEqualTo("all");
        assertThat(ask(FakeAnthropic.stream("all").data("[DONE]")).text()).isEqualTo("all");
    }

    @Test
    void a_part_that_begins_may_be_silent_for_longer_than_a_gap() throws Exception {
        RemoteModel hasty = model(server.url(), MINUTE, Duration.ofMillis(600), 4);
        server.next(
                FakeAnthropic.begun()
                        .then(FakeAnthropic.texts("So"))
                        .then(FakeAnthropic.blockEnd(0))
                        .then(FakeAnthropic.block(1, "{\"type\":\"thinking\",\"thinking\":\"\"}"))
                        .pause(Duration.ofMillis(1500))
                        .then(FakeAnthropic.block(2, "{\"type\":\"text\",\"text\":\"\"}"))
                        .then(FakeAnthropic.texts(" far"))
                        .then(FakeAnthropic.ended("end_turn")));
        assertThat(ask(hasty, request(MINUTE)).text()).isEqualTo("So far");
    }

    @Test
    void pings_are_no_signs_of_life_of_the_model() throws Exception {
        FakeAnswer pings = FakeAnswer.empty();
        for (int i = 0; i < 50; i++)
            pings = pings.then(FakeAnthropic.ping()).pause(Duration.ofMillis(100));
        server.next(
                FakeAnthropic.begun().then(pings),
                FakeAnthropic.begun().then(FakeAnthropic.texts("So far")).then(pings));
        RemoteModel hasty = model(server.url(), Duration.ofMillis(600), Duration.ofMillis(600), 4);
        Heard unheard = ask(hasty, request(MINUTE));
        assertThat(unheard.end.join()).isInstanceOf(Outcome.TimedOut.class);
        assertThat(detail(unheard)).contains("no first event");
        Heard stalled = ask(hasty, request(MINUTE));
        assertThat(stalled.end.join()).isInstanceOf(Outcome.TimedOut.class);
        assertThat(stalled.text()).isEqualTo("So far");
        server.awaitClosed(2);
    }
}
