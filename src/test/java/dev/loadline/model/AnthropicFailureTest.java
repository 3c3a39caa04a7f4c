package dev.loadline.model;

import static org.assertj.core.api.Assertions.assertThat;

import dev.loadline.core.Outcome;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * Goal: every error of the protocol becomes the right outcome, without the key and with the
 * request's id. Method: scripted faults over real sockets.
 */
class AnthropicFailureTest extends AnthropicWorld {
    @ParameterizedTest
    @CsvSource({
        "400,invalid_request_error,Rejected",
        "401,authentication_error,Rejected",
        "402,billing_error,Exhausted",
        "403,permission_error,Rejected",
        "404,not_found_error,Rejected",
        "409,conflict_error,Rejected",
        "413,request_too_large,Rejected",
        "429,rate_limit_error,RateLimited",
        "500,api_error,ServerError",
        "504,timeout_error,Unavailable",
        "529,overloaded_error,Unavailable"
    })
    void an_error_means_the_same_with_a_status_and_inside_a_stream(
            int status, String type, String outcome) throws Exception {
        Heard refused =
                ask(
                        FakeAnswer.status(
                                status,
                                FakeAnthropic.error(type, "no: " + KEY),
                                "request-id",
                                "req_9"));
        assertThat(kind(refused)).isEqualTo(outcome);
        assertThat(detail(refused)).startsWith("HTTP " + status + " (request req_9): no: ***");
        assertThat(detail(refused)).contains(type).doesNotContain(KEY);
        if (refused.end.join() instanceof Outcome.Rejected<ModelAnswer> rejected)
            assertThat(rejected.status()).isEqualTo(status);

        Heard inside =
                ask(
                        FakeAnthropic.begun()
                                .then(FakeAnthropic.texts("So far"))
                                .then(FakeAnthropic.errorInside(type, "no: " + KEY))
                                .stall());
        assertThat(kind(inside)).isEqualTo(status == 409 ? "ServerError" : outcome);
        assertThat(detail(inside)).contains(type).doesNotContain(KEY);
        assertThat(inside.text()).isEqualTo("So far");
        server.awaitClosed(2);
    }

    private static String kind(Heard heard) {
        return heard.end.join().getClass().getSimpleName();
    }

    @Test
    void a_rate_limit_says_how_long_and_a_spend_limit_that_waiting_is_useless() throws Exception {
        String limited =
                "{\"type\":\"error\",\"error\":{\"type\":\"rate_limit_error\",\"message\":\"m\","
                        + "\"details\":{\"error_code\":\"%s\",\"x\":{\"error_code\":\"y\"}}}}";
        Heard grew =
                ask(
                        FakeAnswer.status(
                                429,
                                limited.formatted("ramp_limit_exceeded"),
                                "retry-after",
                                "12",
                                "anthropic-ratelimit-requests-reset",
                                "2030-01-01T00:00:00Z"));
        assertThat(retryAfter(grew)).isEqualTo(Duration.ofSeconds(12));
        Heard unnamed =
                ask(
                        FakeAnswer.status(
                                429,
                                limited.formatted(""),
                                "anthropic-ratelimit-requests-reset",
                                "2030-01-01T00:00:00Z"));
        assertThat(retryAfter(unnamed)).as("a reset is no wait").isEqualTo(Duration.ZERO);

        for (String code : List.of("enforced_spend_limit_reached", "contract_spend_limit_reached"))
            for (FakeAnswer spent :
                    List.of(
                            FakeAnswer.status(429, limited.formatted(code)),
                            FakeAnthropic.begun()
                                    .write(
                                            "event: error\ndata: "
                                                    + limited.formatted(code)
                                                    + "\n\n")))
                assertThat(kind(ask(spent))).as(code).isEqualTo("Exhausted");
    }

    private static Duration retryAfter(Heard heard) {
        return ((Outcome.RateLimited<ModelAnswer>) heard.end.join()).retryAfter();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "Your credit balance is too low to access the Anthropic API.|Exhausted",
                "You have reached your specified API usage limits.|Exhausted",
                "prompt is too long: 210000 tokens > 200000 maximum|Rejected",
                "max_tokens: 9000 > 8192|Rejected"
            })
    void an_invalid_request_may_be_an_empty_purse(String message, String outcome) throws Exception {
        String error = FakeAnthropic.error("invalid_request_error", message);
        assertThat(kind(ask(FakeAnswer.status(400, error)))).isEqualTo(outcome);
        assertThat(kind(ask(FakeAnswer.status(429, error)))).isEqualTo("RateLimited");
    }

    @Test
    void an_error_body_may_have_any_form() throws Exception {
        for (String body :
                List.of(
                        "{\"type\":\"error\",\"message\":\"just words\"}",
                        "{\"error\":\"just words\"}",
                        "{\"detail\":\"just words\"}",
                        "<html>just words</html>",
                        "{\"type\":\"error\",\"error\":{\"message\":\"just words")) {
            Heard heard = ask(FakeAnswer.head(413, "text/html").write(body));
            assertThat(kind(heard)).isEqualTo("Rejected");
            assertThat(detail(heard)).contains("HTTP 413", "just words");
        }
        Heard empty = ask(FakeAnswer.status(529, " ", "request-id", "a\tb <x>"));
        assertThat(kind(empty)).isEqualTo("Unavailable");
        assertThat(detail(empty)).isEqualTo("HTTP 529");
    }

    @Test
    void an_answer_without_its_stop_is_cut_off_however_much_came() throws Exception {
        FakeAnswer text = FakeAnthropic.begun().then(FakeAnthropic.texts("so far"));
        FakeAnswer reason =
                text.then(FakeAnthropic.blockEnd(0))
                        .then(FakeAnthropic.stops("end_turn", "{\"output_tokens\":3}"));
        for (FakeAnswer cut :
                List.of(
                        text,
                        text.cut(),
                        text.reset(),
                        reason,
                        reason.reset(),
                        text.data("[DONE]"),
                        text.write("event: message_stop\ndata: {\"type\":\"mess"))) {
            Heard heard = ask(cut);
            assertThat(kind(heard)).isEqualTo("Unavailable");
            assertThat(heard.text()).isEqualTo("so far");
        }
        Heard named =
                ask(
                        FakeAnswer.head(
                                        200,
                                        Map.of(
                                                "Content-Type", "text/event-stream",
                                                "request-id", "req_7"))
                                .then(FakeAnthropic.ping()));
        assertThat(detail(named)).contains("cut off", "req_7");
    }

    @Test
    void garbage_is_a_server_error() throws Exception {
        for (FakeAnswer garbage :
                List.of(
                        FakeAnthropic.begun().data("not json"),
                        FakeAnthropic.begun()
                                .data("{\"type\":\"content_block_delta\",\"delta\":{]"),
                        FakeAnthropic.begun().data("[1]"),
                        FakeAnthropic.begun().data("{\"delta\":" + "[".repeat(100_000)),
                        FakeAnthropic.event("error", ""),
                        FakeAnswer.head(200, "text/html").write("<html>\n<body>log in\n"),
                        FakeAnswer.status(200, "{\"type\":\"ping\"}"),
                        FakeAnswer.status(200, "{\"half\":"))) {
            FakeAnswer whole =
                    garbage.acts().getFirst() instanceof FakeAnswer.Act.Head
                            ? garbage
                            : FakeAnthropic.begun().then(garbage);
            assertThat(kind(ask(whole))).as("%s", garbage).isEqualTo("ServerError");
        }
    }

    @Test
    void members_of_any_type_break_nothing() throws Exception {
        String[] values = {
            "null", "true", "7", "-1.5e3", "\"x\"", "[]", "[{\"a\":1}]", "{\"a\":[1]}"
        };
        String[] members = {
            "type", "index", "delta", "content_block", "message", "content", "usage", "stop_reason"
        };
        FakeAnswer all = FakeAnthropic.begun().then(FakeAnthropic.texts("a"));
        for (String value : values) {
            for (String member : members) all = all.data("{\"%s\":%s}".formatted(member, value));
            all =
                    all.then(inner("delta", "type", value))
                            .then(inner("content_block", "text", value))
                            .then(inner("usage", "output_tokens", value))
                            .then(inner("message", "usage", value));
        }
        Heard heard = ask(all.then(FakeAnthropic.texts("b")).then(FakeAnthropic.ended("end_turn")));
        assertThat(heard.text()).isEqualTo("ab");
        assertThat(answer(heard).usage().output()).isEqualTo(3);
    }

    private static FakeAnswer inner(String member, String name, String value) {
        return FakeAnthropic.event(
                "content_block_delta", "\"%s\":{\"%s\":%s}".formatted(member, name, value));
    }

    @Test
    void cancelling_in_the_middle_closes_the_request_upstream() throws Exception {
        server.next(FakeAnthropic.begun().then(FakeAnthropic.texts("so far")).hold());
        var heard = new Heard();
        ModelCall call = start(model, heard);
        heard.firstText.get(10, TimeUnit.SECONDS);
        onLoop(
                () -> {
                    call.cancel();
                    return true;
                });
        server.awaitClosed(1);
        server.release();
        settle();
        assertThat(heard.text()).isEqualTo("so far");
        assertThat(heard.end).isNotDone();
        assertThat(ask(FakeAnthropic.stream("next")).text()).isEqualTo("next");
    }
}
