package dev.loadline.load.scenario;

import static org.assertj.core.api.Assertions.assertThat;

import dev.loadline.load.bench.Bench;
import dev.loadline.load.bench.Result;
import dev.loadline.load.gatling.SocketSubmit;
import dev.loadline.load.gatling.StreamedSubmit;
import dev.loadline.load.gatling.SubmitAndFollow;
import dev.loadline.load.plan.Arrival;
import dev.loadline.load.plan.Attempt;
import dev.loadline.load.plan.Attempts;
import dev.loadline.load.plan.Plan;
import dev.loadline.load.process.LoadlineConfig;
import dev.loadline.load.process.ServerUnderTest;
import dev.loadline.load.process.StandIn;

import io.gatling.javaapi.core.Simulation;

import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * All processes together, against the server's jar if it is built. Counts only: times are not held.
 */
class SmokeTest {
    private static final String USER = "acme/ann";

    @TempDir Path directory;

    @Test
    void each_door_answers_a_plan_once_and_what_the_model_marked_is_found() throws IOException {
        Result result = new Result("smoke", "Does it all work together?");
        try (Bench bench = new Bench(setup(), directory)) {
            StandIn standIn = bench.standIn();
            ServerUnderTest server =
                    bench.loadline(
                            LoadlineConfig.defaults()
                                    .user(USER)
                                    .slots(50)
                                    .jvm("-XX:TieredStopAtLevel=1"),
                            standIn);
            for (Class<? extends Simulation> door :
                    List.of(StreamedSubmit.class, SubmitAndFollow.class, SocketSubmit.class)) {
                Plan plan = plan(server, door.getSimpleName());
                Attempts attempts = bench.run(door.getSimpleName(), door, plan, result);
                assertThat(attempts.all())
                        .hasSize(plan.arrivals().size())
                        .allMatch(Attempt::completed, "completed")
                        .allMatch(Attempt::hasFirstToken, "has a first token and its mark");
            }
            assertThat(standIn.callsByKey().size()).isEqualTo(18);
            assertThat(standIn.callsByKey()).allMatch(calls -> calls.getValue().equals(1));
            assertThat(server.load().getInteger("maxTurns")).isEqualTo(50);
            assertThat(server.metric("loadline_turns_total")).isEqualTo(18);
            assertThat(server.process().orElseThrow().heapAfterCollection()).isPositive();
        }
    }

    private static Plan plan(ServerUnderTest server, String door) {
        return new Plan(
                Plan.even(
                        Duration.ZERO,
                        6,
                        Duration.ofSeconds(1),
                        (number, due) -> {
                            String id = door + number;
                            String text = "Hi [first=20ms tokens=5 pace=10ms key=" + id + "]";
                            return new Arrival("all", due, server.url(), USER, id, id, text);
                        }));
    }

    private static Bench.Setup setup() throws IOException {
        Path target = Path.of("..", "target");
        there(Files.isDirectory(target));
        try (var files = Files.list(target)) {
            Optional<Path> jar =
                    files.filter(file -> file.toString().endsWith("-all.jar")).findFirst();
            there(jar.isPresent());
            return new Bench.Setup(
                    jar.get().toAbsolutePath().normalize(), true, Optional.empty(), "", 0);
        }
    }

    /** Without the server's jar there is nothing to test; where that must not be, it fails. */
    private static void there(boolean jar) {
        String missing = "the server's jar is not built";
        if (System.getenv("CI") != null && !jar) throw new IllegalStateException(missing);
        Assumptions.assumeTrue(jar, missing);
    }
}
