package dev.loadline.load.gatling;

import static io.gatling.javaapi.core.CoreDsl.StringBody;
import static io.gatling.javaapi.core.CoreDsl.asLongAs;
import static io.gatling.javaapi.core.CoreDsl.doIf;
import static io.gatling.javaapi.core.CoreDsl.doIfOrElse;
import static io.gatling.javaapi.core.CoreDsl.exec;
import static io.gatling.javaapi.core.CoreDsl.pause;
import static io.gatling.javaapi.core.CoreDsl.substring;
import static io.gatling.javaapi.http.HttpDsl.sse;
import static io.gatling.javaapi.http.HttpDsl.ws;

import io.gatling.javaapi.core.ChainBuilder;
import io.gatling.javaapi.core.Session;
import io.gatling.javaapi.core.Simulation;
import io.vertx.core.json.JsonObject;

import java.time.Duration;

/**
 * Sends a message and watches its turn; presses again whenever there was nothing to see for four
 * seconds. How, is the arrival's manner.
 */
public final class PressAgain extends Simulation {
    /** How people press again. */
    public enum Manner {
        /** With the key of the message, as a good client does. */
        SAME_KEY,

        /** Never with a key: the text is the same. */
        NO_KEY,

        /** Two times, a moment apart, without a key. */
        TWICE,

        /**
         * By WebSocket from another device, which knows the text but no key; the first is put away.
         */
        SECOND_DEVICE,

        /** The answer came in the submission's own stream, which broke; with the key. */
        CONNECTION_DIED
    }

    private static final int PATIENCE = 4; // seconds
    private static final int SECONDS = 60;
    private static final int PRESSES_MAX = 8;
    private static final Duration A_MOMENT = Duration.ofMillis(200);

    private final PlannedRun run = PlannedRun.open();

    {
        setUp(run.whenDue(ask())).protocols(run.protocol()).maxDuration(run.atMost());
    }

    @Override
    public void after() {
        run.write();
    }

    private static ChainBuilder ask() {
        return exec(PlannedRun.sending())
                .exec(
                        doIfOrElse((Session session) -> is(session, Manner.CONNECTION_DIED))
                                .then(streamThatDies())
                                .orElse(exec(press()).exec(watch(PATIENCE))))
                .exec(asLongAs(PressAgain::isImpatient).on(again()))
                .exec(doIf((Session session) -> !over(session)).then(watch(SECONDS)))
                .exec(
                        doIf(session -> session.contains("watching"))
                                .then(exec(sse("close", "watch").close())))
                .exec(PlannedRun.ending());
    }

    private static ChainBuilder again() {
        return doIfOrElse((Session session) -> is(session, Manner.SECOND_DEVICE))
                .then(secondDevice())
                .orElse(
                        exec(press())
                                .exec(
                                        doIf((Session session) -> is(session, Manner.TWICE))
                                                .then(pause(A_MOMENT).exec(press())))
                                .exec(watch(PATIENCE)));
    }

    private static ChainBuilder press() {
        return Pressing.press(PressAgain::body).exec(PressAgain::answered);
    }

    /** Goes on with the stream that there is, or opens one. */
    private static ChainBuilder watch(int seconds) {
        return doIf((Session session) -> !over(session))
                .then(
                        doIfOrElse((Session session) -> session.contains("watching"))
                                .then(
                                        exec(
                                                sse("watch on", "watch")
                                                        .setCheck()
                                                        .await(seconds)
                                                        .on(
                                                                sse.checkMessage("last")
                                                                        .matching(
                                                                                PlannedRun
                                                                                        .lastEvent()))))
                                .orElse(
                                        exec(session -> session.set("watching", true))
                                                .exec(
                                                        sse("watch", "watch")
                                                                .get(
                                                                        "#{url}/api/turns/#{turn}/events")
                                                                .await(seconds)
                                                                .on(
                                                                        sse.checkMessage("last")
                                                                                .matching(
                                                                                        PlannedRun
                                                                                                .lastEvent())))));
    }

    private static ChainBuilder streamThatDies() {
        return exec(sse("submit", "dies")
                        .post("#{url}/api/conversations/#{conversation}/turns")
                        .body(StringBody(PressAgain::body))
                        .await(PATIENCE - 1)
                        .on(sse.checkMessage("last").matching(PlannedRun.lastEvent())))
                .exec(sse("die", "dies").close())
                .pause(Duration.ofSeconds(1));
    }

    /** The first device hears nothing any more; this one watches to the end. */
    private static ChainBuilder secondDevice() {
        return exec(session -> session.set("secondDevice", true))
                .exec(
                        ws("second device")
                                .connect("#{ws}/api/ws")
                                .subprotocol("loadline.v1")
                                .await(SECONDS)
                                .on(ws.checkTextMessage("hello").matching(substring("\"hello\""))))
                .exec(
                        ws("press on the second device")
                                .sendText(PressAgain::frame)
                                .await(SECONDS)
                                .on(ws.checkTextMessage("last").matching(PlannedRun.lastEvent())))
                .exec(ws("put away").close());
    }

    private static String body(Session session) {
        JsonObject body = new JsonObject(PlannedRun.body(session));
        boolean knowsKey =
                switch (manner(session)) {
                    case SAME_KEY, CONNECTION_DIED -> true;
                    case NO_KEY -> false;
                    // the first press has one, those after it none
                    case TWICE, SECOND_DEVICE -> PlannedRun.asking(session).presses().isEmpty();
                };
        if (!knowsKey) body.remove("key");
        return body.encode();
    }

    private static String frame(Session session) {
        return new JsonObject()
                .put("type", "submit")
                .put("ref", "r")
                .put("conversation", session.getString("conversation"))
                .put("text", session.getString("text"))
                .encode();
    }

    private static boolean isImpatient(Session session) {
        Asking asking = PlannedRun.asking(session);
        return !asking.isOver() && !asking.sawSomething() && asking.presses().size() < PRESSES_MAX;
    }

    /** What was refused, or what is over, has been answered. */
    private static Session answered(Session session) {
        return Pressing.accepted(session) ? session : Pressing.answered(session);
    }

    private static boolean over(Session session) {
        return PlannedRun.asking(session).isOver();
    }

    private static boolean is(Session session, Manner manner) {
        return manner(session) == manner;
    }

    private static Manner manner(Session session) {
        return Manner.valueOf(PlannedRun.asking(session).arrival().manner());
    }
}
