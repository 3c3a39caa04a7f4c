package dev.loadline.load.gatling;

import io.vertx.core.json.JsonObject;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What somebody got to see before they left. Written on one event loop; to be read elsewhere once
 * it {@link #isOver}.
 */
final class Visit {
    private static final Pattern TURN = Pattern.compile("\"turn\":\"([^\"]+)\"");
    private static final String DELTA = "\"text.delta\"";
    private static final int TOKENS_IN_THE_MIDDLE = 6;

    private final Leaving leaving;
    private final Heard heard;
    private final StringBuilder unread = new StringBuilder();
    private String turn = "";
    private String cursor = "";
    private int deltas;
    private String wrong = "";
    private volatile boolean over;

    Visit(Leaving leaving, Heard heard) {
        this.leaving = leaving;
        this.heard = heard;
    }

    void acknowledged(String turnId) {
        turn = turnId;
    }

    /** More of an event stream. */
    void events(String bytes) {
        unread.append(bytes);
        for (int end = unread.indexOf("\n\n"); end >= 0; end = unread.indexOf("\n\n")) {
            event(unread.substring(0, end));
            unread.delete(0, end + 2);
        }
    }

    private void event(String event) {
        String type = "";
        String data = "";
        for (String line : event.split("\n")) {
            if (line.startsWith("event:")) type = line.substring(6).trim();
            else if (line.startsWith("id:")) cursor = line.substring(3).trim();
            else if (line.startsWith("data:")) data = line.substring(5).trim();
        }
        if (data.isEmpty()) return;
        heard.event(type, new JsonObject(data));
        if (type.equals("text.delta")) deltas++;
    }

    /** More of a WebSocket's frames; only looked through. */
    void frames(String bytes) {
        unread.append(bytes);
        Matcher named = TURN.matcher(unread);
        if (turn.isEmpty() && named.find()) turn = named.group(1);
        deltas = (int) Pattern.compile(DELTA).matcher(unread).results().count();
        if (unread.indexOf("\"type\":\"error\"") >= 0) wrong = "an error frame";
    }

    /** Whether the moment to leave has come. */
    boolean mayLeave() {
        return !wrong.isEmpty()
                || switch (leaving.when()) {
                    case BEFORE_THE_ANSWER -> true;
                    case ACKNOWLEDGED -> !turn.isEmpty();
                    case FIRST_TOKEN -> deltas >= 1;
                    case MID_ANSWER -> deltas >= TOKENS_IN_THE_MIDDLE;
                };
    }

    void wrong(String what) {
        if (wrong.isEmpty()) wrong = what;
    }

    void over() {
        over = true;
    }

    boolean isOver() {
        return over;
    }

    Leaving leaving() {
        return leaving;
    }

    Heard heard() {
        return heard;
    }

    /** The turn that was acknowledged; empty for none. */
    String turn() {
        return turn;
    }

    /** Of the last event that was read; empty for none. */
    String cursor() {
        return cursor;
    }

    /** What went wrong before they could leave; empty for nothing. */
    String wrong() {
        return wrong;
    }
}
