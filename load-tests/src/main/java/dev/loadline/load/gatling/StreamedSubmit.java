package dev.loadline.load.gatling;

import static io.gatling.javaapi.core.CoreDsl.StringBody;
import static io.gatling.javaapi.core.CoreDsl.bodyString;
import static io.gatling.javaapi.core.CoreDsl.exec;
import static io.gatling.javaapi.core.CoreDsl.regex;
import static io.gatling.javaapi.core.CoreDsl.substring;
import static io.gatling.javaapi.http.HttpDsl.sse;

import io.gatling.javaapi.core.ChainBuilder;
import io.gatling.javaapi.core.Session;
import io.gatling.javaapi.core.Simulation;
import io.gatling.javaapi.http.SseMessageCheck;
import io.vertx.core.json.JsonObject;

/**
 * Sends a message and takes the answer from the same request, as server-sent events. Knows no
 * status of a refusal: that is {@link SubmitAndFollow}'s.
 */
public final class StreamedSubmit extends Simulation {
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
        return exec(session -> {
                    PlannedRun.asking(session).sent();
                    return session;
                })
                .exec(
                        sse("submit")
                                .post("#{url}/api/conversations/#{conversation}/turns")
                                .body(StringBody(StreamedSubmit::body))
                                .await(SECONDS)
                                .on(firstText(), lastEvent()))
                .exec(sse("close").close())
                .exec(
                        session -> {
                            PlannedRun.asking(session).over("broken");
                            return session;
                        });
    }

    /** The body of {@code POST …/turns}. */
    static String body(Session session) {
        return new JsonObject()
                .put("text", session.getString("text"))
                .put("key", session.getString("key"))
                .encode();
    }

    static SseMessageCheck firstText() {
        return sse.checkMessage("first text")
                .matching(substring("text.delta"))
                .check(
                        bodyString()
                                .transformWithSession(
                                        (event, session) -> {
                                            PlannedRun.asking(session).text(event);
                                            return event;
                                        }));
    }

    static SseMessageCheck lastEvent() {
        return sse.checkMessage("last event")
                .matching(regex("turn\\.(completed|failed|cancelled)"))
                .check(
                        bodyString()
                                .transformWithSession(
                                        (event, session) -> {
                                            PlannedRun.asking(session).ended(event);
                                            return event;
                                        }));
    }
}
