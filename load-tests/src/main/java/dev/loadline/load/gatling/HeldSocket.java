package dev.loadline.load.gatling;

import static io.gatling.javaapi.core.CoreDsl.doIfOrElse;
import static io.gatling.javaapi.core.CoreDsl.exec;
import static io.gatling.javaapi.core.CoreDsl.substring;
import static io.gatling.javaapi.http.HttpDsl.ws;

import io.gatling.javaapi.core.ChainBuilder;
import io.gatling.javaapi.core.Session;
import io.gatling.javaapi.core.Simulation;

import java.time.Duration;
import java.util.Optional;

/**
 * Opens a WebSocket when it is due and holds it, its heartbeats answered, for as long as the whole
 * plan is: so all are there from when the last one is opened until the plan is over. Then it asks
 * whether the server still hears it, and closes. Such an arrival has no text; its status is 101
 * once the socket is open, and it is {@code completed} if the server answered at the end.
 *
 * <p>An arrival with a text sends that, takes the answer and closes.
 */
public final class HeldSocket extends Simulation {
    private static final Duration AWAIT = Duration.ofSeconds(60);
    private static final int OPEN = 101;

    private final PlannedRun run = PlannedRun.open();

    {
        setUp(run.whenDue(exec(PlannedRun.sending()).exec(SocketSubmit.connect()).exec(use())))
                .protocols(run.protocol().wsAutoReplyTextFrame(HeldSocket::heartbeat))
                .maxDuration(run.atMost().plus(run.length()));
    }

    @Override
    public void after() {
        run.write();
    }

    private ChainBuilder use() {
        return exec(doIfOrElse(HeldSocket::isToBeHeld).then(hold()).orElse(submit()))
                .exec(ws("close").close())
                .exec(PlannedRun.ending());
    }

    private ChainBuilder hold() {
        return exec(HeldSocket::opened)
                .exec(PlannedRun.pauseUntil(run.length()))
                .exec(
                        ws("still there")
                                .sendText("{\"type\":\"ping\",\"at\":1}")
                                .await(AWAIT)
                                .on(ws.checkTextMessage("pong").matching(substring("\"pong\""))))
                .exec(HeldSocket::stillThere);
    }

    private static ChainBuilder submit() {
        return exec(
                ws("submit")
                        .sendText(SocketSubmit::frame)
                        .await(AWAIT)
                        .on(ws.checkTextMessage("last").matching(PlannedRun.lastEvent())));
    }

    private static boolean isToBeHeld(Session session) {
        return session.getString("text").isEmpty();
    }

    private static Session opened(Session session) {
        if (!session.isFailed())
            PlannedRun.asking(session).answered(OPEN, Optional.empty(), Optional.empty());
        return session;
    }

    private static Session stillThere(Session session) {
        if (!session.isFailed()) PlannedRun.asking(session).over("completed");
        return session;
    }

    /** The answer to the server's ping; null to anything else. */
    private static String heartbeat(String frame) {
        return frame.startsWith("{\"type\":\"ping\"") ? "{\"type\":\"pong\",\"at\":0}" : null;
    }
}
