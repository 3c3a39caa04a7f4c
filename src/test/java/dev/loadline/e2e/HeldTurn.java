package dev.loadline.e2e;

import com.fasterxml.jackson.databind.JsonNode;

import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;

/**
 * A turn as a client holds it, by the rules of API.md and no others: a delta counts only past the
 * own length, a reset voids its step, a snapshot replaces everything. A gap, a text that differs
 * where it overlaps, or anything after the last event is an error.
 */
final class HeldTurn {
    private final TreeMap<Integer, StringBuilder> steps = new TreeMap<>();
    private final List<String> names = new ArrayList<>();
    private String cursor;
    private String lastEvent;
    private JsonNode end;
    private int deltas;
    private int attempt;

    void take(EventStream.Event event) {
        if (lastEvent != null)
            throw new AssertionError(event.name() + " after the last event " + lastEvent);
        names.add(event.name());
        if (event.id().isEmpty()) throw new AssertionError("no id: " + event);
        cursor = event.id();
        JsonNode data = event.data();
        switch (event.name()) {
            case "text.delta" -> delta(data);
            case "text.reset" -> steps.put(data.get("step").asInt(), new StringBuilder());
            case "snapshot" -> snapshot(data);
            case "turn.started" -> attempt = data.get("attempt").asInt();
            case "turn.completed", "turn.failed", "turn.cancelled" -> {
                lastEvent = event.name();
                end = data;
                if (!text().equals(data.get("text").asText()))
                    throw new AssertionError(
                            "held: " + text() + "\nbut the end says: " + data.get("text").asText());
            }
            default -> {} // tells nothing of the text
        }
    }

    private void delta(JsonNode data) {
        deltas++;
        StringBuilder held =
                steps.computeIfAbsent(data.get("step").asInt(), step -> new StringBuilder());
        int at = data.get("at").asInt();
        String text = data.get("text").asText();
        if (at > held.length())
            throw new AssertionError("a gap: " + held.length() + " held, then " + data);
        int known = Math.min(held.length() - at, text.length());
        if (!held.substring(at, at + known).equals(text.substring(0, known)))
            throw new AssertionError("another text: " + data + " over " + held);
        held.append(text, known, text.length());
    }

    private void snapshot(JsonNode turn) {
        steps.clear();
        for (JsonNode step : turn.get("steps"))
            steps.put(step.get("step").asInt(), new StringBuilder(step.get("text").asText()));
        attempt = turn.get("attempt").asInt();
        if (!text().equals(turn.get("text").asText()))
            throw new AssertionError("a snapshot's steps are not its text: " + turn);
    }

    /** Takes what comes until the answer ends; true if that was with a last event. */
    boolean follow(EventStream stream) {
        for (EventStream.Event event = stream.next(); event != null; event = stream.next())
            take(event);
        return over();
    }

    String text() {
        var all = new StringBuilder();
        steps.values().forEach(all::append);
        return all.toString();
    }

    /** Of the last event; null before any. */
    String cursor() {
        return cursor;
    }

    boolean over() {
        return lastEvent != null;
    }

    String lastEvent() {
        return lastEvent;
    }

    /** The data of the last event. */
    JsonNode end() {
        return end;
    }

    int deltas() {
        return deltas;
    }

    /** The newest that was told of. */
    int attempt() {
        return attempt;
    }

    /** The names of all events so far. */
    List<String> names() {
        return names;
    }
}
