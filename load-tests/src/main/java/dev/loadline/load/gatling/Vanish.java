package dev.loadline.load.gatling;

import static io.gatling.javaapi.core.CoreDsl.asLongAs;
import static io.gatling.javaapi.core.CoreDsl.doIf;
import static io.gatling.javaapi.core.CoreDsl.doIfOrElse;
import static io.gatling.javaapi.core.CoreDsl.exec;
import static io.gatling.javaapi.core.CoreDsl.pause;
import static io.gatling.javaapi.core.CoreDsl.tryMax;
import static io.gatling.javaapi.http.HttpDsl.sse;

import dev.loadline.load.gatling.Leaving.Back;

import io.gatling.javaapi.core.ChainBuilder;
import io.gatling.javaapi.core.Session;
import io.gatling.javaapi.core.Simulation;

import java.time.Duration;
import java.util.Optional;

/**
 * Sends a message, leaves without a word at the moment that the phase says ({@link Leaving}), and
 * comes back or does not, again and again if refused. Who stays away has the outcome {@code
 * vanished}; who comes back notes whether what they had before and after is the {@link
 * WholeAnswer#WHOLE whole} answer.
 */
public final class Vanish extends Simulation {
    /** The outcome of those who stay away. */
    public static final String VANISHED = "vanished";

    private static final String VISIT = "visit";
    private static final int TRIES = 5;
    private static final Duration AWAIT = Duration.ofSeconds(60);
    private static final Duration LOOK = Duration.ofMillis(20);
    private static final Duration BACK_FROM = Duration.ofMillis(200);
    private static final Duration BACK_BY = Duration.ofMillis(1500);

    private final PlannedRun run = PlannedRun.open();
    private final Leavers leavers = new Leavers();

    {
        setUp(run.whenDue(visit())).protocols(run.protocol()).maxDuration(run.atMost());
    }

    @Override
    public void after() {
        leavers.close();
        run.write();
    }

    private ChainBuilder visit() {
        return exec(WholeAnswer::listening)
                .exec(PlannedRun.sending())
                .exec(this::goIn)
                .exec(asLongAs(session -> !visitOf(session).isOver()).on(pause(LOOK)))
                .exec(Vanish::left)
                .exec(
                        doIf(Vanish::comesBack)
                                .then(
                                        tryMax(TRIES)
                                                .on(pause(BACK_FROM, BACK_BY).exec(back()))
                                                .exec(WholeAnswer::judged)))
                .exec(PlannedRun.ending());
    }

    private Session goIn(Session session) {
        Asking asking = PlannedRun.asking(session);
        Visit visit = new Visit(Leaving.of(asking.arrival().phase()), WholeAnswer.heard(session));
        leavers.visit(asking.arrival(), visit);
        return session.set(VISIT, visit);
    }

    private static Session left(Session session) {
        Visit visit = visitOf(session);
        Asking asking = PlannedRun.asking(session);
        if (!visit.turn().isEmpty())
            asking.answered(202, Optional.empty(), Optional.of(visit.turn()));
        if (visit.refusal() != 0)
            asking.answered(visit.refusal(), Optional.empty(), Optional.empty());
        if (!visit.wrong().isEmpty()) asking.over(visit.wrong());
        else if (visit.leaving().back() == Back.NEVER) asking.over(VANISHED);
        return session.set("turn", visit.turn()).set("cursor", visit.cursor());
    }

    private static boolean comesBack(Session session) {
        return !PlannedRun.asking(session).isOver();
    }

    private static ChainBuilder back() {
        return exec(
                doIfOrElse(session -> visitOf(session).leaving().back() == Back.RESEND)
                        .then(WholeAnswer.byEvents(AWAIT))
                        .orElse(resume()));
    }

    /** Who has no cursor sees the turn from its start. */
    private static ChainBuilder resume() {
        var again = sse("resume").get("#{url}/api/turns/#{turn}/events");
        return exec(doIfOrElse(session -> session.getString("cursor").isEmpty())
                        .then(
                                again.await(AWAIT)
                                        .on(
                                                sse.checkMessage("last")
                                                        .matching(WholeAnswer.lastHeard())))
                        .orElse(
                                again.header("Last-Event-ID", "#{cursor}")
                                        .await(AWAIT)
                                        .on(
                                                sse.checkMessage("last")
                                                        .matching(WholeAnswer.lastHeard()))))
                .exec(sse("close").close());
    }

    private static Visit visitOf(Session session) {
        return session.get(VISIT);
    }
}
