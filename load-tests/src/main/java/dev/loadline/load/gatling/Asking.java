package dev.loadline.load.gatling;

import dev.loadline.load.plan.Arrival;
import dev.loadline.load.plan.Attempt;
import dev.loadline.load.plan.Press;
import dev.loadline.load.standin.Mark;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * One arrival while it is carried out; a simulation's hooks tell it what happens. Belongs to one
 * virtual user.
 */
public final class Asking {
    private static final Pattern LAST =
            Pattern.compile(
                    "\"(?:event|type)\"\\s*:\\s*\"(?:turn\\.(completed|failed|cancelled)|error)\"");
    private static final Pattern STATUS = Pattern.compile("\"status\"\\s*:\\s*(\\d+)");
    private static final Pattern RETRY_AFTER = Pattern.compile("\"retryAfterMs\"\\s*:\\s*(\\d+)");
    private static final Pattern TURN =
            Pattern.compile("\"turn\\\\*\"\\s*:\\s*\\\\*\"([^\"\\\\]+)");

    private final Arrival arrival;
    private final long zeroNanos;
    private long started = Attempt.NEVER;
    private long sent = Attempt.NEVER;
    private long firstToken = Attempt.NEVER;
    private long done = Attempt.NEVER;
    private long model = Attempt.NEVER;
    private int status;
    private int retryAfter = Attempt.NEVER;
    private String turn = "";
    private String outcome = "";
    private String note = "";
    private long pressed = Attempt.NEVER;
    private final List<Press> presses = new ArrayList<>();

    Asking(Arrival arrival, long zeroNanos) {
        this.arrival = arrival;
        this.zeroNanos = zeroNanos;
    }

    /** What was planned. */
    public Arrival arrival() {
        return arrival;
    }

    void started() {
        started = now();
    }

    /** Right before the request. */
    public void sent() {
        sent = now();
    }

    /** Right before a press, if this person may press more than once. */
    void pressing() {
        pressed = now();
    }

    /** What came back for the press under way; a refusal does not end it. */
    void pressed(
            int httpStatus,
            String retryAfterHeader,
            long retryAfterMs,
            String turnId,
            boolean duplicate) {
        long answered = httpStatus == 0 ? Attempt.NEVER : now();
        presses.add(
                new Press(
                        pressed,
                        answered,
                        httpStatus,
                        retryAfterHeader,
                        retryAfterMs,
                        turnId,
                        duplicate));
    }

    /** All presses that were answered, or never will be. */
    List<Press> presses() {
        return presses;
    }

    /** An answer of HTTP. */
    public void answered(
            int httpStatus, Optional<String> retryAfterHeader, Optional<String> turnId) {
        status = httpStatus;
        retryAfterHeader.ifPresent(seconds -> retryAfter = Integer.parseInt(seconds));
        turnId.ifPresent(id -> turn = id);
        if (httpStatus == 429 || httpStatus == 503) over("refused");
        else if (httpStatus >= 400) over("status " + httpStatus);
    }

    /**
     * An event or a frame from the server, as text.
     *
     * @return true if nothing follows: the turn's last event, or an error that answers the message
     */
    public boolean heard(String event) {
        if (event.contains("\"text.delta\"")) {
            text(event);
            return false;
        }
        Matcher last = LAST.matcher(event);
        if (!last.find()) return false;
        if (last.group(1) == null) refusedBy(event);
        else over(last.group(1));
        return true;
    }

    private void text(String event) {
        if (firstToken != Attempt.NEVER) return;
        firstToken = now();
        Mark.in(event).ifPresent(mark -> model = mark.ownNanos() / 1000);
        Matcher named = TURN.matcher(event);
        if (turn.isEmpty() && named.find()) turn = named.group(1);
    }

    /** A WebSocket's error has a problem in it, as HTTP's body has. */
    private void refusedBy(String error) {
        Matcher stated = STATUS.matcher(error);
        Matcher millis = RETRY_AFTER.matcher(error);
        answered(
                stated.find() ? Integer.parseInt(stated.group(1)) : 500,
                millis.find()
                        ? Optional.of(
                                Integer.toString(
                                        Math.ceilDiv(Integer.parseInt(millis.group(1)), 1000)))
                        : Optional.empty(),
                Optional.empty());
    }

    /** It is over; the first who says so counts. */
    public void over(String how) {
        if (done != Attempt.NEVER) return;
        done = now();
        outcome = how;
    }

    /** Words of the scenario's own, which stand in the record where there are no presses. */
    public void note(String words) {
        note = words;
    }

    /** The id of the turn that was named; empty for none. */
    public String turn() {
        return turn;
    }

    /** Whether there was any text for this person to see. */
    boolean sawSomething() {
        return firstToken != Attempt.NEVER;
    }

    boolean isOver() {
        return done != Attempt.NEVER;
    }

    /** How long until this many microseconds after the run's zero; below zero if that is over. */
    long nanosUntil(long micros) {
        return zeroNanos + micros * 1000 - System.nanoTime();
    }

    Attempt attempt() {
        return new Attempt(
                arrival,
                started,
                sent,
                firstToken,
                done,
                model,
                status,
                retryAfter,
                turn,
                outcome,
                presses.isEmpty() ? note : Press.note(presses));
    }

    private long now() {
        return (System.nanoTime() - zeroNanos) / 1000;
    }
}
