package dev.loadline.transport;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;

import com.fasterxml.jackson.databind.JsonNode;

import dev.loadline.core.Problem;
import dev.loadline.core.ProblemException;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

import java.time.Duration;
import java.util.HashSet;
import java.util.Set;

/**
 * Goal: each door asks the engine what it was asked, and words the answer as API.md says. Method:
 * real sockets before an engine that writes down what it is asked.
 */
class DoorsTest {
    private final TestServer server = new TestServer();
    private final Wire wire = server.wire();

    @AfterEach
    void close() {
        wire.close();
        server.close();
    }

    private Wire.Answer get(String path) {
        return wire.get(path).answer();
    }

    @Test
    void the_reading_doors_answer_json() {
        assertThat(get("/api/me").text())
                .isEqualTo(
                        "{\"principal\":\"local/dev\",\"roles\":[\"user\",\"operator\"],\"quotas\":{},\"used\":{}}");
        assertThat(get("/api/agents").json().at("/items/0/name").asText()).isEqualTo("assistant");
        assertThat(get("/api/conversations?limit=7&before=c9&x=1").json().get("next").asText())
                .isEqualTo("c1");
        assertThat(get("/api/conversations/a%3Ab~c").json().get("id").asText()).isEqualTo("a:b~c");
        assertThat(get("/api/conversations/c1/messages?after=m1").status()).isEqualTo(200);
        Wire.Answer turns = get("/api/conversations/c1/turns");
        assertThat(turns.json().at("/items/0/turn").asText()).isEqualTo("t1");
        assertThat(turns.header("content-type")).isEqualTo("application/json");
        assertThat(turns.header("cache-control")).isEqualTo("no-store");
        assertThat(get("/api/turns/t7").json().get("turn").asText()).isEqualTo("t7");
        assertThat(server.turns.calls)
                .containsExactly(
                        "conversations 7 c9",
                        "conversation a:b~c",
                        "messages c1 50 null m1",
                        "turns c1 50 null",
                        "turn t7");
    }

    @Test
    void a_large_answer_comes_whole() {
        String text = "\uD83D\uDE00 and so on; ".repeat(20_000);
        server.turns.texts.put("t1", text);
        assertThat(get("/api/turns/t1").json().get("text").asText()).isEqualTo(text);
        int length =
                Integer.parseInt(
                        wire.request("HEAD", "/api/turns/t1", null)
                                .head()
                                .header("content-length"));
        assertThat(length).isGreaterThan(text.length());
        assertThat(get("/api/me").status()).isEqualTo(200);
    }

    @Test
    void the_acting_doors_answer_with_their_status() {
        String body = "{\"agent\":\"assistant\",\"id\":\"mine\"}";
        assertThat(wire.post("/api/conversations", body).answer().status()).isEqualTo(201);
        assertThat(wire.post("/api/conversations", body).answer().status()).isEqualTo(200);
        Wire.Answer submitted =
                wire.post("/api/conversations/c1/turns", "{\"text\":\"hi\"}").answer();
        assertThat(submitted.status()).isEqualTo(202);
        assertThat(submitted.text())
                .isEqualTo("{\"turn\":\"t1\",\"conversation\":\"c1\",\"duplicate\":false}");
        assertThat(submitted.header("loadline-turn")).isEqualTo("t1");
        assertThat(submitted.header("loadline-duplicate")).isEqualTo("false");
        Wire.Answer cancelled = wire.request("POST", "/api/turns/t1/cancel", null).answer();
        assertThat(cancelled.status()).isEqualTo(202);
        assertThat(server.turns.calls.getLast()).isEqualTo("cancel t1 user");
        Wire.Answer deleted = wire.request("DELETE", "/api/conversations/c1", null).answer();
        assertThat(deleted.status()).isEqualTo(204);
        assertThat(deleted.headers()).doesNotContainKeys("content-length", "transfer-encoding");
        assertThat(get("/api/me").status()).as("the connection serves on").isEqualTo(200);
    }

    @Test
    void readings_are_streamed_to_operators_until_the_node_goes_away() {
        try (Wire wire = server.wire().get("/api/ops/stream")) {
            assertThat(wire.head().header("content-type")).startsWith("text/event-stream");
            for (int i = 0; i < 2; i++) {
                Wire.Event event = wire.event().orElseThrow();
                while (event.type().isEmpty()) event = wire.event().orElseThrow();
                assertThat(event.type()).isEqualTo("load");
                assertThat(event.json().get("node").textValue()).isEqualTo("n1");
                assertThat(server.counts.streams()).isEqualTo(1);
                server.time.pass(Duration.ofSeconds(1));
            }
            for (TransportVerticle loop : server.loops) TestServer.await(loop.endStreams());
            var rest = wire.event();
            while (rest.isPresent()) rest = wire.event();
            TestServer.until(() -> server.counts.streams() == 0);
        }
    }

    @Test
    void the_node_tells_its_health_its_measures_and_its_types() {
        Wire.Answer live = get("/health/live");
        assertThat(live.status()).isEqualTo(200);
        assertThat(live.text()).as("no detail").isEmpty();
        assertThat(get("/health/ready").status()).isEqualTo(200);
        server.ready = false;
        assertThat(get("/health/ready").status()).isEqualTo(503);
        assertThat(get("/health/live").status()).isEqualTo(200);
        assertThat(get("/metrics").text()).isEqualTo("loadline_active_turns 0\n");
        JsonNode load = get("/api/ops/load?all=true").json();
        assertThat(load.toString())
                .isEqualTo(
                        "{\"level\":0,\"lags\":[1],\"at\":\"2025-11-24T16:00:00.000Z\","
                                + "\"node\":\"n1\",\"nodes\":[]}");
        assertThat(get("/api/ops/load").json().has("nodes")).isFalse();
        assertThat(get("/client/loadline.d.ts").text()).contains("export type Turn = {");
        Wire.Answer client = get("/client/loadline.js");
        assertThat(client.header("content-type")).isEqualTo("text/javascript; charset=utf-8");
        assertThat(client.text()).contains("export class Loadline ");
        Wire.Answer known =
                wire.get("/client/loadline.js", "If-None-Match: " + client.header("etag")).answer();
        assertThat(known.status()).isEqualTo(304);
        assertThat(known.text()).isEmpty();
        wire.request("HEAD", "/api/me", null);
        assertThat(wire.head().status()).isEqualTo(200);
        assertThat(get("/api/me").status()).as("HEAD has no body").isEqualTo(200);
    }

    @Test
    void while_draining_new_work_is_refused_and_the_rest_is_served() {
        server.draining = true;
        assertThat(get("/health/ready").status()).isEqualTo(503);
        assertThat(get("/api/turns/t1").status()).isEqualTo(200);
        assertThat(wire.request("POST", "/api/turns/t1/cancel", null).answer().status())
                .isEqualTo(202);
        try (Wire stream = server.wire()) {
            assertThat(stream.get("/api/turns/t1/events").head().status()).isEqualTo(200);
        }
        Wire.Answer refused =
                wire.post("/api/conversations/c1/turns", "{\"text\":\"hi\"}").answer();
        assertThat(refused.status()).isEqualTo(503);
        assertThat(refused.json().get("code").asText()).isEqualTo("draining");
        assertThat(refused.header("connection")).isEqualTo("close");
        assertThat(refused.header("retry-after")).matches("[1-4]");
        server.time.pass(Duration.ofSeconds(1));
        assertThat(wire.closes()).isTrue();
        assertThat(server.turns.submissions).isEmpty();
    }

    @Test
    void when_the_drain_is_over_streams_end_without_a_last_event() {
        server.turns.write("t1", feed -> feed.text("half"));
        wire.get("/api/turns/t1/events").head();
        TestServer.until(() -> server.counts.streams() == 1);
        for (TransportVerticle loop : server.loops) TestServer.await(loop.endStreams());
        assertThat(wire.events()).extracting(Wire.Event::type).containsExactly("", "text.delta");
        Wire.Answer late = wire.get("/api/turns/t1/events").answer();
        assertThat(late.status()).isEqualTo(503);
        assertThat(server.counts.streams()).isZero();
        for (TransportVerticle loop : server.loops) {
            TestServer.await(loop.shutdown(Duration.ofSeconds(5)));
        }
        assertThat(wire.closes()).isTrue();
    }

    @Test
    void a_bug_is_told_by_an_incident_that_stands_in_the_log() {
        Logger log = (Logger) LoggerFactory.getLogger(Answers.class);
        ListAppender<ILoggingEvent> lines = new ListAppender<>();
        lines.start();
        log.addAppender(lines);
        log.setAdditive(false);
        try {
            server.turns.fault = new IllegalStateException("secret thing at line 7");
            for (String path : Set.of("/api/turns/t1", "/api/agents", "/api/turns/t1/events")) {
                Wire.Answer answer = get(path);
                assertThat(answer.status()).isEqualTo(500);
                assertThat(answer.text()).doesNotContain("secret", "Exception", "dev.loadline");
                String detail = answer.json().get("detail").asText();
                String incident = detail.split(" ", -1)[1];
                assertThat(incident).matches("i[a-z2-7]{20}");
                ILoggingEvent line = lines.list.getLast();
                assertThat(line.getLevel()).isEqualTo(Level.ERROR);
                assertThat(line.getFormattedMessage()).contains(incident);
                assertThat(line.getThrowableProxy().getMessage()).contains("secret thing");
            }
        } finally {
            log.setAdditive(true);
            log.detachAppender(lines);
        }
        assertThat(server.counts.streams()).isZero();
    }

    @Test
    void who_is_shed_is_told_when_to_come_back_and_not_all_at_once() {
        Problem shed = Problem.of(Problem.Code.OVERLOADED, "full").withRetryAfterMs(2500);
        server.turns.fault = new ProblemException(shed);
        Set<String> told = new HashSet<>();
        for (int i = 0; i < 200; i++) {
            Wire.Answer answer =
                    wire.post("/api/conversations/c1/turns", "{\"text\":\"hi\"}").answer();
            assertThat(answer.status()).isEqualTo(503);
            assertThat(answer.json().get("retryAfterMs").asLong()).isEqualTo(2500);
            told.add(answer.header("retry-after"));
        }
        assertThat(told).containsExactlyInAnyOrder("3", "4", "5", "6", "7", "8");
    }

    @Test
    void a_stream_is_wanted_by_those_who_accept_it() {
        for (String accept :
                new String[] {
                    "text/event-stream",
                    "Application/JSON, Text/Event-Stream;q=0.5",
                    "*/*, text/event-stream"
                }) {
            try (Wire client = server.wire()) {
                client.post("/api/conversations/c1/turns", "{\"text\":\"a\"}", "Accept: " + accept);
                assertThat(client.head().header("content-type")).startsWith("text/event-stream");
            }
        }
        for (String accept : new String[] {"*/*", "text/event-stream;q=0", "text/*"}) {
            wire.post("/api/conversations/c1/turns", "{\"text\":\"a\"}", "Accept: " + accept);
            assertThat(wire.answer().status()).isEqualTo(202);
        }
    }

    @Test
    void a_client_that_waits_for_a_go_ahead_gets_it() {
        wire.request(
                "POST",
                "/api/conversations/c1/turns",
                null,
                "Content-Type: application/json",
                "Expect: 100-continue",
                "Content-Length: 14");
        TestServer.until(() -> server.counts.connections() == 1);
        wire.send("{\"text\":\"hey\"}");
        assertThat(wire.answer().status()).isEqualTo(202);
    }
}
