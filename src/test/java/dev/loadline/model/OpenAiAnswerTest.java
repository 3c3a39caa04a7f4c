package dev.loadline.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;

import dev.loadline.core.Json;
import dev.loadline.core.Outcome;
import dev.loadline.core.Prompt;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;

/**
 * Goal: text, reasoning and usage come through from every kind of server. Method: scripted answers
 * over real sockets.
 */
class OpenAiAnswerTest extends OpenAiWorld {
    @Test
    void asks_as_documented() throws Exception {
        var said =
                List.of(
                        new Prompt.Said("m1", true, "Hi \ud83d!"),
                        new Prompt.Said("m2", false, "Hello 😀"),
                        new Prompt.Said("m3", true, "More"));
        ask(model, request("Be kind.", said, Duration.ofMinutes(1)));

        FakeProvider.Seen seen = server.request(1);
        assertThat(seen.method()).isEqualTo("POST");
        assertThat(seen.path()).isEqualTo("/v1/chat/completions");
        assertThat(seen.headers())
                .containsEntry("authorization", "Bearer " + KEY)
                .containsEntry("content-type", "application/json")
                .doesNotContainKey("accept-encoding");
        JsonNode body = Json.MAPPER.readTree(seen.body());
        JsonNode expected =
                Json.MAPPER.readTree(
                        """
                        {"model":"some-model","stream":true,"stream_options":{"include_usage":true},
                         "messages":[{"role":"system","content":"Be kind."},
                                     {"role":"user","content":"Hi \ufffd!"},
                                     {"role":"assistant","content":"Hello 😀"},
                                     {"role":"user","content":"More"}]}""");
        assertThat(body).isEqualTo(expected);
    }

    @Test
    void leaves_out_empty_instructions() throws Exception {
        ask(model, request("", List.of(new Prompt.Said("m", true, "x")), Duration.ofMinutes(1)));
        assertThat(server.request(1).body()).doesNotContain("system");
    }

    @Test
    void streams_text_and_counts_usage_and_cost() throws Exception {
        Heard heard =
                ask(
                        FakeAnswer.begun()
                                .texts("Hel", "lo", " 😀")
                                .finish("stop")
                                .data(
                                        """
                                        {"choices":[],"usage":{"prompt_tokens":1000000,
                                         "completion_tokens":500000,"total_tokens":1500000,
                                         "prompt_tokens_details":{"cached_tokens":600,"audio_tokens":0},
                                         "completion_tokens_details":{"reasoning_tokens":40}}}"""
                                                .replace("\n", ""))
                                .done());
        assertThat(heard.deltas).containsExactly("Hel", "lo", " 😀");
        assertThat(heard.order).containsExactly("sent", "text", "ended");
        ModelAnswer answer = answer(heard);
        assertThat(answer.reason()).isEqualTo(ModelAnswer.Reason.STOP);
        assertThat(answer.usage().input()).isEqualTo(1_000_000);
        assertThat(answer.usage().cached()).isEqualTo(600);
        assertThat(answer.usage().output()).isEqualTo(500_000);
        assertThat(answer.usage().reasoning()).isEqualTo(40);
        assertThat(answer.usage().cost()).isEqualTo(1.25);
        assertThat(answer.usage().modelCalls()).isEqualTo(1);
        assertThat(answer.usage().estimated()).isNull();
    }

    @Test
    void usage_that_is_not_told_is_absent() throws Exception {
        assertThat(answer(ask(FakeAnswer.begun().texts("x").finish("stop").done())).usage())
                .isNull();
    }

    @Test
    void usage_on_every_chunk_and_on_the_finish_chunk_counts_as_the_last_one() throws Exception {
        Heard heard =
                ask(
                        FakeAnswer.begun()
                                .data(
                                        "{\"choices\":[{\"delta\":{\"content\":\"a\"}}],\"usage\":{\"prompt_tokens\":5,\"completion_tokens\":1}}")
                                .data(
                                        "{\"choices\":[{\"delta\":{\"content\":\"b\"},\"finish_reason\":\"stop\"}],\"usage\":{\"prompt_tokens\":5,\"completion_tokens\":2}}")
                                .data("{\"choices\":[],\"usage\":null}")
                                .done());
        assertThat(answer(heard).usage().output()).isEqualTo(2);
    }

    @ParameterizedTest
    @CsvSource({
        "stop,STOP",
        "length,LENGTH",
        "max_tokens,LENGTH",
        "content_filter,FILTERED",
        "tool_calls,STOP",
        "function_call,STOP",
        "eos,STOP"
    })
    void says_how_it_ended(String finish, ModelAnswer.Reason reason) throws Exception {
        assertThat(answer(ask(FakeAnswer.begun().texts("x").finish(finish).done())).reason())
                .isEqualTo(reason);
    }

    @Test
    void takes_one_of_two_kinds_of_reasoning() throws Exception {
        Heard heard =
                ask(
                        FakeAnswer.begun()
                                .data(FakeAnswer.chunk("{\"reasoning\":\"a\"}"))
                                .data(
                                        FakeAnswer.chunk(
                                                "{\"reasoning_content\":\"b\",\"content\":null}"))
                                .data(
                                        FakeAnswer.chunk(
                                                "{\"reasoning\":\"c\",\"reasoning_content\":\"c\"}"))
                                .data(
                                        FakeAnswer.chunk(
                                                "{\"reasoning\":null,\"reasoning_content\":\"d\"}"))
                                .texts("text")
                                .ended());
        assertThat(heard.reasoning()).isEqualTo("abcd");
        assertThat(heard.text()).isEqualTo("text");
        assertThat(heard.order).containsExactly("sent", "reasoning", "text", "ended");
    }

    @Test
    void bears_what_clones_do() throws Exception {
        Heard heard =
                ask(
                        FakeAnswer.head(200, "text/event-stream; charset=utf-8")
                                .write("\ufeff: OPENROUTER PROCESSING\n\n:\r\n\r\n")
                                .data("{\"choices\":[],\"prompt_filter_results\":[{\"a\":[{}]}]}")
                                .data("{\"choices\":null}")
                                .data("{\"choices\":[{\"delta\":null,\"index\":0}],\"error\":null}")
                                .data(FakeAnswer.chunk("{\"content\":null,\"tool_calls\":[]}"))
                                .write(
                                        "data:"
                                                + FakeAnswer.chunk(
                                                        "{\"content\":\"a\",\"role\":\"assistant\"}")
                                                + "\r\n\r\n")
                                .write(
                                        "id: 7\rretry: 10\rdata: "
                                                + FakeAnswer.chunk("{\"content\":\"b\"}")
                                                + "\r\r")
                                .data(
                                        "{\"choices\":[{\"index\":1,\"delta\":{\"content\":\"other\"}},{\"delta\":{\"content\":\"c\"}}],\"timings\":{}}")
                                .write(
                                        "data: {\"choices\":\ndata: [{\"delta\":{\"content\":\"d\"}}]}\n\n")
                                .write("data:\n\n")
                                .finish("stop")
                                .texts("e")
                                .data("{\"choices\":[],\"obfuscation\":\"xyz\"}")
                                .write("data: [DONE] \n\n"));
        assertThat(heard.text()).isEqualTo("abcde");
        assertThat(answer(heard).reason()).isEqualTo(ModelAnswer.Reason.STOP);
    }

    @Test
    void a_refusal_is_text() throws Exception {
        Heard heard =
                ask(
                        FakeAnswer.begun()
                                .data(
                                        FakeAnswer.chunk(
                                                "{\"content\":null,\"refusal\":\"I can't.\"}"))
                                .ended());
        assertThat(heard.text()).isEqualTo("I can't.");
    }

    @Test
    void ends_at_the_end_of_the_body_when_nobody_says_done() throws Exception {
        assertThat(ask(FakeAnswer.begun().texts("x").finish("stop")).text()).isEqualTo("x");
        String last = "{\"choices\":[{\"delta\":{\"content\":\"y\"},\"finish_reason\":\"stop\"}]}";
        Heard heard = ask(FakeAnswer.begun().write("data: " + last));
        assertThat(heard.text()).isEqualTo("y");
        assertThat(answer(heard).reason()).isEqualTo(ModelAnswer.Reason.STOP);
    }

    @Test
    void reads_a_whole_answer_that_was_not_streamed() throws Exception {
        Heard heard = ask(FakeAnswer.whole("Hello 😀"));
        assertThat(heard.text()).isEqualTo("Hello 😀");
        assertThat(answer(heard).usage().input()).isEqualTo(7);

        var long1 = "long ".repeat(100_000);
        byte[] body = FakeAnswer.whole(long1).body();
        FakeAnswer inParts = FakeAnswer.head(200, "application/json; charset=utf-8");
        for (int at = 0; at < body.length; at += 7001)
            inParts = inParts.write(Arrays.copyOfRange(body, at, Math.min(body.length, at + 7001)));
        assertThat(ask(inParts).text()).isEqualTo(long1);
    }

    @Test
    void emoji_are_whole_however_they_are_cut() throws Exception {
        byte[] smile = "😀".getBytes(StandardCharsets.UTF_8);
        byte[] before =
                "data: {\"choices\":[{\"delta\":{\"content\":\"<".getBytes(StandardCharsets.UTF_8);
        FakeAnswer cut = FakeAnswer.begun().write(before);
        for (byte b : smile) cut = cut.write(new byte[] {b});
        Heard heard = ask(cut.write(">\"}}]}\n\n").ended());
        assertThat(heard.text()).isEqualTo("<😀>");

        Heard escaped =
                ask(
                        FakeAnswer.begun()
                                .data("{\"choices\":[{\"delta\":{\"content\":\"<\\ud83d\"}}]}")
                                .data("{\"choices\":[{\"delta\":{\"content\":\"\\ude00>\"}}]}")
                                .ended());
        assertThat(escaped.text()).isEqualTo("<😀>");
    }

    @Test
    void a_stream_cut_at_every_byte_says_the_same() throws Exception {
        byte[] body =
                FakeAnswer.begun()
                        .write(": comment é\r\n\r\n")
                        .texts("a😀é", "\n\"q\"")
                        .reasoning("why 🚢")
                        .write(
                                "data:"
                                        + FakeAnswer.chunk("{\"content\":\"\\ud83d\\ude00\"}")
                                        + "\r\n\r\n")
                        .ended()
                        .body();
        Heard whole = ask(FakeAnswer.head(200, "text/event-stream").write(body));
        assertThat(whole.text()).isEqualTo("a😀é\n\"q\"😀");
        for (int at = 1; at < body.length; at++) {
            Heard heard =
                    ask(
                            FakeAnswer.head(200, "text/event-stream")
                                    .write(Arrays.copyOfRange(body, 0, at))
                                    .write(Arrays.copyOfRange(body, at, body.length)));
            assertThat(heard.deltas).as("cut at %d", at).isEqualTo(whole.deltas);
            assertThat(heard.reasoning()).isEqualTo("why 🚢");
            assertThat(answer(heard)).isEqualTo(answer(whole));
        }
        assertThat(server.connections()).as("one connection, used again").isLessThan(10);
    }

    @Test
    void a_stream_of_single_bytes_says_the_same() throws Exception {
        FakeAnswer bytes = FakeAnswer.head(200, "text/event-stream");
        for (byte b : FakeAnswer.stream("a😀", "b").body()) bytes = bytes.write(new byte[] {b});
        assertThat(ask(bytes).text()).isEqualTo("a😀b");
    }

    @Test
    void connections_are_used_again() throws Exception {
        for (int i = 0; i < 5; i++) ask(FakeAnswer.stream("x"));
        assertThat(server.requests()).isEqualTo(5);
        assertThat(server.connections()).isLessThanOrEqualTo(2);
        assertThat(server.closedByClient()).isZero();
    }

    @Test
    void without_a_key_none_is_sent() throws Exception {
        var keyless =
                new OpenAiSettings(
                        "m", server.url() + "/", "", "x", "g", ModelSettings.Normal.DEFAULT, null);
        var asked =
                new RemoteModel(
                        keyless,
                        ModelTimeouts.of(keyless.normal()),
                        1,
                        vertx,
                        dev.loadline.core.Clock.system(),
                        timers);
        Heard heard = ask(asked, request(Duration.ofMinutes(1)));
        assertThat(server.request(1).headers()).doesNotContainKey("authorization");
        assertThat(server.request(1).path()).isEqualTo("/v1/chat/completions");
        assertThat(answer(heard).usage().cost()).isNull();
    }

    @Test
    void is_told_nothing_before_it_returns_and_all_on_the_calling_loop() {
        var heard = new Heard();
        Thread asking =
                onLoop(
                        () -> {
                            model.stream(request(Duration.ofMinutes(1)), heard);
                            assertThat(heard.order).isEmpty();
                            return Thread.currentThread();
                        });
        assertThat(heard.end.orTimeout(10, java.util.concurrent.TimeUnit.SECONDS).join())
                .isInstanceOf(Outcome.Ok.class);
        assertThat(heard.broken()).isEmpty();
        assertThat(heard.thread()).isSameAs(asking);
        assertThatThrownBy(() -> model.stream(request(Duration.ofMinutes(1)), heard))
                .isInstanceOf(IllegalStateException.class);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "ftp://x/v1",
                "localhost:9",
                "http://",
                "http://u:p@h/v1",
                "http://h?k=v",
                "http://h#f",
                "http://h:99999/"
            })
    void refuses_addresses_that_make_no_sense(String url) {
        assertThatThrownBy(() -> settings(url))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("url");
    }

    @Test
    void settings_never_show_the_key() {
        assertThat(settings("http://h/v1").toString()).doesNotContain(KEY);
    }
}
