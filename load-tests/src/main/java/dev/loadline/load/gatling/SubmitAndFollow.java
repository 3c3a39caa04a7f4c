package dev.loadline.load.gatling;

import static io.gatling.javaapi.core.CoreDsl.StringBody;
import static io.gatling.javaapi.core.CoreDsl.doIf;
import static io.gatling.javaapi.core.CoreDsl.exec;
import static io.gatling.javaapi.core.CoreDsl.jsonPath;
import static io.gatling.javaapi.http.HttpDsl.header;
import static io.gatling.javaapi.http.HttpDsl.http;
import static io.gatling.javaapi.http.HttpDsl.sse;
import static io.gatling.javaapi.http.HttpDsl.status;

import io.gatling.javaapi.core.ChainBuilder;
import io.gatling.javaapi.core.Session;
import io.gatling.javaapi.core.Simulation;

import java.util.Optional;

/**
 * Sends a message, hears whether it is accepted or refused, and by when to come again, and then
 * follows the turn's events by a second request until its last one.
 */
public final class SubmitAndFollow extends Simulation {
    private static final int SECONDS = 60;

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
                .exec(submit())
                .exec(SubmitAndFollow::answered)
                .exec(doIf(SubmitAndFollow::accepted).then(follow()))
                .exec(PlannedRun.ending());
    }

    /** Sends it; puts {@code status, retryAfter, turn} into the session. */
    static ChainBuilder submit() {
        return exec(
                http("submit")
                        .post("#{url}/api/conversations/#{conversation}/turns")
                        .body(StringBody(PlannedRun::body))
                        .check(
                                status().saveAs("status"),
                                header("Retry-After").optional().saveAs("retryAfter"),
                                jsonPath("$.turn").optional().saveAs("turn")));
    }

    static ChainBuilder follow() {
        return exec(sse("follow")
                        .get("#{url}/api/turns/#{turn}/events")
                        .await(SECONDS)
                        .on(sse.checkMessage("last").matching(PlannedRun.lastEvent())))
                .exec(sse("close").close());
    }

    private static Session answered(Session session) {
        PlannedRun.asking(session)
                .answered(
                        session.contains("status") ? session.getInt("status") : 0,
                        Optional.ofNullable(session.getString("retryAfter")),
                        Optional.ofNullable(session.getString("turn")));
        return session;
    }

    private static boolean accepted(Session session) {
        return session.contains("turn") && session.getInt("status") < 300;
    }
}
