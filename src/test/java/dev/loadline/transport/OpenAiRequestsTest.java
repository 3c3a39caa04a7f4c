package dev.loadline.transport;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;

import dev.loadline.core.ModelOptions;
import dev.loadline.core.Prompt;
import dev.loadline.core.ToolCall;
import dev.loadline.core.ToolOffer;
import dev.loadline.engine.Conversing;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.util.List;
import java.util.Map;

/**
 * Goal: what a client of OpenAI's API asks reaches the engine as it was meant, and what can't be
 * done is refused in that API's words, naming the field. Method: real sockets before an engine that
 * writes down what it is asked.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class OpenAiRequestsTest {
    private static final String CHAT = "/v1/chat/completions";
    private static final String HI = "\"messages\":[{\"role\":\"user\",\"content\":\"Hi\"}]";

    private static final String TOOL = "{\"type\":\"function\",\"function\":{\"name\":\"f\"}}";
    private static final String USER = "{\"role\":\"user\",\"content\":\"a\"}";
    private static final String CALLS =
            "{\"role\":\"assistant\",\"tool_calls\":[{\"id\":\"1\",\"type\":\"function\",\"function\":{\"name\":\"f\",\"arguments\":\"{}\"}}]}";

    private TestServer server;

    @BeforeAll
    void start() {
        server = new TestServer();
    }

    @AfterAll
    void close() {
        server.close();
    }

    @BeforeEach
    void nothingWasAsked() {
        server.turns.conversings.clear();
        server.turns.submissions.clear();
    }

    private Wire.Answer post(String json, String... headers) {
        try (Wire wire = server.wire()) {
            return wire.post(CHAT, json, headers).answer();
        }
    }

    private static String with(String rest) {
        return "{\"model\":\"assistant\"," + HI + "," + rest + "}";
    }

    private static void assertError(
            Wire.Answer answer, int status, String type, String code, String param) {
        assertThat(answer.status()).as(answer.text()).isEqualTo(status);
        assertThat(answer.header("content-type")).isEqualTo("application/json");
        assertThat(answer.header("x-request-id")).startsWith("r");
        JsonNode body = answer.json();
        assertThat(body.size()).isEqualTo(1);
        JsonNode error = body.get("error");
        assertThat(error.get("message").asText()).isNotBlank();
        assertThat(error.get("type").asText()).isEqualTo(type);
        assertThat(error.get("code").asText()).isEqualTo(code);
        assertThat(error.get("param").asText(null)).isEqualTo(param);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '~',
            value = {
                "\"n\":2                                    | n                | unsupported_value",
                "\"n\":0                                    | n                | invalid_value",
                "\"audio\":{\"voice\":\"a\"}                | audio            | unsupported_parameter",
                "\"modalities\":[\"text\",\"audio\"]        | modalities       | unsupported_value",
                "\"logprobs\":true                          | logprobs         | unsupported_parameter",
                "\"top_logprobs\":3                         | top_logprobs     | unsupported_parameter",
                "\"tools\":{}                              | tools            | invalid_value",
                "\"tools\":[{\"type\":\"custom\"}]          | tools[0].type    | unsupported_value",
                "\"tools\":[{\"type\":\"function\"}]        | tools[0].function"
                        + " | missing_required_parameter",
                "\"tools\":[{\"type\":\"function\",\"function\":{\"name\":\"a b\"}}]"
                        + " | tools[0].function.name | invalid_value",
                "\"tools\":["
                        + TOOL
                        + ","
                        + TOOL
                        + "]"
                        + " | tools[1].function.name | invalid_value",
                "\"tools\":[{\"type\":\"function\",\"function\":{\"name\":\"f\",\"parameters\":[]}}]"
                        + " | tools[0].function.parameters | invalid_value",
                "\"tools\":["
                        + TOOL
                        + "],\"tool_choice\":{\"type\":\"function\",\"function\":{\"name\":\"g\"}}"
                        + " | tool_choice | unsupported_value",
                "\"functions\":[{\"name\":\"f\"}]           | functions        | unsupported_parameter",
                "\"tool_choice\":\"required\"               | tool_choice      | unsupported_value",
                "\"tool_choice\":{\"type\":\"function\"}    | tool_choice      | unsupported_value",
                "\"function_call\":{\"name\":\"f\"}         | function_call    | unsupported_parameter",
                "\"temperature\":2.1                        | temperature      | invalid_value",
                "\"temperature\":\"1\"                      | temperature      | invalid_value",
                "\"top_p\":-0.1                             | top_p            | invalid_value",
                "\"max_tokens\":0                           | max_tokens       | invalid_value",
                "\"max_completion_tokens\":1.5              | max_completion_tokens | invalid_value",
                "\"stop\":[\"a\",\"b\",\"c\",\"d\",\"e\"]   | stop             | invalid_value",
                "\"stop\":[\"a\",\"\"]                      | stop[1]          | invalid_value",
                "\"seed\":\"x\"                             | seed             | invalid_value",
                "\"response_format\":{\"type\":\"xml\"}     | response_format.type | invalid_value",
                "\"response_format\":{\"type\":\"json_schema\"} | response_format.json_schema.name"
                        + " | missing_required_parameter",
                "\"reasoning_effort\":\"much\"              | reasoning_effort | invalid_value",
                "\"user\":7                                 | user             | invalid_value",
                "\"metadata\":{\"a\":1}                     | metadata.a       | invalid_value",
                "\"stream\":\"yes\"                         | stream           | invalid_value",
                "\"stream_options\":{\"include_usage\":true} | stream_options  | invalid_value",
            })
    void what_cannot_be_done_is_refused_naming_the_field(String json, String param, String code) {
        assertError(post(with(json)), 400, "invalid_request_error", code, param);
        assertThat(server.turns.conversings).isEmpty();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '~',
            value = {
                "[]                                          | messages | invalid_value",
                "[{\"role\":\"system\",\"content\":\"a\"}]   | messages | invalid_value",
                "[{\"role\":\"user\",\"content\":\" \"}]     | messages | invalid_value",
                "[{\"role\":\"user\",\"content\":\"a\"},{\"role\":\"assistant\",\"content\":\"b\"}]"
                        + " | messages | invalid_value",
                "[\"a\"]                                     | messages[0] | invalid_value",
                "[{\"content\":\"a\"}]                       | messages[0].role"
                        + " | missing_required_parameter",
                "[{\"role\":\"robot\",\"content\":\"a\"}]    | messages[0].role | invalid_value",
                "[{\"role\":\"tool\",\"content\":\"a\"}]     | messages[0] | invalid_value",
                "[{\"role\":\"function\",\"content\":\"a\"}] | messages[0].role | unsupported_value",
                "[{\"role\":\"assistant\",\"tool_calls\":[{\"id\":\"1\"}]}]"
                        + " | messages[0].tool_calls[0].function.name | missing_required_parameter",
                "["
                        + USER
                        + ","
                        + CALLS
                        + ",{\"role\":\"user\",\"content\":\"b\"}]"
                        + " | messages[1].tool_calls | invalid_value",
                "[" + USER + "," + CALLS + "] | messages[1].tool_calls | invalid_value",
                "["
                        + USER
                        + ","
                        + CALLS
                        + ",{\"role\":\"tool\",\"content\":\"b\"}]"
                        + " | messages[2].tool_call_id | missing_required_parameter",
                "["
                        + USER
                        + ","
                        + CALLS
                        + ",{\"role\":\"tool\",\"tool_call_id\":\"2\",\"content\":\"b\"}]"
                        + " | messages[2].tool_call_id | invalid_value",
                "[{\"role\":\"assistant\",\"function_call\":{\"name\":\"f\"}}]"
                        + " | messages[0].function_call | unsupported_parameter",
                "[{\"role\":\"user\"}]                       | messages[0].content"
                        + " | missing_required_parameter",
                "[{\"role\":\"user\",\"content\":7}]         | messages[0].content | invalid_value",
                "[{\"role\":\"user\",\"content\":[{\"type\":\"image_url\"}]}]"
                        + " | messages[0].content[0].type | unsupported_value",
                "[{\"role\":\"user\",\"content\":[{\"type\":\"text\",\"text\":\"a\"},"
                        + "{\"type\":\"input_audio\"}]}]"
                        + " | messages[0].content[1].type | unsupported_value",
                "[{\"role\":\"user\",\"content\":[{\"type\":\"file\"}]}]"
                        + " | messages[0].content[0].type | unsupported_value",
                "[{\"role\":\"user\",\"content\":[{\"type\":\"refusal\",\"refusal\":\"a\"}]}]"
                        + " | messages[0].content[0].type | invalid_value",
                "[{\"role\":\"user\",\"content\":[{\"type\":\"text\"}]}]"
                        + " | messages[0].content[0].text | missing_required_parameter",
            })
    void messages_that_cannot_be_read_are_named(String messages, String param, String code) {
        Wire.Answer answer = post("{\"model\":\"assistant\",\"messages\":" + messages + "}");
        assertError(answer, 400, "invalid_request_error", code, param);
        assertThat(server.turns.conversings).isEmpty();
    }

    @Test
    void what_is_not_a_request_has_an_error_in_the_same_shape() {
        String type = "invalid_request_error";
        assertError(post("{\"model\":"), 400, type, "invalid_request", null);
        assertError(post("[]"), 400, type, "invalid_value", null);
        assertError(post("{" + HI + "}"), 400, type, "missing_required_parameter", "model");
        assertError(
                post("{\"model\":\"gpt-4\"," + HI + "}"), 404, type, "model_not_found", "model");
        assertError(post("{\"a\":\"" + "x".repeat(1 << 20) + "\"}"), 413, type, "too_large", null);
        try (Wire wire = server.wire()) {
            assertError(wire.get("/v1/nothing").answer(), 404, type, "not_found", null);
            Wire.Answer method = wire.get(CHAT).answer();
            assertError(method, 405, type, "invalid_request", null);
            assertThat(method.header("allow")).isEqualTo("POST");
            Wire.Answer kind =
                    wire.request("POST", CHAT, "{}", "Content-Type: text/plain").answer();
            assertError(kind, 415, type, "unsupported_media_type", null);
        }
        String header = "X-Loadline-Conversation";
        assertError(post(with("\"n\":1"), header + ": a b"), 400, type, "invalid_value", header);
    }

    @Test
    void tools_and_what_came_of_them_go_with_the_turn() {
        server.turns.write("a", ChatDoor::says);
        String result = "{\"role\":\"tool\",\"tool_call_id\":\"1\",\"content\":\"one\"}";
        String messages = String.join(",", USER, CALLS, result);
        String tools = "\"tools\":[" + TOOL + "],\"tool_choice\":\"required\"";
        Wire.Answer answer =
                post("{\"model\":\"assistant\",\"messages\":[%s],%s}".formatted(messages, tools));
        assertThat(answer.status()).as(answer.text()).isEqualTo(200);
        Conversing asked = server.turns.conversings.getFirst();
        assertThat(asked.text()).isEqualTo("a");
        assertThat(asked.history()).isEmpty();
        assertThat(asked.asked().tools()).containsExactly(new ToolOffer("f", null, null, null));
        assertThat(asked.asked().since())
                .containsExactly(
                        new Prompt.Said(
                                "",
                                false,
                                "",
                                List.of(new Prompt.Called(new ToolCall("1", "f", "{}"), "one"))));
        assertThat(asked.asked().options().toolChoice().textValue()).isEqualTo("required");
        assertError(
                post(with("\"tools\":[" + TOOL + "]"), "X-Loadline-Conversation: c1"),
                400,
                "invalid_request_error",
                "invalid_value",
                "tools");
    }

    @Test
    void the_messages_become_instructions_history_and_input() {
        server.turns.write("What?\n\nAnd now?", ChatDoor::says);
        Wire.Answer answer =
                post(
                        """
                        {"model":"assistant","vendor_extra":{"x":1},"temperature":null,"tools":[],
                         "messages":[
                          {"role":"system","content":"Be brief."},
                          {"role":"developer","content":[{"type":"text","text":"Be kind."},
                                                         {"type":"text","text":"Always."}]},
                          {"role":"assistant","content":"Welcome"},
                          {"role":"user","content":"One","name":"ann"},
                          {"role":"assistant","content":null,"refusal":"No."},
                          {"role":"user","content":[{"type":"text","text":"Two"},
                                                    {"type":"text","text":"lines"}]},
                          {"role":"assistant","content":[{"type":"text","text":"Fine,"},
                                                         {"type":"refusal","refusal":"but no."}]},
                          {"role":"user","content":"What?"},
                          {"role":"user","content":"And now?"}]}
                        """);
        assertThat(answer.status()).as(answer.text()).isEqualTo(200);
        Conversing asked = server.turns.conversings.getFirst();
        assertThat(asked.agent()).isEqualTo("assistant");
        assertThat(asked.asked().instructions()).isEqualTo("Be brief.\n\nBe kind.\nAlways.");
        assertThat(asked.asked().options()).isEqualTo(ModelOptions.NONE);
        assertThat(asked.history())
                .containsExactly(
                        new Prompt.Said("", false, "Welcome"),
                        new Prompt.Said("", true, "One"),
                        new Prompt.Said("", false, "No."),
                        new Prompt.Said("", true, "Two\nlines"),
                        new Prompt.Said("", false, "Fine,\nbut no."));
        assertThat(asked.text()).isEqualTo("What?\n\nAnd now?");
    }

    @Test
    void options_are_handed_on() {
        server.turns.write("Hi", ChatDoor::says);
        Wire.Answer answer =
                post(
                        with(
                                """
                                "temperature":0.5,"top_p":1,"max_tokens":9,"max_completion_tokens":7,
                                "stop":"END","seed":42,"response_format":{"type":"json_object"},
                                "tool_choice":"none","reasoning_effort":"low","user":"ann",
                                "metadata":{"a":"b"},"logprobs":false,"n":1\
                                """));
        assertThat(answer.status()).as(answer.text()).isEqualTo(200);
        Conversing asked = server.turns.conversings.getFirst();
        ModelOptions options = asked.asked().options();
        assertThat(options.temperature()).isEqualTo(0.5);
        assertThat(options.topP()).isEqualTo(1.0);
        assertThat(options.maxTokens()).as("the newer name wins").isEqualTo(7);
        assertThat(options.stop()).isEqualTo(List.of("END"));
        assertThat(options.seed()).isEqualTo(42);
        assertThat(options.responseFormat()).hasToString("{\"type\":\"json_object\"}");
        assertThat(options.toolChoice()).hasToString("\"none\"");
        assertThat(options.reasoningEffort()).isEqualTo("low");
        assertThat(options.user()).isEqualTo("ann");
        assertThat(options.metadata()).isEqualTo(Map.of("a", "b"));
        assertThat(asked.metadata()).isEqualTo(Map.of("a", "b"));
    }
}
