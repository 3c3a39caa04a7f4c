package dev.loadline.load.gatling;

import static io.gatling.javaapi.core.CoreDsl.StringBody;
import static io.gatling.javaapi.core.CoreDsl.doIf;
import static io.gatling.javaapi.core.CoreDsl.exec;
import static io.gatling.javaapi.core.CoreDsl.jsonPath;
import static io.gatling.javaapi.http.HttpDsl.header;
import static io.gatling.javaapi.http.HttpDsl.http;
import static io.gatling.javaapi.http.HttpDsl.sse;
import static io.gatling.javaapi.http.HttpDsl.status;

import dev.loadline.load.plan.Attempt;
import dev.loadline.load.plan.Press;

import io.gatling.javaapi.core.ChainBuilder;
import io.gatling.javaapi.core.Session;

import java.util.Optional;
import java.util.function.Function;

/** What simulations have in common whose people may press "send" more than once. */
final class Pressing {
    private static final int SECONDS = 60;
    private static final String[] OF_ANSWER = {
        "status", "retryAfter", "retryAfterMs", "turn", "duplicate"
    };

    private Pressing() {}

    /** One press by HTTP; {@link Asking#presses} has what came back. */
    static ChainBuilder press(Function<Session, String> body) {
        return exec(Pressing::pressing)
                .exec(
                        http("press")
                                .post("#{url}/api/conversations/#{conversation}/turns")
                                .body(StringBody(body))
                                .check(
                                        status().saveAs("status"),
                                        header("Retry-After").optional().saveAs("retryAfter"),
                                        jsonPath("$.retryAfterMs")
                                                .optional()
                                                .saveAs("retryAfterMs"),
                                        jsonPath("$.duplicate").optional().saveAs("duplicate"),
                                        jsonPath("$.turn").optional().saveAs("turn")))
                .exec(Pressing::pressed);
    }

    /** Follows the turn that was named to its last event, if one was. */
    static ChainBuilder followIfAccepted() {
        return doIf(Pressing::accepted)
                .then(
                        exec(sse("follow")
                                        .get("#{url}/api/turns/#{turn}/events")
                                        .await(SECONDS)
                                        .on(
                                                sse.checkMessage("last")
                                                        .matching(PlannedRun.lastEvent())))
                                .exec(sse("close").close()));
    }

    /** Tells the attempt what became of the last press. */
    static Session answered(Session session) {
        Asking asking = PlannedRun.asking(session);
        Press last = asking.presses().getLast();
        asking.answered(
                last.status(),
                Optional.of(last.retryAfter()).filter(header -> last.saysWhen()),
                Optional.of(last.turn()).filter(turn -> last.accepted()));
        return session;
    }

    static boolean accepted(Session session) {
        Press last = PlannedRun.asking(session).presses().getLast();
        return last.accepted() && !last.turn().isEmpty();
    }

    private static Session pressing(Session session) {
        PlannedRun.asking(session).pressing();
        Session clean = session;
        for (String name : OF_ANSWER) clean = clean.remove(name);
        return clean;
    }

    private static Session pressed(Session session) {
        PlannedRun.asking(session)
                .pressed(
                        session.contains("status") ? session.getInt("status") : 0,
                        text(session, "retryAfter"),
                        session.contains("retryAfterMs")
                                ? Long.parseLong(text(session, "retryAfterMs"))
                                : Attempt.NEVER,
                        text(session, "turn"),
                        text(session, "duplicate").equals("true"));
        return session;
    }

    private static String text(Session session, String name) {
        return session.contains(name) ? session.getString(name) : "";
    }
}
