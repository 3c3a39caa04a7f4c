package dev.loadline.load.gatling;

import dev.loadline.load.plan.Arrival;
import dev.loadline.load.standin.Mark;
import dev.loadline.load.standin.Script;

import io.vertx.core.json.JsonObject;

import java.util.List;

/**
 * The text of one turn as a careful client keeps it, whatever connections its events come over, and
 * whether that is what the model said. For answers of one step, all of whose chunks are marked. For
 * one thread at a time.
 */
final class Heard {
    /** The verdict on a text that is as it should be. */
    static final String WHOLE = "whole";

    private final int expected;
    private final StringBuilder text = new StringBuilder();
    private String wrong = "";
    private boolean ended;

    Heard(Arrival arrival) {
        this.expected = Script.of("", arrival.text()).tokens();
    }

    /** An event as Gatling gives it, or a frame: one JSON object. */
    void event(String json) {
        if (!json.startsWith("{")) return;
        JsonObject event = new JsonObject(json);
        if (event.containsKey("type")) event(event.getString("type"), event);
        else if (event.getValue("data") instanceof String data && data.startsWith("{"))
            event(event.getString("event", ""), new JsonObject(data));
    }

    void event(String type, JsonObject data) {
        switch (type) {
            case "text.delta" -> delta(data.getInteger("at"), data.getString("text"));
            case "text.reset" -> text.setLength(0);
            case "snapshot" -> {
                text.setLength(0);
                text.append(data.getString("text"));
            }
            case "turn.completed" -> {
                ended = true;
                if (!text.toString().equals(data.getString("text")))
                    wrong("the text of turn.completed differs from its deltas");
            }
            case "turn.failed", "turn.cancelled" -> wrong(type);
            default -> {
                // says nothing of the text
            }
        }
    }

    private void delta(int at, String more) {
        if (at > text.length()) wrong("a gap at " + text.length());
        else if (at + more.length() > text.length())
            text.append(more, text.length() - at, more.length());
    }

    /** How many marked chunks there are by now. */
    int tokens() {
        return Mark.all(text.toString()).size();
    }

    /** Whether the last event was there. */
    boolean ended() {
        return ended;
    }

    /** {@link #WHOLE}, or what is wrong with it. */
    String verdict() {
        if (!ended) wrong("no last event");
        List<Mark> marks = Mark.all(text.toString());
        for (int i = 0; i < marks.size(); i++)
            if (marks.get(i).sequence() != i) wrong("mark " + i + " is missing");
        if (marks.size() != expected) wrong(marks.size() + " marks of " + expected);
        return wrong.isEmpty() ? WHOLE : wrong;
    }

    /** The first thing counts: others may follow from it. */
    private void wrong(String what) {
        if (wrong.isEmpty()) wrong = what;
    }
}
