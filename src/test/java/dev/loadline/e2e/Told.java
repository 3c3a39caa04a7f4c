package dev.loadline.e2e;

import com.fasterxml.jackson.databind.JsonNode;

import dev.loadline.transport.Wire;

import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;

/**
 * What a client was told of one turn.
 *
 * @param end the last event's type; a status where the message was not taken
 * @param text all that this client held at the end
 * @param firstToken from the sending to the first text; zero: none came
 */
record Told(
        String marker,
        String turn,
        String end,
        String text,
        List<Wire.Event> events,
        long beganNanos,
        Duration firstToken,
        Duration took) {
    boolean completed() {
        return end.equals("turn.completed");
    }

    boolean heard(String type) {
        return events.stream().anyMatch(event -> event.type().equals(type));
    }

    Stream<JsonNode> all(String type) {
        return events.stream().filter(event -> event.type().equals(type)).map(Wire.Event::json);
    }

    /** Of {@code turn.degraded}: whether one is of this dependency and effect. */
    boolean degraded(String dependency, String effect) {
        return all("turn.degraded")
                .anyMatch(
                        said ->
                                said.get("dependency").textValue().equals(dependency)
                                        && said.get("effect").textValue().equals(effect));
    }

    /** The context's word on a source. */
    JsonNode source(String name) {
        for (JsonNode ready : all("context.ready").toList())
            for (JsonNode source : ready.get("sources"))
                if (source.get("name").textValue().equals(name)) return source;
        throw new AssertionError("no source " + name + " in " + this);
    }

    /** Why it failed; empty if it did not. */
    String reason() {
        return all("turn.failed")
                .map(failed -> failed.get("problem"))
                .map(p -> p.path("code").asText() + " " + p.path("reason").asText())
                .findFirst()
                .orElse("");
    }

    @Override
    public String toString() {
        return "<%s> %s %s '%s' after %d ms: %s"
                .formatted(
                        marker,
                        end,
                        reason(),
                        text,
                        took.toMillis(),
                        events.stream().map(Wire.Event::type).toList());
    }
}
