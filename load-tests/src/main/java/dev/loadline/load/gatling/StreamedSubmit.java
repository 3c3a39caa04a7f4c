package dev.loadline.load.gatling;

import static io.gatling.javaapi.core.CoreDsl.StringBody;
import static io.gatling.javaapi.core.CoreDsl.exec;
import static io.gatling.javaapi.http.HttpDsl.sse;

import io.gatling.javaapi.core.ChainBuilder;
import io.gatling.javaapi.core.Simulation;

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
        return exec(PlannedRun.sending())
                .exec(
                        sse("submit")
                                .post("#{url}/api/conversations/#{conversation}/turns")
                                .body(StringBody(PlannedRun::body))
                                .await(SECONDS)
                                .on(sse.checkMessage("last").matching(PlannedRun.lastEvent())))
                .exec(sse("close").close())
                .exec(PlannedRun.ending());
    }
}
