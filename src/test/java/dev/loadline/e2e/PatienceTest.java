package dev.loadline.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Future;

/**
 * Goal: slow for a good reason is not sick. Method: there is a fallback, so that a time-out would
 * cost nothing; it must never be asked.
 */
class PatienceTest {
    private static final Duration NORMAL = Duration.ofMillis(100);

    private static final String AGENT =
            """
            agents:
              assistant:
                model: main
                fallback: [backup]
                context: { budget: { tokens: 200000 } }
                limits: { tokens: 1000000 }
            guard: { default: { concurrency: 64 } }
            """;

    private static void never(FaultyUpstream backup, FaultyUpstream main, int calls) {
        assertThat(backup.arrivals()).as("fallbacks").isEmpty();
        assertThat(main.arrivals()).as("no retry").hasSize(calls);
        assertThat(main.count(Arrival.Fate.SERVED)).as("none is cut off").isEqualTo(calls);
    }

    private static void closed(DrillServer server) {
        JsonNode main = DrillServer.dependency(server.api(), "model:main");
        assertThat(main.get("breaker").textValue()).isEqualTo("closed");
        assertThat(main.get("calls").get("timed_out").longValue()).isZero();
    }

    /** 0.2 ms a token: the longest take many times what a short prompt's first token may. */
    @Test
    void long_prompts_take_their_time(@TempDir Path directory) {
        FaultyUpstream main = FaultyUpstream.start(Behaviour.bySize(0.2));
        try (main;
                FaultyUpstream backup = FaultyUpstream.start(Behaviour.wellSpoken(Reaction.SOON));
                DrillServer server =
                        DrillServer.start(
                                directory,
                                DrillServer.model("main", main, NORMAL)
                                        + DrillServer.model("backup", backup, NORMAL),
                                AGENT);
                Crowd crowd = new Crowd(server.api())) {
            List<Integer> sizes = List.of(100, 1000, 3500, 15_000, 60_000, 100_000);
            List<Future<Told>> all = new ArrayList<>();
            for (int size : sizes)
                all.add(crowd.comes(() -> crowd.say("assistant", "n-" + size, "a ".repeat(size))));
            for (Told told : Crowd.told(all)) {
                assertThat(told.completed()).as(told.toString()).isTrue();
                assertThat(told.heard("turn.degraded")).isFalse();
            }
            never(backup, main, sizes.size());
            closed(server);
        }
    }

    @Test
    void a_cold_local_model_comes_up_at_first_and_again_after_five_idle_minutes(
            @TempDir Path directory) {
        var cold = new ColdStart(Duration.ofSeconds(3), Behaviour.wellSpoken(Reaction.SOON));
        FaultyUpstream main = FaultyUpstream.start(cold);
        try (main;
                FaultyUpstream backup = FaultyUpstream.start(Behaviour.wellSpoken(Reaction.SOON));
                DrillServer server =
                        DrillServer.start(
                                directory,
                                DrillServer.model("main", main, NORMAL)
                                        + DrillServer.model("backup", backup, NORMAL),
                                AGENT);
                Crowd crowd = new Crowd(server.api())) {
            for (String marker : List.of("cold", "warm", "still")) says(crowd, marker);
            server.leap(Duration.ofMinutes(5));
            cold.unload();
            for (String marker : List.of("again", "now")) says(crowd, marker);
            never(backup, main, 5);
            closed(server);
        }
    }

    private static void says(Crowd crowd, String marker) {
        Told told = crowd.say(marker);
        assertThat(told.completed()).as(told.toString()).isTrue();
        assertThat(told.text()).isEqualTo(Behaviour.answer(marker));
    }
}
