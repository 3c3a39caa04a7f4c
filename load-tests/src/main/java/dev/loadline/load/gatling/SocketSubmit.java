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
        return exec(PlannedRun.sending())
                .exec(
                        ws("submit")
                                .sendText(SocketSubmit::submit)
                                .await(SECONDS)
                                .on(ws.checkTextMessage("last").matching(PlannedRun.lastEvent())))
                .exec(ws("close").close())
                .exec(PlannedRun.ending());
    }

    private static String submit(Session session) {
        return new JsonObject(PlannedRun.body(session))
                .put("type", "submit")
                .put("ref", "r")
                .put("conversation", session.getString("conversation"))
                .encode();
    }
}
