package dev.loadline.load.gatling;

import static io.gatling.javaapi.core.CoreDsl.StringBody;
import static io.gatling.javaapi.core.CoreDsl.bodyString;
import static io.gatling.javaapi.core.CoreDsl.doIf;
import static io.gatling.javaapi.core.CoreDsl.doIfOrElse;
import static io.gatling.javaapi.core.CoreDsl.exec;
import static io.gatling.javaapi.http.HttpDsl.sse;
import static io.gatling.javaapi.http.HttpDsl.ws;

import io.gatling.javaapi.core.ChainBuilder;
import io.gatling.javaapi.core.CheckBuilder;
import io.gatling.javaapi.core.Session;
import io.gatling.javaapi.core.Simulation;

import java.time.Duration;

/**
 * Sends a message by the door that the phase names, takes an answer that may last for minutes, and
 * notes whether it was {@link #WHOLE}.
 */
public final class WholeAnswer extends Simulation {
    /** How the phase of those ends who ask by a WebSocket; all others by a streamed request. */
    public static final String BY_SOCKET = "WebSocket";

    /** What is noted of an answer whose text is the model's, chunk by chunk. */
    public static final String WHOLE = Heard.WHOLE;

    private static final String HEARD = "heard";
    private static final Duration AWAIT = Duration.ofSeconds(230);
    private static final Duration BEFORE = Duration.ofSeconds(1);

    private final PlannedRun run = PlannedRun.open();

    {
        setUp(
                        run.afterPreparing(
                                exec(doIf(WholeAnswer::isBySocket).then(SocketSubmit.connect())),
                                BEFORE,
                                ask()))
                .protocols(run.protocol())
                .maxDuration(run.atMost());
    }

    @Override
    public void after() {
        run.write();
    }

    private static ChainBuilder ask() {
        return exec(WholeAnswer::listening)
                .exec(PlannedRun.sending())
                .exec(doIfOrElse(WholeAnswer::isBySocket).then(bySocket()).orElse(byEvents(AWAIT)))
                .exec(WholeAnswer::judged)
                .exec(PlannedRun.ending());
    }

    private static ChainBuilder bySocket() {
        return exec(ws("submit")
                        .sendText(SocketSubmit::frame)
                        .await(AWAIT)
                        .on(ws.checkTextMessage("last").matching(lastHeard())))
                .exec(ws("close").close());
    }

    /** Sends the message and takes its answer, from the start. */
    static ChainBuilder byEvents(Duration await) {
        return exec(sse("submit")
                        .post("#{url}/api/conversations/#{conversation}/turns")
                        .body(StringBody(PlannedRun::body))
                        .await(await)
                        .on(sse.checkMessage("last").matching(lastHeard())))
                .exec(sse("close").close());
    }

    /** As {@link PlannedRun#lastEvent}, and keeps the text. */
    static CheckBuilder lastHeard() {
        return bodyString()
                .transformWithSession(
                        (event, session) -> {
                            session.<Heard>get(HEARD).event(event);
                            return PlannedRun.asking(session).heard(event);
                        })
                .is(true);
    }

    static Session listening(Session session) {
        return session.set(HEARD, new Heard(PlannedRun.asking(session).arrival()));
    }

    static Heard heard(Session session) {
        return session.get(HEARD);
    }

    static Session judged(Session session) {
        PlannedRun.asking(session).note(heard(session).verdict());
        return session;
    }

    private static boolean isBySocket(Session session) {
        return PlannedRun.asking(session).arrival().phase().endsWith(BY_SOCKET);
    }
}
