package dev.loadline.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import com.fasterxml.jackson.databind.JsonNode;

import dev.loadline.model.FakeAnswer;
import dev.loadline.transport.Wire;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/**
 * Goal: what a client sends wrong is refused in the words of API.md and costs nothing; what a
 * client does wrong harms no turn. Method: the very bytes, over real sockets, to the whole server.
 */
class ClientFaultsTest extends OneServer {
    private static final int TEXT_MAX = 262_144;

    @Override
    String settings() {
        return """
        agents:
          assistant: {}
          large:
            context: { budget: { tokens: 1000000 } }
            limits: { tokens: 100000000, cost: 1000000 }
        """;
    }

    static Stream<Arguments> bodies() {
        return Stream.of(
                arguments("{\"text\": \"Hi\"", ""),
                arguments("", ""),
                arguments("{\"text\": \"Hi\"} {}", ""),
                arguments("[\"Hi\"]", ""),
                arguments("{\"text\": \"Hi\", \"text\": \"Ho\"}", ""),
                arguments("[".repeat(5000), ""),
                arguments("{\"txt\": \"Hi\"}", "txt"),
                arguments("{\"text\": \"Hi\", \"wenBusy\": \"reject\"}", "wenBusy"),
                arguments("{}", "text"),
                arguments("{\"text\": null}", "text"),
                arguments("{\"text\": 5}", "text"),
                arguments("{\"text\": \"\"}", "text"),
                arguments("{\"text\": \" \\u00a0\\n\"}", "text"),
                arguments("{\"text\": \"Hi\", \"key\": \"\"}", "key"),
                arguments(Api.submission("Hi", "key", "k".repeat(256)), "key"),
                arguments("{\"text\": \"Hi\", \"deadlineMs\": 99}", "deadlineMs"),
                arguments("{\"text\": \"Hi\", \"deadlineMs\": \"100\"}", "deadlineMs"),
                arguments("{\"text\": \"Hi\", \"deadlineMs\": 1e99}", "deadlineMs"),
                arguments("{\"text\": \"Hi\", \"metadata\": {\"a\": 1}}", "metadata.a"),
                arguments("{\"text\": \"Hi\", \"metadata\": []}", "metadata"),
                arguments(Api.submission("a".repeat(TEXT_MAX + 1)), "text"));
    }

    @ParameterizedTest(name = "{1} {index}")
    @MethodSource("bodies")
    void a_body_that_is_wrong_is_refused_by_its_place(String body, String path) {
        String conversation = api.open("assistant");
        Wire.Answer answer = api.post(Api.turnsOf(conversation), body);
        assertThat(answer.status()).as(answer.text()).isEqualTo(400);
        assertThat(answer.header("content-type")).isEqualTo("application/problem+json");
        assertThat(answer.json().get("code").textValue()).isEqualTo("invalid_request");
        if (!path.isEmpty())
            assertThat(answer.json().get("errors").findValuesAsText("path")).contains(path);
        assertThat(api.messages(conversation)).isEmpty();
    }

    @Test
    void bytes_that_are_no_text_are_refused() {
        String conversation = api.open("assistant");
        var body = new ByteArrayOutputStream();
        body.writeBytes("{\"text\":\"caf".getBytes(StandardCharsets.US_ASCII));
        body.write(0xE9);
        body.writeBytes("\"}".getBytes(StandardCharsets.US_ASCII));
        try (Wire wire = api.wire()) {
            wire.send(head(conversation, "application/json", body.size()));
            Wire.Answer answer = wire.send(body.toByteArray()).answer();
            assertThat(answer.status()).isEqualTo(400);
            assertThat(answer.json().get("detail").textValue()).contains("UTF-8");
        }
    }

    private String head(String conversation, String type, int length) {
        return "POST %s HTTP/1.1\r\nHost: localhost:%d\r\nContent-Type: %s\r\nContent-Length: %d\r\n\r\n"
                .formatted(Api.turnsOf(conversation), api.port(), type, length);
    }

    @Test
    void a_lone_half_of_a_character_is_replaced_and_stored() {
        String conversation = api.open("assistant");
        String body = "{\"text\":\"a\\ud83d b\"}";
        api.ended(api.post(Api.turnsOf(conversation), body).json().get("turn").textValue());
        assertThat(api.messages(conversation).at("/0/text").textValue()).isEqualTo("a\ufffd b");
    }

    @Test
    void of_very_many_wrong_members_twenty_are_told() {
        String conversation = api.open("assistant");
        var body = new StringBuilder("{\"text\":\"a\"");
        for (int i = 0; i < 50_000; i++) body.append(",\"m").append(i).append("\":1");
        Wire.Answer answer = api.post(Api.turnsOf(conversation), body.append('}').toString());
        assertThat(answer.status()).isEqualTo(400);
        assertThat(answer.json().get("errors")).hasSize(20);
    }

    @Test
    void the_largest_text_is_taken_and_comes_back_whole() {
        for (String letter : List.of("a", "\u20ac")) {
            String text = letter.repeat(TEXT_MAX);
            String conversation = api.open("large");
            long before = System.nanoTime();
            String turn = api.begin(conversation, text);
            assertThat(api.ended(turn).get("status").textValue()).isEqualTo("completed");
            System.out.println(
                    "FIGURE turn_with_262144_units_of_'%s'_ms %d"
                            .formatted(letter, (System.nanoTime() - before) / 1_000_000));
            assertThat(api.messages(conversation).at("/0/text").textValue()).isEqualTo(text);
        }
        String narrow = api.open("assistant");
        assertThat(api.say(narrow, "\u20ac".repeat(TEXT_MAX)).status()).isEqualTo(422);
    }

    @Test
    void a_body_or_head_that_is_too_large_is_refused_before_it_is_read() {
        String conversation = api.open("assistant");
        try (Wire wire = api.wire()) {
            Wire.Answer answer =
                    wire.send(head(conversation, "application/json", (1 << 20) + 1)).answer();
            assertThat(answer.status()).isEqualTo(413);
            assertThat(answer.json().get("code").textValue()).isEqualTo("too_large");
        }
        Wire.Answer headers = api.get("/api/me", "X-Large: " + "a".repeat(17 << 10));
        assertThat(headers.status()).isEqualTo(431);
        assertThat(headers.json().get("code").textValue()).isEqualTo("too_large");
        assertThat(api.get("/api/me", "X-Large: " + "a".repeat(15 << 10)).status()).isEqualTo(200);
    }

    @Test
    void a_body_of_another_type_is_refused() {
        String conversation = api.open("assistant");
        for (String type : List.of("text/plain", "application/x-www-form-urlencoded")) {
            try (Wire wire = api.wire()) {
                wire.send(head(conversation, type, 13) + "{\"text\":\"Hi\"}");
                Wire.Answer answer = wire.answer();
                assertThat(answer.status()).as(type).isEqualTo(415);
                assertThat(answer.json().get("code").textValue())
                        .isEqualTo("unsupported_media_type");
            }
        }
        assertThat(api.messages(conversation)).isEmpty();
    }

    @Test
    void other_hosts_and_foreign_origins_do_not_come_in() {
        for (String header :
                List.of(
                        "Host: evil.example",
                        "Host: 10.0.0.1:8080",
                        "Origin: https://evil.example",
                        "Origin: null")) {
            Wire.Answer answer = api.get("/api/me", header);
            assertThat(answer.status()).as(header).isEqualTo(403);
            assertThat(answer.json().get("code").textValue()).isEqualTo("forbidden");
            assertThat(answer.header("access-control-allow-origin")).isEmpty();
            assertThat(api.get("/health/live", header).status()).as(header).isEqualTo(200);
        }
        Wire.Answer allowed = api.get("/api/me", "Origin: https://app.example");
        assertThat(allowed.status()).isEqualTo(200);
        assertThat(allowed.header("access-control-allow-origin")).isEqualTo("https://app.example");
        String own = "Origin: http://localhost:" + api.port();
        assertThat(api.get("/api/me", own).status()).isEqualTo(200);
    }

    @Test
    void a_problem_is_a_plain_answer_also_for_who_wants_a_stream() {
        try (SseReader reader = api.stream("c_foreign", "Hi")) {
            assertThat(reader.head().status()).isEqualTo(404);
            assertThat(reader.head().header("content-type")).isEqualTo("application/problem+json");
        }
        Wire.Answer agent =
                api.post("/api/conversations", Api.json("agent", "asistant", "nme", "x"));
        assertThat(agent.status()).isEqualTo(400);
        assertThat(agent.json().at("/errors/0/path").textValue()).isEqualTo("nme");
    }

    @Test
    void a_reader_that_stops_reading_holds_up_nobody_and_misses_nothing() {
        String line = "0123456789 abcdef ".repeat(64);
        int lines = 1800; // within what one answer may hold
        model.next(FakeAnswer.begun().repeat(line, lines).ended());
        String conversation = api.open("large");
        String request = "Host: localhost:%d\r\nAccept: text/event-stream".formatted(api.port());
        try (SseReader slow =
                SseReader.over(
                        Wire.to(api.port(), 8192)
                                .post(
                                        Api.turnsOf(conversation),
                                        Api.submission("Much"),
                                        request.split("\r\n")))) {
            String turn = slow.turn();
            JsonNode ended = api.ended(turn);
            assertThat(ended.get("text").textValue()).isEqualTo(line.repeat(lines));
            assertThat(gauge("loadline_streams_stalled")).isEqualTo(1);
            long before = System.nanoTime();
            assertThat(api.ended(api.begin(api.open("assistant"), "Hi")).get("text").textValue())
                    .isEqualTo("Hello there!");
            System.out.println(
                    "FIGURE turn_beside_a_stalled_reader_ms "
                            + (System.nanoTime() - before) / 1_000_000);
            assertThat(slow.rest().type()).isEqualTo("turn.completed");
            assertThat(slow.text()).isEqualTo(line.repeat(lines));
            assertThat(slow.seen().size()).as("deltas became larger").isLessThan(lines / 2);
        }
    }

    @Test
    void a_turn_whose_client_vanishes_goes_on_to_its_end() {
        model.next(held("All ").texts("is ", "well").ended());
        int asked = model.requests();
        String conversation = api.open("assistant");
        SseReader reader = api.stream(conversation, "Well?");
        reader.untilText("All ");
        reader.vanish();
        TestServer.until("its stream is gone", () -> gauge("loadline_streams") == 0);
        model.releaseHeld();
        model.awaitAnswered(asked + 1);
        JsonNode turn = api.ended(reader.turn());
        assertThat(turn.get("status").textValue()).isEqualTo("completed");
        assertThat(api.messages(conversation).at("/1/text").textValue()).isEqualTo("All is well");
    }

    @Test
    void fifty_clients_that_vanish_at_once_leave_nothing_behind() {
        model.always(held("Say").texts(" it").ended());
        List<SseReader> readers = new ArrayList<>();
        for (int i = 0; i < 50; i++) {
            readers.add(api.stream(api.open("assistant"), "Hi"));
            readers.getLast().untilText("Say");
        }
        JsonNode load = api.read("/api/ops/load");
        assertThat(load.get("streams").intValue()).isEqualTo(50);
        assertThat(load.get("activeTurns").intValue()).isEqualTo(50);
        assertThat(gauge("loadline_active_turns")).isEqualTo(50);
        readers.forEach(SseReader::vanish);
        TestServer.until("no stream", () -> gauge("loadline_streams") == 0);
        assertThat(gauge("loadline_active_turns")).isEqualTo(50);
        TestServer.until(
                "all turns end",
                () -> {
                    model.release();
                    return gauge("loadline_active_turns") == 0;
                });
        rests();
        for (JsonNode mailbox : api.read("/api/ops/load").get("mailboxes")) {
            assertThat(mailbox.get("inWork").intValue()).isZero();
            assertThat(mailbox.get("depth").intValue()).isZero();
        }
        for (SseReader reader : readers)
            assertThat(api.turn(reader.turn()).get("text").textValue()).isEqualTo("Say it");
    }

    @Test
    void a_client_that_goes_in_the_middle_of_its_request_is_forgotten() {
        String conversation = api.open("assistant");
        Wire half = api.wire();
        half.send(head(conversation, "application/json", 100) + "{\"text\":");
        half.vanish();
        Wire impatient = api.wire();
        impatient.post(Api.turnsOf(conversation), Api.submission("Hi", "key", "k"));
        TestServer.until("it is stored", () -> !api.messages(conversation).isEmpty());
        impatient.vanish();
        Wire.Answer again = api.say(conversation, "Hi", "key", "k");
        assertThat(again.json().get("duplicate").booleanValue()).isTrue();
        assertThat(api.ended(again.json().get("turn").textValue()).get("status").textValue())
                .isEqualTo("completed");
    }

    private double gauge(String name) {
        return api.get("/metrics")
                .text()
                .lines()
                .filter(line -> line.startsWith(name + " "))
                .mapToDouble(line -> Double.parseDouble(line.substring(name.length() + 1)))
                .findFirst()
                .orElseThrow(() -> new AssertionError("no " + name));
    }

    @Test
    void every_promised_figure_is_there() {
        String metrics = api.get("/metrics").text();
        for (String name :
                List.of(
                        "loadline_turns_total",
                        "loadline_active_turns",
                        "loadline_ttft_seconds_bucket",
                        "loadline_turn_overhead_seconds_bucket",
                        "loadline_mailbox_depth",
                        "loadline_mailbox_oldest_seconds",
                        "loadline_mailbox_wait_seconds",
                        "loadline_mailbox_refused_total",
                        "loadline_dependency_calls_total",
                        "loadline_dependency_seconds",
                        "loadline_context_tokens",
                        "loadline_background_total",
                        "loadline_background_oldest_seconds",
                        "loadline_loop_lag_seconds",
                        "jvm_memory_used_bytes",
                        "vertx_")) assertThat(metrics).as(name).containsPattern("(?m)^" + name);
        assertThat(metrics).doesNotContain("conversation=", "principal=", "tenant=", "user=");
        JsonNode load = api.read("/api/ops/load");
        for (String member :
                List.of(
                        "level",
                        "activeTurns",
                        "maxTurns",
                        "parkedTurns",
                        "queuedTurns",
                        "streams",
                        "loopLagMs",
                        "heapUsed",
                        "heapMax",
                        "draining",
                        "mailboxes",
                        "refused",
                        "at",
                        "node")) assertThat(load.has(member)).as(member).isTrue();
    }
}
