package dev.loadline.load.gatling;

import dev.loadline.load.standin.Mark;

import io.vertx.core.json.JsonObject;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What somebody got to see before they left. Written on one event loop; to be read elsewhere once
 * it {@link #isOver}.
 */
final class Visit {
    private static final Pattern TURN = Pattern.compile("\"turn\":\"([^\"]+)\"");
    private static final Pattern ERROR = Pattern.compile("\\{\"type\":\"error\".*");
    private static final Pattern STATUS = Pattern.compile("\"status\":(\\d+)");
    private static final int TOKENS_IN_THE_MIDDLE = 6;

    private final Leaving leaving;
    private final Heard heard;
    private final StringBuilder unread = new StringBuilder();
    private String turn = "";
    private String cursor = "";
    private int tokens;
    private int refusal;
    private String wrong = "";
    private volatile boolean over;

    Visit(Leaving leaving, Heard heard) {
        this.leaving = leaving;
        this.heard = heard;
    }

    void acknowledged(String turnId) {
        if (turnId == null) wrong("no turn is named");
        else turn = turnId;
    }

    /** By this problem, which ends it. */
    void refused(String problem) {
        Matcher status = STATUS.matcher(problem);
        refusal = status.find() ? Integer.parseInt(status.group(1)) : 500;
        wrong(problem);
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
        tokens = heard.tokens();
    }

    /** More of a WebSocket's frames; only looked through. */
    void frames(String bytes) {
        unread.append(bytes);
        Matcher named = TURN.matcher(unread);
        if (turn.isEmpty() && named.find()) turn = named.group(1);
        tokens = Mark.all(unread.toString()).size();
        Matcher error = ERROR.matcher(unread);
        if (error.find()) refused(error.group());
    }

    /** Whether the moment to leave has come. */
    boolean mayLeave() {
        return !wrong.isEmpty()
                || switch (leaving.when()) {
                    case BEFORE_THE_ANSWER -> true;
                    case ACKNOWLEDGED -> !turn.isEmpty();
                    case FIRST_TOKEN -> tokens >= 1;
                    case MID_ANSWER -> tokens >= TOKENS_IN_THE_MIDDLE;
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

    /** The status of the problem that refused it; 0 for none. */
    int refusal() {
        return refusal;
    }

    /** What went wrong before they could leave; empty for nothing. */
    String wrong() {
        return wrong;
    }
}
