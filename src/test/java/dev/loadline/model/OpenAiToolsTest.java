package dev.loadline.model;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;

import dev.loadline.core.Clock;
import dev.loadline.core.Deadline;
import dev.loadline.core.Json;
import dev.loadline.core.ModelOptions;
import dev.loadline.core.Outcome;
import dev.loadline.core.Prompt;
import dev.loadline.core.ToolCall;
import dev.loadline.core.ToolOffer;
import dev.loadline.core.TurnId;

import org.junit.jupiter.api.Test;

import java.time.Duration;
import java.util.List;
import java.util.Map;

/** Goal: tools are offered, and calls come back, as OpenAI's API has it. Over real sockets. */
class OpenAiToolsTest extends OpenAiWorld {
    private static FakeAnswer calls(String... pieces) {
        FakeAnswer all = FakeAnswer.begun();
        for (String piece : pieces)
            all = all.data(FakeAnswer.chunk("{\"tool_calls\":[" + piece + "]}"));
        return all.finish("tool_calls").done();
    }

    @Test
    void tool_calls_are_put_together_and_told_at_the_end() throws Exception {
        Heard heard =
                ask(
                        calls(
                                "{\"index\":0,\"id\":\"c1\",\"type\":\"function\",\"function\":{\"name\":\"f\",\"arguments\":\"\"}}",
                                "{\"index\":0,\"function\":{\"arguments\":\"{\\\"a\\\"\"}}",
                                "{\"index\":0,\"function\":{\"arguments\":\":1}\"}}",
                                "{\"index\":1,\"function\":{\"arguments\":{\"b\":[2]},\"name\":\"g\"},\"id\":\"c2\"}"));
        assertThat(heard.text()).isEmpty();
        assertThat(heard.order).containsExactly("sent", "works", "ended");
        assertThat(answer(heard).reason()).isEqualTo(ModelAnswer.Reason.STOP);
        assertThat(answer(heard).calls())
                .containsExactly(
                        new ToolCall("c1", "f", "{\"a\":1}"),
                        new ToolCall("c2", "g", "{\"b\":[2]}"));
    }

    @Test
    void calls_of_an_answer_that_was_cut_for_length_are_not_told() throws Exception {
        Heard heard =
                ask(
                        FakeAnswer.begun()
                                .texts("I'll look")
                                .data(
                                        FakeAnswer.chunk(
                                                "{\"tool_calls\":[{\"index\":0,\"id\":\"c\",\"function\":{\"name\":\"f\",\"arguments\":\"{\"}}]}"))
                                .finish("length")
                                .done());
        assertThat(answer(heard).reason()).isEqualTo(ModelAnswer.Reason.LENGTH);
        assertThat(answer(heard).calls()).isEmpty();
    }

    @Test
    void more_calls_than_anybody_means_are_garbage() throws Exception {
        String[] many = new String[CallPieces.CALLS_MAX + 1];
        for (int i = 0; i < many.length; i++)
            many[i] = "{\"index\":" + i + ",\"function\":{\"name\":\"f\"}}";
        assertThat(ask(calls(many)).outcome()).isInstanceOf(Outcome.ServerError.class);
    }

    private static ModelRequest offering(Prompt prompt, JsonNode choice) {
        var options =
                new ModelOptions(
                        null, null, null, List.of(), null, null, choice, null, null, Map.of());
        return new ModelRequest(
                new TurnId("t1"),
                1,
                1,
                prompt,
                options,
                Deadline.after(Clock.system(), Duration.ofMinutes(1)));
    }

    @Test
    void offers_tools_and_tells_what_came_of_its_calls() throws Exception {
        JsonNode schema = Json.MAPPER.readTree("{\"type\":\"object\"}");
        var call = new ToolCall("c1", "f", "{\"a\":1}");
        var prompt =
                new Prompt(
                        "",
                        List.of(
                                new Prompt.Said("", true, "Hi"),
                                new Prompt.Said(
                                        "", false, "", List.of(new Prompt.Called(call, "one")))),
                        10,
                        List.of(
                                new ToolOffer("f", "Does f.", schema, true),
                                new ToolOffer("g", null, null, null)));
        ask(model, offering(prompt, Json.MAPPER.readTree("\"required\"")));
        JsonNode body = Json.MAPPER.readTree(server.request(1).body());
        assertThat(body.get("messages"))
                .isEqualTo(
                        Json.MAPPER.readTree(
                                """
                                [{"role":"user","content":"Hi"},
                                 {"role":"assistant","content":null,"tool_calls":[
                                  {"id":"c1","type":"function",
                                   "function":{"name":"f","arguments":"{\\"a\\":1}"}}]},
                                 {"role":"tool","tool_call_id":"c1","content":"one"}]"""));
        assertThat(body.get("tools"))
                .isEqualTo(
                        Json.MAPPER.readTree(
                                """
                                [{"type":"function","function":{"name":"f","description":"Does f.",
                                  "parameters":{"type":"object"},"strict":true}},
                                 {"type":"function","function":{"name":"g"}}]"""));
        assertThat(body.get("tool_choice").textValue()).isEqualTo("required");
    }
}
