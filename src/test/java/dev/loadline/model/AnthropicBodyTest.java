package dev.loadline.model;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;

import dev.loadline.core.Clock;
import dev.loadline.core.Deadline;
import dev.loadline.core.Json;
import dev.loadline.core.ModelOptions;
import dev.loadline.core.Prompt;
import dev.loadline.core.ToolCall;
import dev.loadline.core.ToolOffer;
import dev.loadline.core.TurnId;

import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.Size;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Goal: no prompt makes a request that is refused. Method: prompts in, JSON out. */
class AnthropicBodyTest {
    private static final String NONE_ASKED =
            """
            {"model":"some-model","max_tokens":8192,"stream":true,
             "system":[{"type":"text","text":"Be kind.","cache_control":{"type":"ephemeral"}}],
             "messages":[
              {"role":"user","content":[{"type":"text","text":"1"}]},
              {"role":"assistant","content":[{"type":"text","text":"2 \ufffd"}]},
              {"role":"user","content":[
               {"type":"text","text":"3"},
               {"type":"text","text":"4","cache_control":{"type":"ephemeral"}}]},
              {"role":"assistant","content":[{"type":"text","text":"5"},{"type":"text","text":"6"}]},
              {"role":"user","content":[
               {"type":"text","text":"7 😀","cache_control":{"type":"ephemeral"}}]}]}""";

    @Test
    void merges_roles_and_marks_the_instructions_and_the_last_two_of_the_user() throws IOException {
        JsonNode body =
                body("Be kind.", "u1", "a2 \ud83d", "u3", "u \n\u00a0", "u4", "a5", "a6", "u7 😀");
        assertThat(body).isEqualTo(Json.MAPPER.readTree(NONE_ASKED));
    }

    @Test
    void begins_and_ends_with_the_user_whatever_the_prompt_does() {
        assertThat(texts(body("", "aWelcome", "uHi")))
                .containsExactly(
                        "(The beginning of the conversation is left out.)", "Welcome", "Hi");
        assertThat(texts(body("", "uHi", "aSo"))).containsExactly("Hi", "So", "Please go on.");
        assertThat(texts(body("", "u \t"))).containsExactly("Please go on.");
        assertThat(body(" ", "uHi").has("system")).isFalse();
    }

    @Property(tries = 300)
    void no_prompt_breaks_a_rule(@ForAll @Size(max = 12) List<Boolean> users, @ForAll int blanks) {
        List<String> said = new ArrayList<>();
        for (int i = 0; i < users.size(); i++)
            said.add((users.get(i) ? "u" : "a") + ((blanks >> i & 1) == 1 ? " " : "text"));
        JsonNode messages = body("Be kind.", said.toArray(String[]::new)).get("messages");
        int marks = 0;
        for (int i = 0; i < messages.size(); i++) {
            JsonNode message = messages.get(i);
            assertThat(message.get("role").textValue())
                    .isEqualTo(i % 2 == 0 ? "user" : "assistant");
            assertThat(message.get("content")).isNotEmpty();
            for (JsonNode block : message.get("content")) {
                assertThat(block.get("text").textValue()).isNotBlank();
                if (block.has("cache_control")) marks++;
            }
        }
        assertThat(messages.size() % 2).as("the user is last").isEqualTo(1);
        assertThat(marks).isEqualTo(messages.size() == 1 ? 1 : 2);
    }

    @Test
    void a_next_request_begins_as_the_one_before_and_marks_where_that_ended() {
        String mark = ",\"cache_control\":{\"type\":\"ephemeral\"}";
        String before = body("Be kind.", "u1", "a2", "u3").get("messages").toString();
        String after = body("Be kind.", "u1", "a2", "u3", "a4", "u5").get("messages").toString();
        String written = before.replace(mark, "");
        assertThat(after.replace(mark, "")).startsWith(written.substring(0, written.length() - 1));
        assertThat(after).contains("\"3\"" + mark, "\"5\"" + mark).doesNotContain("\"1\"" + mark);
    }

    @Test
    void asks_for_what_the_caller_asks() throws IOException {
        var asked =
                new ModelOptions(
                        1.5,
                        0.9,
                        77,
                        List.of("END", "\n\n"),
                        5L,
                        Json.MAPPER.readTree(
                                """
                                {"type":"json_schema","json_schema":{"name":"x","strict":true,
                                 "schema":{"type":"object","properties":{}}}}"""),
                        Json.MAPPER.readTree("\"auto\""),
                        "minimal",
                        "ann",
                        Map.of("k", "v"));
        JsonNode body = with(asked);
        assertThat(body.get("max_tokens").intValue()).isEqualTo(77);
        assertThat(body.get("temperature").doubleValue()).as("their most").isEqualTo(1);
        assertThat(body.has("top_p")).as("one of the two").isFalse();
        assertThat(body.get("stop_sequences")).isEqualTo(Json.MAPPER.readTree("[\"END\"]"));
        assertThat(body.get("metadata")).isEqualTo(Json.MAPPER.readTree("{\"user_id\":\"ann\"}"));
        assertThat(body.get("output_config"))
                .isEqualTo(
                        Json.MAPPER.readTree(
                                """
                                {"effort":"low","format":{"type":"json_schema",
                                 "schema":{"type":"object","properties":{}}}}"""));
        assertThat(body.fieldNames())
                .toIterable()
                .containsExactlyInAnyOrder(
                        "model",
                        "max_tokens",
                        "stream",
                        "temperature",
                        "stop_sequences",
                        "metadata",
                        "output_config",
                        "messages");
    }

    @Test
    void calls_and_their_results_stand_in_the_messages_of_their_sides() throws IOException {
        var good = new ToolCall("t1", "f", "{\"a\":1}");
        var malformed = new ToolCall("t2", "old", "{\"a\":");
        var said =
                List.of(
                        new Prompt.Said("", true, "Hi"),
                        new Prompt.Said(
                                "",
                                false,
                                "I look.",
                                List.of(
                                        new Prompt.Called(good, "one"),
                                        new Prompt.Called(malformed, ""))),
                        new Prompt.Said("", true, "And?"));
        JsonNode schema = Json.MAPPER.readTree("{\"type\":\"object\",\"properties\":{}}");
        var prompt = new Prompt("", said, 10, List.of(new ToolOffer("f", "Does f.", schema, null)));
        JsonNode body = asked(prompt, Json.MAPPER.readTree("{\"function\":{\"name\":\"f\"}}"));
        assertThat(body.get("messages"))
                .isEqualTo(
                        Json.MAPPER.readTree(
                                """
                                [{"role":"user","content":[{"type":"text","text":"Hi",
                                   "cache_control":{"type":"ephemeral"}}]},
                                 {"role":"assistant","content":[
                                  {"type":"text","text":"I look."},
                                  {"type":"tool_use","id":"t1","name":"f","input":{"a":1}},
                                  {"type":"tool_use","id":"t2","name":"old",
                                   "input":{"malformed":"{\\"a\\":"}}]},
                                 {"role":"user","content":[
                                  {"type":"tool_result","tool_use_id":"t1","content":"one"},
                                  {"type":"tool_result","tool_use_id":"t2","content":""},
                                  {"type":"text","text":"And?",
                                   "cache_control":{"type":"ephemeral"}}]}]"""));
        assertThat(body.get("tools"))
                .isEqualTo(
                        Json.MAPPER.readTree(
                                """
                                [{"name":"f","description":"Does f.",
                                  "input_schema":{"type":"object","properties":{}}},
                                 {"name":"old","input_schema":{"type":"object"}}]"""));
        assertThat(body.get("tool_choice"))
                .isEqualTo(Json.MAPPER.readTree("{\"type\":\"tool\",\"name\":\"f\"}"));
        JsonNode none = asked(new Prompt("", said, 10), null).get("tool_choice");
        assertThat(none.get("type").textValue())
                .as("nothing is offered any more")
                .isEqualTo("none");
    }

    private static JsonNode asked(Prompt prompt, @Nullable JsonNode choice) {
        var options =
                new ModelOptions(
                        null, null, null, List.of(), null, null, choice, null, null, Map.of());
        var request =
                new ModelRequest(
                        new TurnId("t"),
                        1,
                        1,
                        prompt,
                        options,
                        Deadline.after(Clock.system(), Duration.ofMinutes(1)));
        var settings = AnthropicWorld.settings("http://127.0.0.1:1", "2023-06-01");
        return Json.read(new AnthropicBody(settings).of(request).toString(), JsonNode.class);
    }

    @Test
    void sampling_is_asked_for_only_where_the_version_knows_it() {
        ModelOptions options = asking(null, 0.3);
        assertThat(with(options).get("top_p").doubleValue()).isEqualTo(0.3);
        assertThat(with(options).has("temperature")).isFalse();
        assertThat(body("2026-10-21", options, "", "uHi").has("top_p")).isFalse();
        assertThat(body("2026-10-21", asking("low", null), "", "uHi").has("output_config"))
                .isTrue();
    }

    @ParameterizedTest
    @CsvSource({"low,low", "medium,medium", "high,high", "xhigh,xhigh", "max,max", "hard,"})
    void effort_is_passed_on_where_it_has_a_name(String asked, String sent) {
        JsonNode body = with(asking(asked, null));
        assertThat(body.at("/output_config/effort").textValue()).isEqualTo(sent);
        assertThat(body.has("output_config")).isEqualTo(sent != null);
        assertThat(body.has("thinking")).isFalse();
    }

    @Test
    void no_effort_at_all_is_no_thinking() {
        JsonNode body = with(asking("none", null));
        assertThat(body.at("/thinking/type").textValue()).isEqualTo("disabled");
        assertThat(body.has("output_config")).isFalse();
    }

    private static ModelOptions asking(String effort, Double topP) {
        return new ModelOptions(
                null, topP, null, List.of(), null, null, null, effort, null, Map.of());
    }

    private static JsonNode with(ModelOptions options) {
        return body(AnthropicSettings.DEFAULT_VERSION, options, "", "uHi");
    }

    private static JsonNode body(String instructions, String... said) {
        return body(AnthropicSettings.DEFAULT_VERSION, ModelOptions.NONE, instructions, said);
    }

    /** Each of what was said begins with the letter of who said it. */
    private static JsonNode body(
            String version, ModelOptions options, String instructions, String... said) {
        List<Prompt.Said> messages = new ArrayList<>();
        for (String one : said)
            messages.add(
                    new Prompt.Said("m" + messages.size(), one.startsWith("u"), one.substring(1)));
        var request =
                new ModelRequest(
                        new TurnId("t1"),
                        1,
                        1,
                        new Prompt(instructions, messages, 10),
                        options,
                        Deadline.after(Clock.system(), Duration.ofMinutes(1)));
        var settings = AnthropicWorld.settings("http://127.0.0.1:1", version);
        return Json.read(new AnthropicBody(settings).of(request).toString(), JsonNode.class);
    }

    private static List<String> texts(JsonNode body) {
        return body.get("messages").findValuesAsText("text");
    }
}
