package dev.loadline.ops;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;

import dev.loadline.core.Agent;
import dev.loadline.core.Json;
import dev.loadline.guard.Cause;
import dev.loadline.guard.Fault;
import dev.loadline.guard.Reason;
import dev.loadline.telemetry.StageClock;
import dev.loadline.telemetry.StageClock.Mark;
import dev.loadline.transport.WireTypes;

import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * Goal: a guard's figures reach operators as the wire's types say, complete, and without made-up
 * ones. Method: the fullest and the emptiest reading against {@code loadline.d.ts}.
 */
class DependenciesTest {
    private static final Guarded MAIN = new Guarded("model:main", false, 400, 123.456, 1200);

    private static void holds(Dependencies all) throws IOException {
        Path types = Path.of("src/main/resources/client/loadline.d.ts");
        var declared = new WireTypes(Files.readString(types, StandardCharsets.UTF_8));
        JsonNode json = Json.read(Json.write(all), JsonNode.class);
        assertThat(declared.check("Dependencies", json)).isEmpty();
    }

    @Test
    void the_fullest_and_the_emptiest_are_as_declared() throws IOException {
        var full =
                Dependencies.of(
                        MAIN.reading(
                                1500,
                                Reason.RATE_LIMITED,
                                Map.of("ok", 9L, "refused", 2L),
                                Map.of(Cause.GUARD, 1L),
                                true),
                        3,
                        0);
        var empty = Dependencies.of(new Guarded("source:crm", false, 40, 0, 160).reading(), 0, 0);
        var fault = new Fault(10.0, 5L, 0.1, 503, 0.2, 1000L, true, 3);
        var nothing = new Fault(null, null, null, null, null, null, null, null);
        holds(
                new Dependencies(
                        List.of(full, empty),
                        List.of(
                                new Dependencies.Edge(
                                        "agent:a", "store", Dependencies.Stage.STATE, false)),
                        List.of(
                                new Dependencies.Slower("model:main", 2100.0, 0),
                                new Dependencies.Slower("store", null, 1)),
                        new Dependencies.Drill(false, Map.of("model:main", fault, "x", nothing))));
        holds(new Dependencies(List.of(), List.of(), List.of(), null));
    }

    @Test
    void all_outcomes_and_layers_are_there_and_figures_are_short() {
        Dependencies.Dependency main =
                Dependencies.of(
                        MAIN.reading(
                                1500,
                                Reason.EXHAUSTED,
                                Map.of("ok", 9L),
                                Map.of(Cause.FALLBACK, 2L),
                                false),
                        3,
                        60_000);
        assertThat(main.calls()).hasSize(10).containsEntry("ok", 9L).containsEntry("refused", 0L);
        assertThat(main.retries())
                .hasSize(6)
                .containsEntry(Cause.FALLBACK, 2L)
                .containsEntry(Cause.USER, 0L)
                .doesNotContainKey(Cause.ORIGINAL);
        assertThat(main.p50Ms()).isEqualTo(123.46);
        assertThat(main.timeoutToNormal()).isEqualTo(3);
        assertThat(main.gate())
                .isEqualTo(new Dependencies.Gate("1970-01-01T00:01:01.500Z", Reason.EXHAUSTED, 3));
        assertThat(main.held()).as("absent where it is not").isNull();
    }

    @Test
    void an_agent_waits_for_the_store_its_sources_and_one_model_of_its_chain() {
        var source =
                new Agent.HttpSource(
                        "crm", URI.create("http://h/"), Duration.ofMillis(40), 800, 0, true);
        var agent =
                new Agent(
                        "a",
                        null,
                        "main",
                        List.of("backup"),
                        "",
                        Agent.Budget.DEFAULT,
                        List.of(source),
                        Agent.Limits.DEFAULT,
                        Agent.Busy.DEFAULT);
        assertThat(Edges.of(agent))
                .containsExactly(
                        new Dependencies.Edge("agent:a", "store", Dependencies.Stage.STATE, false),
                        new Dependencies.Edge(
                                "agent:a", "source:crm", Dependencies.Stage.CONTEXT, false),
                        new Dependencies.Edge(
                                "agent:a", "model:main", Dependencies.Stage.MODEL, true),
                        new Dependencies.Edge(
                                "agent:a", "model:backup", Dependencies.Stage.MODEL, true));
    }

    @Test
    void turns_are_remembered_by_what_they_waited_for_and_only_the_last_500() {
        var times = new TurnTimes();
        var silent = new StageClock(0);
        silent.reached(Mark.ACCEPTED, 5);
        times.ended("a", silent);
        assertThat(times.recent()).as("it never came to a first token").isEmpty();
        var clock = new StageClock(0);
        Mark[] marks = {
            Mark.AUTHENTICATED,
            Mark.ACCEPTED,
            Mark.BEGUN,
            Mark.STATE,
            Mark.CONTEXT,
            Mark.FIRST_TOKEN
        };
        long[] atMs = {1, 5, 105, 107, 137, 337};
        clock.modelHasIt(TimeUnit.MILLISECONDS.toNanos(137));
        for (int i = 0; i < marks.length; i++)
            clock.reached(marks[i], TimeUnit.MILLISECONDS.toNanos(atMs[i]));
        times.ended("a", clock);
        assertThat(times.recent()).containsExactly(new TurnTimes.Took("a", 337, 6, 30, 200));
        for (int i = 0; i < 600; i++) times.ended("b", clock);
        assertThat(times.recent()).hasSize(500).allMatch(took -> took.agent().equals("b"));
    }
}
