package dev.loadline.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;

import dev.loadline.transport.Wire;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * A client that follows a turn. It holds what it was told to API.md "Events": each delta begins
 * where the one before ended and holds whole characters, nothing follows a last event, a snapshot
 * replaces everything.
 */
final class SseReader implements AutoCloseable {
    static final Set<String> LAST = Set.of("turn.completed", "turn.failed", "turn.cancelled");

    private final Wire wire;
    private final Wire.Answer head;
    private final List<Wire.Event> seen = new ArrayList<>();
    private final SortedMap<Integer, StringBuilder> texts = new TreeMap<>();
    private final SortedMap<Integer, StringBuilder> reasonings = new TreeMap<>();
    private boolean over;

    private SseReader(Wire wire, Wire.Answer head) {
        this.wire = wire;
        this.head = head;
    }

    /** Reads the head of the answer to a request that was sent. */
    static SseReader over(Wire wire) {
        return new SseReader(wire, wire.head());
    }

    /** Goes on with what a client held before it was cut off. */
    SseReader with(SseReader before) {
        before.texts.forEach((step, text) -> texts.put(step, new StringBuilder(text)));
        before.reasonings.forEach((step, text) -> reasonings.put(step, new StringBuilder(text)));
        return this;
    }

    /** Goes on with a text that was told of the first step. */
    SseReader with(String text) {
        texts.put(1, new StringBuilder(text));
        return this;
    }

    Wire.Answer head() {
        return head;
    }

    String turn() {
        return head.header("loadline-turn");
    }

    /** The next event, comments and {@code retry} left out; empty at the orderly end. */
    Optional<Wire.Event> next() {
        assertThat(head.status()).isEqualTo(200);
        var event = wire.event();
        while (event.isPresent() && event.get().type().isEmpty()) event = wire.event();
        event.ifPresent(this::take);
        return event;
    }

    /** Reads up to an event of this type and answers it. */
    Wire.Event until(String type) {
        while (true) {
            var event = next();
            if (event.isEmpty()) throw new AssertionError("no " + type + " in " + types());
            if (event.get().type().equals(type)) return event.get();
        }
    }

    /** Reads until this client holds the text. */
    void untilText(String text) {
        while (!text().equals(text)) {
            if (next().isEmpty()) throw new AssertionError("not '" + text + "': " + text());
        }
    }

    /** Reads to the orderly end and answers the last event. */
    Wire.Event rest() {
        var event = next();
        while (event.isPresent()) event = next();
        if (seen.isEmpty()) throw new AssertionError("an empty stream");
        return seen.getLast();
    }

    /** All that was read, in order. */
    List<Wire.Event> seen() {
        return seen;
    }

    List<String> types() {
        return seen.stream().map(Wire.Event::type).toList();
    }

    /** The types without the repetitions of deltas. */
    List<String> outline() {
        List<String> all = new ArrayList<>();
        for (String type : types()) {
            boolean again = type.endsWith(".delta") && !all.isEmpty() && all.getLast().equals(type);
            if (!again) all.add(type);
        }
        return all;
    }

    /** What this client holds. */
    String text() {
        return String.join("", texts.values());
    }

    String reasoning() {
        return String.join("", reasonings.values());
    }

    boolean isOver() {
        return over;
    }

    private void take(Wire.Event event) {
        assertThat(over).as("nothing follows a last event").isFalse();
        assertThat(event.id()).matches("[A-Za-z0-9._-]{1,64}");
        JsonNode data = event.json();
        assertThat(data.path("turn").textValue()).isNotEmpty();
        seen.add(event);
        switch (event.type()) {
            case "text.delta" -> grow(texts, data);
            case "reasoning.delta" -> grow(reasonings, data);
            case "text.reset" -> {
                texts.remove(data.get("step").intValue());
                reasonings.remove(data.get("step").intValue());
            }
            case "snapshot" -> replace(data);
            default -> {
                over = LAST.contains(event.type());
                if (over) assertThat(data.get("text").textValue()).isEqualTo(text());
            }
        }
    }

    private static void grow(SortedMap<Integer, StringBuilder> steps, JsonNode data) {
        int step = data.get("step").intValue();
        String delta = data.get("text").textValue();
        StringBuilder held = steps.computeIfAbsent(step, none -> new StringBuilder());
        assertThat(data.get("at").intValue()).as("at").isEqualTo(held.length());
        assertThat(delta).isNotEmpty();
        assertThat(delta.codePoints().noneMatch(c -> Character.getType(c) == Character.SURROGATE))
                .as("whole characters in '%s'", delta)
                .isTrue();
        held.append(delta);
    }

    private void replace(JsonNode turn) {
        texts.clear();
        reasonings.clear();
        for (JsonNode step : turn.get("steps")) {
            int number = step.get("step").intValue();
            texts.put(number, new StringBuilder(step.get("text").textValue()));
            reasonings.put(number, new StringBuilder(step.path("reasoning").asText()));
        }
        assertThat(turn.get("text").textValue()).isEqualTo(text());
    }

    /** Goes without a goodbye. */
    void vanish() {
        wire.vanish();
    }

    @Override
    public void close() {
        wire.close();
    }
}
