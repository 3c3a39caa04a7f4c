package dev.loadline.guard;

import static org.assertj.core.api.Assertions.assertThat;

import dev.loadline.core.Outcome;
import dev.loadline.core.WorkClass;

import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.Tuple;
import net.jqwik.api.lifecycle.AfterContainer;

import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * Goal: in whatever order things happen, no call passes that must not, and nothing is lost. Method:
 * random runs in a {@link GuardRun}; together they must have seen each rule at work.
 */
class GuardPropertiesTest {
    private static final Set<String> SEEN = new HashSet<>();

    @Property(tries = 600)
    void whatever_happens_the_rules_hold(
            @ForAll("acts") List<GuardRun.Act> acts, @ForAll long seed) {
        var run = new GuardRun(seed, SEEN);
        for (GuardRun.Act act : acts) run.carryOut(act);
        run.rest();
    }

    @AfterContainer
    static void the_runs_saw_it_all() {
        assertThat(SEEN)
                .contains(
                        "waits at the gate",
                        "dropped at the gate",
                        "passed the ramp",
                        "opened",
                        "probed on the path",
                        "probed beside it",
                        "closed again",
                        "waits at the limit",
                        "the only answer let by",
                        "retried",
                        "no budget");
    }

    @Provide
    Arbitrary<List<GuardRun.Act>> acts() {
        Arbitrary<Integer> which = Arbitraries.integers().between(0, 20);
        Arbitrary<Integer> name = Arbitraries.integers().between(0, GuardRun.NAMES.size() - 1);
        Arbitrary<GuardRun.Act> ask =
                Combinators.combine(
                                name,
                                Arbitraries.of(WorkClass.values()),
                                Arbitraries.of(50, 5000, 60_000),
                                Arbitraries.of(true, false),
                                Arbitraries.integers().between(1, 12))
                        .as(GuardRun.Act.Come::new);
        Arbitrary<Outcome<Object>> outcomes =
                Arbitraries.frequency(
                        Tuple.of(10, new Outcome.Ok<>("yes")),
                        Tuple.of(5, new Outcome.TimedOut<>("late")),
                        Tuple.of(5, new Outcome.Unavailable<>("reset")),
                        Tuple.of(3, new Outcome.ServerError<>("500")),
                        Tuple.of(1, new Outcome.RateLimited<>(Duration.ZERO, "429")),
                        Tuple.of(1, new Outcome.RateLimited<>(Duration.ofSeconds(3), "429")),
                        Tuple.of(1, new Outcome.Rejected<>(400, "bad")),
                        Tuple.of(1, new Outcome.Cancelled<>("left")));
        Arbitrary<GuardRun.Act> end =
                Combinators.combine(which, outcomes, Arbitraries.integers().between(1, 12))
                        .as(GuardRun.Act.End::new);
        Arbitrary<GuardRun.Act> pass =
                Arbitraries.frequencyOf(
                                Tuple.of(5, Arbitraries.integers().between(1, 200)),
                                Tuple.of(3, Arbitraries.integers().between(200, 3500)))
                        .map(GuardRun.Act.Pass::new);
        return Arbitraries.frequencyOf(
                        Tuple.of(6, ask),
                        Tuple.of(6, end),
                        Tuple.of(2, which.map(GuardRun.Act.Begin::new)),
                        Tuple.of(4, pass),
                        Tuple.of(2, name.map(GuardRun.Act.ProbeAside::new)),
                        Tuple.of(1, name.map(GuardRun.Act.Told::new)))
                .list()
                .ofMinSize(5)
                .ofMaxSize(120);
    }
}
