package dev.loadline.load.gatling;

import static io.gatling.javaapi.core.CoreDsl.exec;
import static io.gatling.javaapi.core.CoreDsl.substring;
import static io.gatling.javaapi.http.HttpDsl.ws;

import io.gatling.javaapi.core.ChainBuilder;
import io.gatling.javaapi.core.Session;
import io.gatling.javaapi.core.Simulation;
import io.vertx.core.json.JsonObject;

import java.time.Duration;

/** Connects a WebSocket a second before the message is due, sends it and takes the answer. */
public final class SocketSubmit extends Simulation {
    private static final Duration AWAIT = Duration.ofSeconds(60);
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

    /** Until the server has said hello. */
    static ChainBuilder connect() {
        return exec(
                ws("connect")
                        .connect("#{ws}/api/ws")
                        .subprotocol("loadline.v1")
                        .await(AWAIT)
                        .on(ws.checkTextMessage("hello").matching(substring("\"hello\""))));
    }

    private static ChainBuilder ask() {
        return exec(PlannedRun.sending())
                .exec(
                        ws("submit")
                                .sendText(SocketSubmit::frame)
                                .await(AWAIT)
                                .on(ws.checkTextMessage("last").matching(PlannedRun.lastEvent())))
                .exec(ws("close").close())
                .exec(PlannedRun.ending());
    }

    static String frame(Session session) {
        return new JsonObject(PlannedRun.body(session))
                .put("type", "submit")
                .put("ref", "r")
                .put("conversation", session.getString("conversation"))
                .encode();
    }
}
