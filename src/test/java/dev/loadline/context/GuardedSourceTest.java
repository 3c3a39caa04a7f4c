package dev.loadline.context;

import static org.assertj.core.api.Assertions.assertThat;

import dev.loadline.core.Agent;
import dev.loadline.core.ContextReport.Source;
import dev.loadline.core.ContextReport.SourceStatus;
import dev.loadline.guard.GuardPolicy;
import dev.loadline.guard.GuardWorld;
import dev.loadline.guard.Guards;
import dev.loadline.guard.News;
import dev.loadline.guard.Switch;
import dev.loadline.model.FakeAnswer;
import dev.loadline.telemetry.Metrics;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.vertx.core.Future;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

import java.time.Duration;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;

/**
 * Goal: a source that got slow costs a turn its budget a few times and then nothing, and comes back
 * by itself. Method: the real guard, a real server where calls are counted, time that the test
 * moves.
 */
class GuardedSourceTest extends SourceWorld {
    private Guards guards;
    private int turns;
    private boolean hanging; // what the server does

    @BeforeEach
    void behind_the_real_guard() {
        Agent only = Agents.with("", 4000, List.of(crm));
        var metrics = new Metrics(new SimpleMeterRegistry(), Metrics.Known.NOTHING);
        guards =
                Guards.open(
                        Sources.policies(List.of(only), name -> GuardPolicy.Settings.DEFAULT),
                        new GuardWorld(
                                time,
                                time,
                                new Random(7),
                                name -> Switch.plain(time),
                                metrics::dependency,
                                News.none()));
        open(guards, List.of(crm));
    }

    @Test
    void it_is_cut_off_asked_by_probes_only_and_back_after_one() {
        server.always(items("facts"));
        for (int i = 0; i < 12; i++) {
            assertThat(turn().status()).isEqualTo(SourceStatus.OK);
            advance(Duration.ofMillis(50));
        }

        server.always(FakeAnswer.hang());
        hanging = true;
        int late = 0;
        while (turn().status() == SourceStatus.LATE) late++;
        assertThat(late).as("turns that waited for it").isBetween(1, 10);

        int asked = server.requests();
        for (int i = 0; i < 50; i++) {
            Source source = turn();
            assertThat(source.status()).isEqualTo(SourceStatus.OPEN);
            assertThat(source.ms()).isLessThanOrEqualTo(5);
            advance(Duration.ofMillis(200));
        }
        assertThat(server.requests() - asked).as("probes in ten seconds").isBetween(1, 7);

        server.always(items("facts"));
        hanging = false;
        asked = server.requests();
        int without = 0;
        while (turn().status() == SourceStatus.OPEN) {
            without++;
            advance(Duration.ofMillis(500));
            // A probe that was sent is answered before time goes on.
            until("no probe is out", () -> server.open() == 0);
            until("it is heard", () -> guards.all().getFirst().reading().inFlight() == 0);
        }
        // A probe that hangs yet, its pause, and the probe that comes back: each half a second.
        assertThat(without).isLessThanOrEqualTo(12);
        assertThat(server.requests() - asked).as("probes and the first good call").isBetween(2, 3);
    }

    @Test
    void a_crowd_beyond_its_limit_waits_in_line_and_all_are_served() {
        server.always(items("facts"));
        List<Future<ContextTask.Answer>> all = onLoopAll(100);
        for (Future<ContextTask.Answer> each : all)
            assertThat(crm(made(each)).status()).isEqualTo(SourceStatus.OK);
        assertThat(server.requests()).isEqualTo(100);
        assertThat(guards.all().getFirst().reading().inFlight()).isZero();
    }

    private List<Future<ContextTask.Answer>> onLoopAll(int count) {
        return onLoop(
                () ->
                        IntStream.range(0, count)
                                .mapToObj(i -> beginHere(ANN, "question " + i))
                                .toList());
    }

    /** One turn; if its source does not answer at once, so much time passes until it is cut. */
    private Source turn() {
        int before = server.requests();
        Future<ContextTask.Answer> answer = begin("question " + turns++);
        until("it is answered or asked in vain", () -> answer.isComplete() || hangs(before));
        if (!answer.isComplete()) advance(Duration.ofMillis(260));
        return crm(made(answer));
    }

    private boolean hangs(int before) {
        return hanging
                && server.requests() > before
                && server.open() > 0
                && onLoop(time::pending) >= 2;
    }
}
