package dev.loadline.load.gatling;

import static io.gatling.javaapi.core.CoreDsl.bodyString;
import static io.gatling.javaapi.core.CoreDsl.exec;
import static io.gatling.javaapi.core.CoreDsl.regex;
import static io.gatling.javaapi.core.CoreDsl.substring;
import static io.gatling.javaapi.http.HttpDsl.ws;

import io.gatling.javaapi.core.ChainBuilder;
import io.gatling.javaapi.core.Session;
import io.gatling.javaapi.core.Simulation;
import io.gatling.javaapi.http.WsFrameCheck;
import io.vertx.core.json.JsonObject;

import java.time.Duration;

/** Connects a WebSocket a second before the message is due, sends it and takes the answer. */
public final class SocketSubmit extends Simulation {
    private static final int SECONDS = 60;
    private static final Duration BEFORE = Duration.ofSeconds(1);

    private final PlannedRun run = PlannedRun.open();

    {
        setUp(run.afterPreparing(connect(), BEFORE, ask()))
                .protocols(run.protocol())
                .maxDuration(run.atMost());
    }

    @Override
    public void after() {
        run.write();
    }

    private static ChainBuilder connect() {
        return exec(
                ws("connect")
                        .connect("#{ws}/api/ws")
                        .subprotocol("loadline.v1")
                        .await(SECONDS)
                        .on(ws.checkTextMessage("hello").matching(substring("\"hello\""))));
    }

    private static ChainBuilder ask() {
        return exec(session -> {
                    PlannedRun.asking(session).sent();
                    return session;
                })
                .exec(
                        ws("submit")
                                .sendText(SocketSubmit::submit)
                                .await(SECONDS)
                                .on(firstText(), lastEvent()))
                .exec(ws("close").close())
                .exec(
                        session -> {
                            PlannedRun.asking(session).over("broken");
                            return session;
                        });
    }

    private static String submit(Session session) {
        return new JsonObject()
                .put("type", "submit")
                .put("ref", "r")
                .put("conversation", session.getString("conversation"))
                .put("text", session.getString("text"))
                .put("key", session.getString("key"))
                .encode();
    }

    private static WsFrameCheck.Text firstText() {
        return ws.checkTextMessage("first text")
                .matching(substring("\"text.delta\""))
                .check(
                        bodyString()
                                .transformWithSession(
                                        (frame, session) -> {
                                            PlannedRun.asking(session).text(frame);
                                            return frame;
                                        }));
    }

    /** An error is the answer to a message that is refused. */
    private static WsFrameCheck.Text lastEvent() {
        return ws.checkTextMessage("last event")
                .matching(regex("\"(turn\\.(completed|failed|cancelled)|error)\""))
                .check(
                        bodyString()
                                .transformWithSession(
                                        (frame, session) -> {
                                            PlannedRun.asking(session).ended(frame);
                                            return frame;
                                        }));
    }
}
