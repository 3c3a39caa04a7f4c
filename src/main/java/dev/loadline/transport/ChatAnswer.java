package dev.loadline.transport;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;

import dev.loadline.core.Json;
import dev.loadline.core.Problem;
import dev.loadline.core.Usage;
import dev.loadline.turn.By;
import dev.loadline.turn.Feed;
import dev.loadline.turn.Finish;
import dev.loadline.turn.Spoken;
import dev.loadline.turn.Step;
import dev.loadline.turn.Turn;
import dev.loadline.turn.TurnEvent;

import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/** A turn that was completed, as a chat completion. */
final class ChatAnswer {
    private ChatAnswer() {}

    static String id(String turn) {
        return "chatcmpl-" + turn;
    }

    /** Of a feed that is over. */
    static ObjectNode of(Feed feed, TurnEvent.Completed completed) {
        Spoken spoken = Spoken.upTo(feed, feed.end());
        String reasoning =
                reasoning(feed.earlier())
                        + spoken.steps().stream()
                                .map(Spoken.StepText::reasoning)
                                .collect(Collectors.joining());
        return of(
                feed.head().id().value(),
                feed.head().agent(),
                feed.head().createdMs(),
                spoken.text(),
                reasoning,
                calls(feed),
                completed);
    }

    /** Of a stored turn. */
    static ObjectNode of(Turn turn, long createdMs, TurnEvent.Completed completed) {
        List<Step> steps = turn.steps();
        return of(
                turn.turn(),
                turn.agent(),
                createdMs,
                turn.text(),
                steps == null ? "" : reasoning(steps),
                List.of(), // who has calls of its own keeps its conversation itself
                completed);
    }

    static String reasoning(List<Step> steps) {
        return steps.stream()
                .map(Step::reasoning)
                .filter(thought -> thought != null)
                .collect(Collectors.joining());
    }

    private static ObjectNode of(
            String turn,
            String model,
            long createdMs,
            String text,
            String reasoning,
            List<TurnEvent.ToolCalled> calls,
            TurnEvent.Completed completed) {
        ObjectNode answer = Json.MAPPER.createObjectNode();
        answer.put("id", id(turn));
        answer.put("object", "chat.completion");
        answer.put("created", createdMs / 1000);
        answer.put("model", model);
        ObjectNode choice = answer.putArray("choices").addObject();
        choice.put("index", 0);
        ObjectNode message = choice.putObject("message");
        message.put("role", "assistant");
        if (calls.isEmpty() || !text.isEmpty()) message.put("content", text);
        else message.putNull("content");
        message.putNull("refusal");
        if (!reasoning.isEmpty()) message.put("reasoning_content", reasoning);
        if (!calls.isEmpty()) {
            ArrayNode all = message.putArray("tool_calls");
            for (TurnEvent.ToolCalled call : calls) all.add(call(call));
        }
        choice.putNull("logprobs");
        choice.put("finish_reason", finish(completed.finish(), !calls.isEmpty()));
        answer.set("usage", usage(completed.usage()));
        return answer;
    }

    /** What the model asks for, in order. */
    static List<TurnEvent.ToolCalled> calls(Feed feed) {
        List<TurnEvent.ToolCalled> calls = new ArrayList<>();
        int size = feed.size();
        for (int i = 0; i < size; i++)
            if (feed.entry(i) instanceof Feed.Happened(TurnEvent.ToolCalled call)) calls.add(call);
        return calls;
    }

    static ObjectNode call(TurnEvent.ToolCalled called) {
        ObjectNode call = Json.MAPPER.createObjectNode();
        call.put("id", called.call());
        call.put("type", "function");
        call.putObject("function").put("name", called.tool()).put("arguments", called.written());
        return call;
    }

    /** Our own limits are theirs of length. */
    static String finish(Finish finish, boolean calls) {
        return switch (finish) {
            case STOP -> calls ? "tool_calls" : "stop";
            case LENGTH, STEPS, TOOL_CALLS, SAME_CALL, TOKENS, COST -> "length";
        };
    }

    static ObjectNode usage(Usage used) {
        ObjectNode usage = Json.MAPPER.createObjectNode();
        usage.put("prompt_tokens", used.input());
        usage.put("completion_tokens", used.output());
        usage.put("total_tokens", used.input() + used.output());
        usage.putObject("prompt_tokens_details").put("cached_tokens", used.cached());
        usage.putObject("completion_tokens_details").put("reasoning_tokens", used.reasoning());
        return usage;
    }

    /** What to refuse with where the turn gave no answer; null if it did. */
    static @Nullable Problem refusal(TurnEvent.Last last) {
        return switch (last) {
            case TurnEvent.Completed completed -> null;
            case TurnEvent.Failed(Problem why) -> why;
            case TurnEvent.Cancelled(By by) ->
                    Problem.conflict("cancelled", "the turn was cancelled (by: " + by.wire() + ")");
        };
    }
}
