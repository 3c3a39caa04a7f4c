package dev.loadline.load.gatling;

import static io.gatling.javaapi.core.CoreDsl.asLongAs;
import static io.gatling.javaapi.core.CoreDsl.exec;
import static io.gatling.javaapi.core.CoreDsl.pause;

import dev.loadline.load.plan.Press;

import io.gatling.javaapi.core.ChainBuilder;
import io.gatling.javaapi.core.Session;
import io.gatling.javaapi.core.Simulation;

import java.time.Duration;

/**
 * Sends a message and follows its turn to the end. Who is refused goes away, or (by {@link #until})
 * does what {@code Retry-After} says and sends the same message again, a few times.
 */
public final class ComeBack extends Simulation {
    private static final String UNTIL = "until=";
    private static final int PRESSES_MAX = 4;

    private final PlannedRun run = PlannedRun.open();

    {
        setUp(run.whenDue(ask())).protocols(run.protocol()).maxDuration(run.atMost());
    }

    /** The manner of one who comes back, but not after this time of the run. */
    public static String until(Duration time) {
        return UNTIL + time.toNanos() / 1000;
    }

    @Override
    public void after() {
        run.write();
    }

    private static ChainBuilder ask() {
        return exec(PlannedRun.sending())
                .exec(Pressing.press(PlannedRun::body))
                .exec(
                        asLongAs(ComeBack::comesBack)
                                .on(pause(ComeBack::wait), Pressing.press(PlannedRun::body)))
                .exec(Pressing::answered)
                .exec(Pressing.followIfAccepted())
                .exec(PlannedRun.ending());
    }

    private static boolean comesBack(Session session) {
        Asking asking = PlannedRun.asking(session);
        Press last = asking.presses().getLast();
        String manner = asking.arrival().manner();
        if (!manner.startsWith(UNTIL) || !last.refused() || !last.saysWhen()) return false;
        if (asking.presses().size() == PRESSES_MAX) return false;
        long patience = asking.nanosUntil(Long.parseLong(manner.substring(UNTIL.length())));
        return wait(session).toNanos() < patience;
    }

    private static Duration wait(Session session) {
        return Duration.ofSeconds(
                Long.parseLong(PlannedRun.asking(session).presses().getLast().retryAfter()));
    }
}
