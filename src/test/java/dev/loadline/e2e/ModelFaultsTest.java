package dev.loadline.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.spi.ThrowableProxyUtil;
import ch.qos.logback.core.read.ListAppender;

import com.fasterxml.jackson.databind.JsonNode;

import dev.loadline.model.FakeAnswer;
import dev.loadline.transport.Wire;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.util.List;
import java.util.stream.Stream;

/**
 * Goal: whatever a model does, its turn ends once, with the right problem and all that was said;
 * the next turn works, no request is left open, and the provider's key is told nobody. Method: each
 * fault through the whole server, over real sockets; all answers and the log are searched.
 */
class ModelFaultsTest extends OneServer {
    private static final String ERROR =
            "{\"error\":{\"message\":\"no: "
                    + TestServer.KEY
                    + "\",\"type\":\"t\",\"code\":\"c\"}}";

    private final ListAppender<ILoggingEvent> log = new ListAppender<>();
    private final StringBuilder answers = new StringBuilder(); // this thread

    @Override
    String settings() {
        return """
          gone:
            provider: openai
            url: http://127.0.0.1:%d/v1
            apiKey: %s
            model: some-model
          unpaid:
            provider: openai
            url: %s
            apiKey: %s
            model: some-model
        guard: { default: { retryBudget: 0, concurrency: 2000 } }
        agents:
          assistant: {}
          lost: { model: gone }
          poor: { model: unpaid }  # its gate stays closed for long
        """
                .formatted(closedPort(), TestServer.KEY, model.url(), TestServer.KEY);
    }

    private static int closedPort() {
        try (var socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    private static Logger root() {
        return (Logger) LoggerFactory.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME);
    }

    private static Logger ours() {
        return (Logger) LoggerFactory.getLogger("dev.loadline");
    }

    @BeforeEach
    void listen() {
        answers.setLength(0);
        log.list.clear();
        log.start();
        root().addAppender(log);
        ours().setLevel(Level.TRACE);
        ours().setAdditive(false); // so much is not for the console
        ours().addAppender(log);
    }

    @AfterEach
    void nothingIsLeftOpenAndNobodyKnowsTheKey() {
        TestServer.until("no request to the model is open", () -> model.open() == 0);
        rests();
        root().detachAppender(log);
        ours().detachAppender(log);
        ours().setAdditive(true);
        ours().setLevel(null);
        assertThat(answers.toString()).doesNotContain(TestServer.KEY);
        for (ILoggingEvent event : List.copyOf(log.list)) {
            assertThat(event.getFormattedMessage()).doesNotContain(TestServer.KEY);
            if (event.getThrowableProxy() == null) continue;
            assertThat(ThrowableProxyUtil.asString(event.getThrowableProxy()))
                    .doesNotContain(TestServer.KEY);
        }
    }

    static Stream<Arguments> faults() {
        FakeAnswer begun = FakeAnswer.begun().texts("So ", "far");
        return Stream.of(
                arguments("400", FakeAnswer.status(400, ERROR), "", "model_refused", 502, null),
                arguments("401", FakeAnswer.status(401, ERROR), "", "model_refused", 502, null),
                arguments("403", FakeAnswer.status(403, ERROR), "", "model_refused", 502, null),
                arguments("404", FakeAnswer.status(404, ERROR), "", "model_refused", 502, null),
                failed("500", FakeAnswer.status(500, ERROR), ""),
                failed("503", FakeAnswer.status(503, ERROR), ""),
                failed("529 in html", FakeAnswer.head(529, "text/html").write("<p>busy"), ""),
                failed("cut before a word", FakeAnswer.begun().cut(), ""),
                failed("cut in mid-chunk", begun.cut(), "So far"),
                failed("reset in mid-chunk", begun.reset(), "So far"),
                failed("ended too early", begun, "So far"),
                failed("error in the stream at once", FakeAnswer.begun().data(ERROR), ""),
                failed("error in the stream after text", begun.data(ERROR), "So far"),
                failed("garbage for events", begun.write("data: {\"choices\":[{]\n\n"), "So far"),
                failed("no HTTP", raw("SSH-2.0-OpenSSH_9.6\r\n\r\n"), ""),
                failed("a line without an end", begun.write("data: ").write(tenMiB()), "So far"),
                failed(
                        "a login page",
                        FakeAnswer.head(200, "text/html").write("<html><body>Log in</body></html>"),
                        ""));
    }

    private static Arguments failed(String name, FakeAnswer answer, String text) {
        return arguments(name, answer, text, "dependency_unavailable", 502, "error");
    }

    private static FakeAnswer raw(String bytes) {
        return FakeAnswer.empty()
                .with(new FakeAnswer.Act.Raw(io.vertx.core.buffer.Buffer.buffer(bytes)));
    }

    private static byte[] tenMiB() {
        byte[] bytes = new byte[10 << 20];
        java.util.Arrays.fill(bytes, (byte) 'a');
        return bytes;
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("faults")
    void a_fault_ends_the_turn_with_its_problem(
            String name, FakeAnswer answer, String text, String code, int status, String reason) {
        model.next(answer);
        String conversation = api.open("assistant");
        JsonNode problem = failing(conversation, text);
        assertThat(problem.get("code").textValue()).isEqualTo(code);
        assertThat(problem.get("status").intValue()).isEqualTo(status);
        assertThat(problem.get("type").textValue()).isEqualTo("urn:loadline:problem:" + code);
        assertThat(problem.get("dependency").textValue()).isEqualTo("model:main");
        assertThat(problem.path("reason").textValue()).isEqualTo(reason);
        assertThat(problem.has("retryAfterMs")).isFalse();
        assertThat(problem.get("detail").textValue()).isNotBlank();
        goesOn(conversation);
    }

    /** Follows a turn that fails; what the stream told is what is stored. */
    private JsonNode failing(String conversation, String text, Object... more) {
        try (SseReader reader = api.stream(conversation, "Hi", more)) {
            Wire.Event last = reader.rest();
            reader.seen().forEach(event -> answers.append(event.data()));
            assertThat(last.type()).as(last.data()).isEqualTo("turn.failed");
            assertThat(reader.types().stream().filter(SseReader.LAST::contains)).hasSize(1);
            assertThat(reader.text()).isEqualTo(text);
            JsonNode turn = api.turn(reader.turn());
            answers.append(turn);
            assertThat(turn.get("status").textValue()).isEqualTo("failed");
            assertThat(turn.get("text").textValue()).isEqualTo(text);
            assertThat(turn.get("problem")).isEqualTo(last.json().get("problem"));
            JsonNode messages = api.messages(conversation);
            answers.append(messages);
            assertThat(messages).hasSize(text.isEmpty() ? 1 : 2);
            if (!text.isEmpty()) {
                assertThat(messages.at("/1/text").textValue()).isEqualTo(text);
                assertThat(messages.at("/1/cut").booleanValue()).isTrue();
            }
            return last.json().get("problem");
        }
    }

    private void goesOn(String conversation) {
        JsonNode next = api.ended(api.begin(conversation, "Again"));
        assertThat(next.get("text").textValue()).isEqualTo("Hello there!");
    }

    @Test
    void a_rate_limit_that_does_not_fit_the_deadline_says_when_to_come_back() {
        model.next(FakeAnswer.status(429, ERROR, "Retry-After", "2"));
        String conversation = api.open("assistant");
        JsonNode problem = failing(conversation, "", "deadlineMs", 1000);
        assertThat(problem.get("code").textValue()).isEqualTo("dependency_unavailable");
        assertThat(problem.get("status").intValue()).isEqualTo(502);
        assertThat(problem.get("reason").textValue()).isEqualTo("rate_limited");
        assertThat(problem.get("retryAfterMs").longValue()).isBetween(1L, 2200L);
        assertThat(problem.get("retryable").booleanValue()).isTrue();
        goesOn(conversation);
    }

    @Test
    void a_quota_that_is_gone_does_not_say_come_back() {
        model.next(
                FakeAnswer.status(
                        429,
                        "{\"error\":{\"message\":\"pay\",\"code\":\"insufficient_quota\"}}",
                        "Retry-After",
                        "7"));
        JsonNode problem = failing(api.open("poor"), "");
        assertThat(problem.get("reason").textValue()).isEqualTo("rate_limited");
        assertThat(problem.get("retryable").booleanValue()).isFalse();
        assertThat(problem.has("retryAfterMs")).isFalse();
    }

    @Test
    void a_model_that_is_not_there_is_told_by_name() {
        JsonNode problem = failing(api.open("lost"), "");
        assertThat(problem.get("code").textValue()).isEqualTo("dependency_unavailable");
        assertThat(problem.get("dependency").textValue()).isEqualTo("model:gone");
        assertThat(problem.get("reason").textValue()).isEqualTo("error");
    }

    @Test
    void a_model_that_hangs_before_the_first_token_ends_with_the_deadline() {
        for (FakeAnswer silent : List.of(FakeAnswer.hang(), FakeAnswer.begun().stall())) {
            model.next(silent);
            int asked = model.requests();
            String conversation = api.open("assistant");
            JsonNode problem = failing(conversation, "", "deadlineMs", 300);
            assertThat(problem.get("code").textValue()).isEqualTo("deadline_exceeded");
            assertThat(problem.get("status").intValue()).isEqualTo(504);
            model.awaitClosed(asked + 1);
            goesOn(conversation);
        }
    }

    @Test
    void a_model_that_stalls_between_tokens_is_given_up() {
        model.next(FakeAnswer.begun().texts("So ", "far").stall());
        int asked = model.requests();
        String conversation = api.open("assistant");
        JsonNode problem = failing(conversation, "So far");
        assertThat(problem.get("code").textValue()).isEqualTo("dependency_unavailable");
        assertThat(problem.get("status").intValue()).isEqualTo(504);
        assertThat(problem.get("reason").textValue()).isEqualTo("timeout");
        model.awaitClosed(asked + 1);
        goesOn(conversation);
    }

    @Test
    void half_an_emoji_before_a_cut_becomes_a_replacement_character() {
        model.next(FakeAnswer.begun().data(FakeAnswer.chunk("{\"content\":\"Oh \\ud83d\"}")).cut());
        failing(api.open("assistant"), "Oh \ufffd");
    }

    @Test
    void every_outcome_is_counted() {
        model.next(FakeAnswer.status(401, ERROR), FakeAnswer.status(500, ERROR));
        failing(api.open("assistant"), "");
        failing(api.open("assistant"), "");
        String metrics = api.get("/metrics").text();
        answers.append(metrics);
        for (String outcome : List.of("rejected", "server_error"))
            assertThat(metrics)
                    .containsPattern(
                            "loadline_dependency_calls_total\\{dependency=\"model:main\",outcome=\""
                                    + outcome
                                    + "\"\\} [1-9]");
    }
}
