package dev.loadline.transport;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Goal: whatever a client sends, the answer is a problem that says what is wrong, and nothing
 * reaches the engine. Method: the very bytes over real sockets.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class BadInputTest {
    private static final String TURNS = "/api/conversations/c1/turns";

    private TestServer server;

    @BeforeAll
    void start() {
        server = new TestServer();
    }

    @AfterAll
    void close() {
        server.close();
    }

    private Wire.Answer submit(String json, String... headers) {
        try (Wire wire = server.wire()) {
            return wire.post(TURNS, json, headers).answer();
        }
    }

    private static void assertProblem(Wire.Answer answer, int status, String code) {
        assertThat(answer.status()).as(answer.text()).isEqualTo(status);
        assertThat(answer.header("content-type")).isEqualTo("application/problem+json");
        assertThat(answer.json().get("status").asInt()).isEqualTo(status);
        assertThat(answer.json().get("code").asText()).isEqualTo(code);
        assertThat(answer.json().get("type").asText()).isEqualTo("urn:loadline:problem:" + code);
    }

    /** Each error as {@code path: message}. */
    private static List<String> errors(Wire.Answer answer) {
        assertProblem(answer, 400, "invalid_request");
        List<String> errors = new ArrayList<>();
        for (JsonNode error : answer.json().path("errors")) {
            errors.add(error.get("path").asText() + ": " + error.get("message").asText());
        }
        return errors;
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '~',
            value = {
                "{\"text\": \"a\",}            | line 1, column 14",
                "{\"text\": \"a\"} x           | line 1, column 16",
                "{\"text\": \"a\"} {}          | something follows the value",
                "{\"text\": \"a\"              | line 1",
                "{\"text\":\"a\",\"text\":\"b\"} | Duplicate",
                "{'text': 'a'}                 | line 1, column 2",
                "{\"text\": NaN}               | line 1",
            })
    void what_is_not_json_is_told_with_its_place(String json, String told) {
        Wire.Answer answer = submit(json);
        assertProblem(answer, 400, "invalid_request");
        assertThat(answer.json().get("detail").asText()).contains(told).doesNotContain("com.");
    }

    @Test
    void an_empty_body_deep_nesting_and_bytes_that_are_no_utf8_are_refused() {
        assertThat(submit("").json().get("detail").asText()).isEqualTo("the body is empty");
        assertProblem(submit("[".repeat(5000)), 400, "invalid_request");
        byte[] bytes = "{\"text\":\"?\"}".getBytes(StandardCharsets.UTF_8);
        bytes[9] = (byte) 0xC3;
        try (Wire wire = server.wire()) {
            wire.send(head("Content-Length: " + bytes.length)).send(bytes);
            Wire.Answer answer = wire.answer();
            assertProblem(answer, 400, "invalid_request");
            assertThat(answer.text()).contains("UTF-8");
        }
    }

    private static String head(String... headers) {
        return "POST "
                + TURNS
                + " HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
                + String.join("\r\n", headers)
                + "\r\n\r\n";
    }

    @Test
    void everything_wrong_is_told_at_once() {
        assertThat(
                        errors(
                                submit(
                                        "{\"txet\":\"a\",\"text\":5,\"key\":null,\"deadlineMs\":\"1\",\"metadata\":[],"
                                                + "\"whenBusy\":\"never\"}")))
                .containsExactlyInAnyOrder(
                        "txet: unknown member; the nearest valid name is 'text'",
                        "text: must be a string",
                        "key: must not be null",
                        "deadlineMs: must be an integer",
                        "metadata: must be an object of strings",
                        "whenBusy: must be one of enqueue, steer, collect, interrupt, reject");
        assertThat(errors(submit("[]"))).containsExactly(": must be a JSON object");
        assertThat(errors(submit("{}"))).containsExactly("text: is required");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '~',
            value = {
                "\"deadlineMs\":99              | deadlineMs: must be 100..3600000",
                "\"deadlineMs\":3600001         | deadlineMs: must be 100..3600000",
                "\"deadlineMs\":1e30            | deadlineMs: must be an integer",
                "\"deadlineMs\":99999999999999999999 | deadlineMs: must be 100..3600000",
                "\"deadlineMs\":100.5           | deadlineMs: must be an integer",
                "\"key\":\"\"                   | key: must not be empty",
                "\"metadata\":{\"a\":1}         | metadata.a: must be a string",
                "\"metadata\":{\"\":\"x\"}      | metadata: a name in it must have 1..64 characters",
            })
    void ranges_and_types_are_checked(String member, String told) {
        assertThat(errors(submit("{\"text\":\"a\"," + member + "}"))).containsExactly(told);
    }

    @Test
    void lengths_are_counted_in_utf16_units() {
        assertThat(errors(submit("{\"text\":\"\"}"))).containsExactly("text: must not be empty");
        assertThat(errors(submit("{\"text\":\" \\n\\u00a0\"}")))
                .containsExactly("text: must not be blank");
        assertThat(errors(submit("{\"text\":\"" + "x".repeat(262_145) + "\"}")))
                .containsExactly("text: must have at most 262144 characters");
        assertThat(submit("{\"text\":\"" + "\uD83D\uDE00".repeat(131_072) + "\"}").status())
                .isEqualTo(202);
        String key = "\"key\":\"" + "k".repeat(256) + "\"";
        assertThat(errors(submit("{\"text\":\"a\"," + key + "}")))
                .containsExactly("key: must have at most 255 characters");
        var pairs = new StringBuilder("\"a0\":\"b\"");
        for (int i = 1; i < 17; i++) pairs.append(",\"a").append(i).append("\":\"b\"");
        assertThat(errors(submit("{\"text\":\"a\",\"metadata\":{" + pairs + "}}")))
                .containsExactly("metadata: must have at most 16 members");
        String wide = "{\"" + "n".repeat(65) + "\":\"\",\"v\":\"" + "v".repeat(513) + "\"}";
        assertThat(errors(submit("{\"text\":\"a\",\"metadata\":" + wide + "}"))).hasSize(2);
    }

    @Test
    void a_key_stands_in_the_body_or_the_header_but_not_two() {
        int before = server.turns.submissions.size();
        assertThat(errors(submit("{\"text\":\"a\",\"key\":\"1\"}", "Idempotency-Key: 2")))
                .containsExactly("key: differs from the header Idempotency-Key");
        assertThat(errors(submit("{\"text\":\"a\"}", "Idempotency-Key: " + "k".repeat(256))))
                .hasSize(1);
        assertThat(server.turns.submissions).hasSize(before);
        assertThat(submit("{\"text\":\"a\",\"key\":\"1\"}", "Idempotency-Key: 1").status())
                .isEqualTo(202);
        assertThat(submit("{\"text\":\"a\"}", "Idempotency-Key: 3").status()).isEqualTo(202);
        assertThat(server.turns.submissions.getLast().key()).isEqualTo("3");
        String twice = "Idempotency-Key: 4\r\nIdempotency-Key: 5";
        assertThat(errors(submit("{\"text\":\"a\"}", twice))).hasSize(1);
        submit("{\"text\":\"a\"}", "Idempotency-Key: caf\u00e9");
        assertThat(server.turns.submissions.getLast().key()).isEqualTo("caf\u00e9");
    }

    @Test
    void lone_surrogates_become_replacement_characters() {
        assertThat(submit("{\"text\":\"a\\ud83d!\",\"metadata\":{\"m\":\"\\ude00\"}}").status())
                .isEqualTo(202);
        assertThat(server.turns.submissions.getLast().text()).isEqualTo("a\uFFFD!");
        assertThat(server.turns.submissions.getLast().metadata()).containsEntry("m", "\uFFFD");
        assertThat(errors(submit("{\"text\":\"a\",\"\\ud83d\":1}")).getFirst())
                .startsWith("\uFFFD: unknown member");
    }

    @Test
    void malformed_json_is_told_by_its_place_and_not_in_the_parsers_words() {
        JsonNode problem = submit("{\"text\": ").json();
        assertThat(problem.get("detail").asText())
                .startsWith("malformed JSON at line 1, column ")
                .doesNotContain("Source", "REDACTED", "start marker");
    }

    @Test
    void what_is_unknown_is_422() {
        try (Wire wire = server.wire()) {
            wire.post("/api/conversations", "{\"agent\":\"nobody\"}");
            assertProblem(wire.answer(), 422, "invalid_request");
            wire.post("/api/conversations", "{\"agent\":\"assistant\",\"id\":\"a b\"}");
            assertThat(errors(wire.answer())).hasSize(1);
        }
    }

    @ParameterizedTest
    @CsvSource({
        "text/plain, 415",
        "application/json-patch+json, 415",
        "application/json; charset=latin1, 415",
        "application/json; charset=UTF-8, 202",
        "Application/JSON;charset=\"utf-8\", 202",
        "'', 415",
    })
    void only_json_in_utf8_is_taken(String type, int status) {
        try (Wire wire = server.wire()) {
            String header = type.isEmpty() ? "X-No: type" : "Content-Type: " + type;
            Wire.Answer answer = wire.request("POST", TURNS, "{\"text\":\"a\"}", header).answer();
            assertThat(answer.status()).isEqualTo(status);
            if (status == 415) {
                assertProblem(answer, 415, "unsupported_media_type");
                assertThat(wire.closes()).as("the body was not read").isTrue();
            }
        }
    }

    @Test
    void a_cancel_needs_no_body_but_takes_no_other() {
        try (Wire wire = server.wire()) {
            wire.request("POST", "/api/turns/t1/cancel", null);
            assertThat(wire.answer().status()).isEqualTo(202);
            wire.request("POST", "/api/turns/t1/cancel", "");
            assertThat(wire.answer().status()).isEqualTo(202);
            wire.post("/api/turns/t1/cancel", "{}");
            assertThat(wire.answer().status()).isEqualTo(202);
            wire.post("/api/turns/t1/cancel", "{\"by\":\"me\"}");
            assertThat(errors(wire.answer())).hasSize(1);
            wire.request("POST", "/api/turns/t1/cancel", "{}", "Content-Type: text/plain");
            assertProblem(wire.answer(), 415, "unsupported_media_type");
        }
    }

    @Test
    void a_body_that_is_announced_too_large_is_refused_before_it_comes() {
        try (Wire wire = server.wire()) {
            wire.send(head("Content-Length: 1048577"));
            Wire.Answer answer = wire.answer();
            assertProblem(answer, 413, "too_large");
            assertThat(answer.header("connection")).isEqualTo("close");
            server.time.pass(Duration.ofSeconds(1));
            assertThat(wire.closes()).isTrue();
        }
    }

    @Test
    void a_body_that_grows_too_large_is_refused_and_cut() {
        byte[] piece = new byte[64 * 1024];
        Arrays.fill(piece, (byte) ' ');
        try (Wire wire = server.wire()) {
            wire.send(head("Transfer-Encoding: chunked"));
            for (int i = 0; i < 17; i++) {
                wire.sendOrLose("10000\r\n".getBytes(StandardCharsets.US_ASCII));
                wire.sendOrLose(piece);
                wire.sendOrLose("\r\n".getBytes(StandardCharsets.US_ASCII));
            }
            assertProblem(wire.answer(), 413, "too_large");
            server.time.pass(Duration.ofSeconds(1));
            assertThat(wire.closes()).isTrue();
        }
        String fits = "{\"text\":\"a\"}";
        fits += " ".repeat(1024 * 1024 - fits.length());
        assertThat(submit(fits).status()).as("the very limit").isEqualTo(202);
    }

    @Test
    void a_body_that_does_not_come_is_given_up() {
        try (Wire wire = server.wire()) {
            wire.send(head("Content-Length: 100") + "{\"text\":");
            TestServer.until(() -> server.counts.connections() > 0);
            try (Wire other = server.wire()) { // by its answer the first request has been read, too
                other.get("/api/me").answer();
            }
            server.time.pass(Duration.ofSeconds(35));
            Wire.Answer answer = wire.answer();
            assertProblem(answer, 400, "invalid_request");
            assertThat(answer.text()).contains("did not arrive");
            server.time.pass(Duration.ofSeconds(2));
            assertThat(wire.closes()).isTrue();
        }
    }

    @Test
    void a_length_that_is_too_short_leaves_garbage_and_ends_the_connection() {
        try (Wire wire = server.wire()) {
            wire.send(head("Content-Length: 5") + "{\"text\":\"a\"}\r\n\r\n");
            assertProblem(wire.answer(), 400, "invalid_request");
            assertProblem(wire.answer(), 400, "invalid_request");
            assertThat(wire.closes()).isTrue();
        }
    }

    @Test
    void too_many_headers_a_long_line_and_garbage_are_problems_and_close() {
        try (Wire wire = server.wire()) {
            wire.get("/api/me", "X-Big: " + "x".repeat(17 * 1024));
            assertProblem(wire.answer(), 431, "too_large");
            assertThat(wire.closes()).isTrue();
        }
        try (Wire wire = server.wire()) {
            wire.get("/api/" + "x".repeat(9 * 1024));
            assertProblem(wire.answer(), 414, "too_large");
            assertThat(wire.closes()).isTrue();
        }
        for (String garbage :
                List.of(
                        "\u0016\u0003\u0001 hello\r\n\r\n",
                        "GET /api/me HTTP/1.1\r\nHost: localhost\r\nBad Header\r\n\r\n",
                        "GET /api/me HTTP/1.1\r\nHost: localhost\r\nContent-Length: x\r\n\r\n")) {
            try (Wire wire = server.wire()) {
                wire.send(garbage);
                assertProblem(wire.answer(), 400, "invalid_request");
                assertThat(wire.closes()).isTrue();
            }
        }
    }

    @ParameterizedTest
    @CsvSource({
        "limit=0, limit",
        "limit=201, limit",
        "limit=x, limit",
        "limit=-1, limit",
        "limit=99999999999, limit",
        "before=%20, before",
        "before=, before",
        "after=a%2Fb, after",
        "before=a&after=b, after",
        "limit=%zz, ''",
    })
    void bad_queries_are_refused(String query, String path) {
        try (Wire wire = server.wire()) {
            Wire.Answer answer = wire.get("/api/conversations/c1/messages?" + query).answer();
            assertProblem(answer, 400, "invalid_request");
            if (!path.isEmpty()) {
                assertThat(answer.json().at("/errors/0/path").asText()).isEqualTo(path);
            }
        }
    }

    @ParameterizedTest
    @CsvSource({
        "GET, /nothing, 404, ''",
        "POST, /, 405, GET",
        "GET, /api, 404, ''",
        "POST, /v2/chat/completions, 404, ''",
        "GET, /api/tasks, 404, ''",
        "GET, /api/memories, 404, ''",
        "POST, /api/turns/t1/approvals/c, 404, ''",
        "GET, /api/me/, 404, ''",
        "GET, /api/ops/nothing, 404, ''",
        "GET, /api/conversations/a%20b, 404, ''",
        "GET, /api/conversations/a%zz, 404, ''",
        "GET, /api/turns/a%2Fb, 404, ''",
        "POST, /api/me, 405, GET",
        "DELETE, /api/conversations, 405, 'GET, POST'",
        "PUT, /api/conversations/c1, 405, 'DELETE, GET'",
        "HEAD, /api/turns/t1/events, 405, GET",
        "BREW, /api/me, 405, GET",
    })
    void unknown_paths_are_404_and_wrong_methods_405(
            String method, String path, int status, String allow) {
        try (Wire wire = server.wire()) {
            wire.request(method, path, null);
            Wire.Answer answer = method.equals("HEAD") ? wire.head() : wire.answer();
            assertThat(answer.status()).isEqualTo(status);
            assertThat(answer.header("allow")).isEqualTo(allow);
            if (!method.equals("HEAD")) {
                assertProblem(answer, status, status == 404 ? "not_found" : "invalid_request");
            }
        }
    }

    @Test
    void a_stream_for_http_1_0_is_refused() {
        try (Wire wire = server.wire()) {
            wire.send("GET /api/turns/t1/events HTTP/1.0\r\nHost: localhost\r\n\r\n");
            assertProblem(wire.answer(), 400, "invalid_request");
        }
    }
}
