package dev.loadline.ops;

import static org.assertj.core.api.Assertions.assertThat;

import dev.loadline.core.Agent;
import dev.loadline.guard.GuardReading;

import org.junit.jupiter.api.Test;

import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/**
 * Goal: what one slow dependency would do to first tokens is told by what was measured, and not
 * told where too little was. Method: the pure function over twenty equal turns of 300 ms: 10 ms for
 * the store, 50 ms for the context, 200 ms for the model.
 */
class TenTimesSlowerTest {
    private static final Guarded STORE = new Guarded("store", true, 1, 1, 2000);
    private static final Guarded MAIN = new Guarded("model:main", false, 200, 200, 1200);
    private static final Guarded BACKUP = new Guarded("model:backup", false, 900, 0, 3600);
    private static final Guarded CRM = new Guarded("source:crm", false, 40, 40, 300);

    private static Agent agent(List<String> fallback, boolean critical, int budgetMs) {
        var source =
                new Agent.HttpSource(
                        "crm",
                        URI.create("http://127.0.0.1:9/"),
                        Duration.ofMillis(40),
                        800,
                        0,
                        critical);
        return new Agent(
                "assistant",
                null,
                "main",
                fallback,
                "",
                new Agent.Budget(8000, Duration.ofMillis(budgetMs)),
                List.of(source),
                Agent.Limits.DEFAULT,
                Agent.Busy.DEFAULT);
    }

    private static List<TurnTimes.Took> turns(int count, String agent) {
        List<TurnTimes.Took> turns = new ArrayList<>();
        for (int i = 0; i < count; i++) turns.add(new TurnTimes.Took(agent, 300, 10, 50, 200));
        return turns;
    }

    private static Dependencies.Slower slower(
            Agent agent, List<TurnTimes.Took> turns, Guarded slow, Guarded... others) {
        List<GuardReading> all =
                Stream.concat(Stream.of(slow), Stream.of(others)).map(Guarded::reading).toList();
        return TenTimesSlower.of(all, Map.of(agent.name(), agent), turns).stream()
                .filter(each -> each.name().equals(slow.name()))
                .findFirst()
                .orElse(null);
    }

    private static Dependencies.Slower slower(Agent agent, Guarded slow, Guarded... others) {
        return slower(agent, turns(20, agent.name()), slow, others);
    }

    private static Dependencies.Slower told(Guarded of, Double ttftP95Ms, double failing) {
        return new Dependencies.Slower(of.name(), ttftP95Ms, failing);
    }

    @Test
    void a_model_without_another_is_waited_for_and_nobody_fails_before_the_ceiling() {
        Agent alone = agent(List.of(), false, 200);
        assertThat(slower(alone, MAIN)).isEqualTo(told(MAIN, 2100.0, 0));
        var slowest = List.of(new TurnTimes.Took("assistant", 15_100, 10, 50, 15_000));
        List<TurnTimes.Took> mixed = new ArrayList<>(turns(19, "assistant"));
        mixed.addAll(slowest);
        assertThat(slower(alone, mixed, MAIN))
                .as("150 s are over the ceiling")
                .isEqualTo(told(MAIN, 2100.0, 0.05));
    }

    @Test
    void a_model_with_another_is_left_to_it_at_its_normal_until_more_is_known() {
        Agent two = agent(List.of("backup"), false, 200);
        assertThat(slower(two, MAIN, BACKUP)).isEqualTo(told(MAIN, 100.0 + 900, 0));
        var known = new Guarded("model:backup", false, 900, 250, 3600);
        assertThat(slower(two, MAIN, known)).isEqualTo(told(MAIN, 100.0 + 500, 0));
        assertThat(slower(two, BACKUP, MAIN))
                .as("nobody asks it while the first one answers")
                .isEqualTo(told(BACKUP, 300.0, 0));
    }

    @Test
    void a_model_that_may_not_be_left_out_for_slowness_is_waited_for_up_to_its_time_out() {
        Agent two = agent(List.of("backup"), false, 200);
        var patient = new Guarded("model:main", true, 200, 200, 2500);
        assertThat(slower(two, patient, BACKUP)).isEqualTo(told(patient, 2100.0, 0));
    }

    @Test
    void a_deadline_that_passes_is_a_failure() {
        Agent alone = agent(List.of(), false, 200);
        var hasty = new Agent.Limits(1, 0, 1, 1, 1, Duration.ofSeconds(2), 0, 0, 0);
        var agent =
                new Agent(
                        alone.name(),
                        null,
                        "main",
                        List.of(),
                        "",
                        alone.budget(),
                        alone.sources(),
                        hasty,
                        alone.busy());
        assertThat(slower(agent, MAIN)).isEqualTo(told(MAIN, null, 1));
    }

    @Test
    void an_optional_source_whose_breaker_opens_costs_nothing() {
        assertThat(slower(agent(List.of(), false, 200), CRM)).isEqualTo(told(CRM, 300.0, 0));
    }

    @Test
    void a_critical_source_is_waited_for_and_fails_those_who_would_wait_longer() {
        var critical = new Guarded("source:crm", true, 10, 10, 150);
        Agent patient = agent(List.of(), true, 1000);
        assertThat(slower(patient, critical))
                .as("300 ms of the 95th percentile, cut at 150; half way from p50 to p95 is 27.5 %")
                .isEqualTo(told(critical, 400.0, 0.275));
        var hasty = new Guarded("source:crm", true, 10, 10, 90);
        assertThat(slower(patient, hasty))
                .as("most calls time out, so its breaker opens")
                .isEqualTo(told(hasty, null, 1));
        assertThat(slower(agent(List.of(), true, 80), new Guarded("source:crm", true, 10, 10, 500)))
                .as("cut short by the budget, which opens no breaker: 60 % of 10 ms or less")
                .extracting(Dependencies.Slower::turnsFailing)
                .isEqualTo(0.6);
    }

    @Test
    void the_store_is_waited_for_up_to_its_own_deadline() {
        Agent alone = agent(List.of(), false, 200);
        assertThat(slower(alone, STORE)).isEqualTo(told(STORE, 390.0, 0));
        var hasty = new Guarded("store", true, 1, 1, 90);
        assertThat(slower(alone, hasty)).isEqualTo(told(hasty, null, 1));
    }

    @Test
    void what_too_little_was_measured_of_is_left_out() {
        Agent alone = agent(List.of(), false, 200);
        assertThat(slower(alone, turns(19, "assistant"), MAIN)).isNull();
        assertThat(slower(alone, turns(500, "another"), MAIN)).as("none uses it").isNull();
        assertThat(slower(alone, new Guarded("source:crm", false, 40, 0, 160))).isNull();
    }
}
