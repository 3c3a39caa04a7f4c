package dev.loadline.transport;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import dev.loadline.core.Problem;
import dev.loadline.core.ProblemException;
import dev.loadline.turn.By;
import dev.loadline.turn.Feed;
import dev.loadline.turn.TurnEvent;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;

/**
 * Goal: what goes wrong is told as the clients of OpenAI's API understand it, and whoever waits or
 * reads is let go. Method: real sockets before real feeds, time by hand.
 */
class OpenAiFailuresTest extends ChatDoor {
    @Test
    void a_turn_that_fails_in_mid_stream_ends_in_an_error_without_done() {
        stream("a", "");
        server.turns.write(
                "a",
                feed -> {
                    begins(feed);
                    feed.text("So far");
                });
        assertThat(wire.event().orElseThrow().data()).isEqualTo(ROLE);
        assertThat(wire.event().orElseThrow().data()).isEqualTo(text("So far"));
        Problem why = Problem.dependency("model:main", "timeout", "it took too long");
        server.turns.write("a", feed -> feed.happened(new TurnEvent.Failed(why)));
        List<String> rest = rest();
        assertThat(rest).hasSize(1);
        assertThat(rest.getFirst())
                .isEqualTo(
                        "{\"error\":{\"message\":\"it took too long\",\"type\":\"server_error\","
                                + "\"code\":\"dependency_unavailable\",\"param\":null}}");
    }

    @Test
    void what_was_shown_cannot_be_taken_back() {
        stream("a", "");
        server.turns.write(
                "a",
                feed -> {
                    begins(feed);
                    feed.text("So far");
                });
        assertThat(wire.event().orElseThrow().data()).isEqualTo(ROLE);
        assertThat(wire.event().orElseThrow().data()).isEqualTo(text("So far"));
        server.turns.write("a", feed -> feed.reset("fallback"));
        assertThat(rest())
                .singleElement()
                .extracting(d -> error(d).get("type").asText())
                .isEqualTo("server_error");
    }

    @Test
    void a_turn_that_is_left_and_a_server_that_goes_end_in_an_error() {
        stream("a", "");
        server.turns.write("a", Feed::leave);
        assertThat(rest())
                .last()
                .extracting(d -> error(d).get("code").asText())
                .isEqualTo("draining");
        wire.post(CHAT, body("c", ""));
        TestServer.until(() -> server.turns.feed("c").subscribers() == 1);
        server.turns.write("c", Feed::leave);
        Wire.Answer left = wire.answer();
        assertThat(left.status()).isEqualTo(503);
        assertThat(left.header("retry-after")).isNotEmpty();
        stream("b", "");
        try (Wire waits = server.wire()) {
            waits.post(CHAT, body("d", ""));
            TestServer.until(() -> server.turns.feed("d").subscribers() == 1);
            TestServer.await(server.loops.getFirst().endStreams());
            assertThat(waits.answer().status()).isEqualTo(503);
        }
        assertThat(server.turns.calls).contains("hang up b", "hang up c", "hang up d");
        assertThat(rest())
                .last()
                .extracting(d -> error(d).get("code").asText())
                .isEqualTo("draining");
    }

    @ParameterizedTest
    @CsvSource({"true", "false"})
    void a_lost_client_hangs_up(boolean streams) {
        try (Wire lost = server.wire()) {
            lost.post(CHAT, body("a", ",\"stream\":" + streams));
            TestServer.until(() -> server.turns.feed("a").subscribers() == 1);
            lost.vanish();
            TestServer.until(() -> server.turns.calls.contains("hang up a"));
        }
        assertThat(server.turns.feed("a").subscribers()).isZero();
        TestServer.until(() -> server.counts.streams() == 0);
    }

    static Stream<Arguments> failures() {
        return Stream.of(
                arguments(
                        Problem.of(Problem.Code.INTERNAL, "a bug"),
                        500,
                        "internal",
                        "false",
                        false),
                arguments(
                        Problem.of(Problem.Code.MODEL_REFUSED, "no"),
                        502,
                        "model_refused",
                        "false",
                        false),
                arguments(
                        Problem.dependency("model:main", "error", "down"),
                        502,
                        "dependency_unavailable",
                        "",
                        false),
                arguments(
                        Problem.of(Problem.Code.OVERLOADED, "full").withRetryAfterMs(1),
                        503,
                        "overloaded",
                        "",
                        true),
                arguments(
                        Problem.of(Problem.Code.OVERLOADED, "full").withRetryAfterMs(90_000),
                        503,
                        "overloaded",
                        "false",
                        true),
                arguments(
                        Problem.of(Problem.Code.QUOTA_EXCEEDED, "enough").withRetryAfterMs(5000),
                        429,
                        "rate_limit_exceeded",
                        "false",
                        true),
                arguments(
                        Problem.of(Problem.Code.CONTEXT_TOO_LARGE, "too long"),
                        422,
                        "context_length_exceeded",
                        "false",
                        false),
                arguments(
                        Problem.conflict("agent_differs", "another agent's"),
                        409,
                        "agent_differs",
                        "false",
                        false));
    }

    @ParameterizedTest
    @MethodSource
    void failures(Problem why, int status, String code, String shouldRetry, boolean comesAgain) {
        server.turns.fault = new ProblemException(why);
        for (boolean streams : new boolean[] {false, true}) {
            wire.post(CHAT, body("a", ",\"stream\":" + streams));
            Wire.Answer answer = wire.answer();
            assertThat(answer.status()).isEqualTo(status);
            assertThat(answer.json().at("/error/code").asText()).isEqualTo(code);
            assertThat(answer.header("x-should-retry")).isEqualTo(shouldRetry);
            assertThat(answer.headers().containsKey("retry-after")).isEqualTo(comesAgain);
            if (!comesAgain) continue;
            long seconds = Long.parseLong(answer.header("retry-after"));
            assertThat(Long.parseLong(answer.header("retry-after-ms")))
                    .isBetween(seconds * 1000, seconds * 1000 + 999);
        }
        assertThat(server.counts.streams()).isZero();
    }

    @Test
    void a_turn_that_fails_or_is_cancelled_is_an_error_where_nothing_was_sent() {
        Problem why = Problem.of(Problem.Code.DEADLINE_EXCEEDED, "too late");
        server.turns.write("a", feed -> feed.happened(new TurnEvent.Failed(why)));
        assertThat(whole("a").status()).isEqualTo(504);
        server.turns.write("b", feed -> feed.happened(new TurnEvent.Cancelled(By.USER)));
        Wire.Answer cancelled = whole("b");
        assertThat(cancelled.status()).isEqualTo(409);
        assertThat(cancelled.header("x-should-retry")).isEqualTo("false");
        server.draining = true;
        Wire.Answer draining = whole("c");
        assertThat(draining.status()).isEqualTo(503);
        assertThat(draining.json().at("/error/code").asText()).isEqualTo("draining");
    }

    @Test
    void a_waiting_client_outlasts_the_idle_timeout_and_then_has_it_again() {
        var policy = ServerPolicy.DEFAULT;
        var short1 =
                new ServerPolicy(
                        policy.host(),
                        0,
                        List.of(),
                        policy.bodyMax(),
                        policy.headerMax(),
                        policy.bodyTime(),
                        policy.connectionsMax(),
                        policy.streamsMax(),
                        Duration.ofSeconds(1),
                        Duration.ofSeconds(1),
                        policy.frameMax(),
                        policy.streamsPerSocket());
        try (TestServer quick = new TestServer(short1, 1);
                Wire patient = quick.wire();
                Wire idle = quick.wire()) {
            patient.post(CHAT, body("a", ""));
            TestServer.until(() -> quick.turns.feed("a").subscribers() == 1);
            assertThat(idle.closes()).as("the time-out is real").isTrue();
            quick.turns.write("a", ChatDoor::says);
            assertThat(patient.answer().status()).isEqualTo(200);
            assertThat(patient.closes()).isTrue();
        }
    }
}
