package dev.loadline.guard;

import static org.assertj.core.api.Assertions.assertThat;

import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.Tuple;
import net.jqwik.api.lifecycle.AfterContainer;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * Goal: no run of calls makes more retries than its successes pay for. Method: random runs against
 * plain sums; together they must have seen a retry refused and the trickle.
 */
class RetryBudgetPropertiesTest {
    private static final long MS = 1_000_000;
    private static final long WINDOW_MS = 10_000;

    /** So many calls, then as many retries as are paid for, then a while. */
    record Act(int good, int bad, int retries, boolean dear, int passMs) {}

    private static final Set<String> SEEN = new HashSet<>();

    @Property(tries = 1000)
    void retries_never_exceed_what_successes_the_start_and_the_trickle_pay(
            @ForAll("acts") List<Act> acts, @ForAll("shares") double share) {
        var budget = new RetryBudget(share, Duration.ofMillis(WINDOW_MS));
        List<Long> successes = new ArrayList<>();
        long begin = Long.MAX_VALUE - 1000 * MS;
        long ms = 0;
        double spent = 0;
        for (Act act : acts) {
            for (int i = 0; i < act.bad; i++) budget.called(begin + ms * MS);
            for (int i = 0; i < act.good; i++) {
                budget.called(begin + ms * MS);
                budget.succeeded(begin + ms * MS);
                successes.add(ms);
            }
            check(budget.left(begin + ms * MS), share, successes, ms);
            for (int i = 0; i < act.retries; i++) {
                double cost = act.dear ? 2 : 1;
                double had = budget.left(begin + ms * MS);
                boolean taken = budget.take(cost, begin + ms * MS);
                assertThat(taken).isEqualTo(had >= cost);
                if (taken) spent += cost;
                else SEEN.add("refused");
                if (taken && spent > 3 + share * successes.size()) SEEN.add("paid by the trickle");
            }
            double trickle = Math.floorDiv(ms, WINDOW_MS);
            assertThat(spent).isLessThanOrEqualTo(3 + share * successes.size() + trickle + 1e-3);
            ms += act.passMs;
            check(budget.left(begin + ms * MS), share, successes, ms);
        }
    }

    private static void check(double left, double share, List<Long> successes, long ms) {
        long recent = successes.stream().filter(at -> ms - at <= WINDOW_MS).count();
        assertThat(left).isBetween(0.0, Math.max(3, share * recent) + 1e-3);
    }

    @AfterContainer
    static void the_runs_saw_it_all() {
        assertThat(SEEN).contains("refused", "paid by the trickle");
    }

    @Provide
    Arbitrary<List<Act>> acts() {
        return Combinators.combine(
                        Arbitraries.frequencyOf(
                                Tuple.of(1, Arbitraries.just(0)),
                                Tuple.of(1, Arbitraries.integers().between(0, 60))),
                        Arbitraries.integers().between(0, 10),
                        Arbitraries.integers().between(0, 6),
                        Arbitraries.of(true, false),
                        Arbitraries.integers().between(0, 15_000))
                .as(Act::new)
                .list()
                .ofMaxSize(40);
    }

    @Provide
    Arbitrary<Double> shares() {
        return Arbitraries.of(0.0, 0.05, 0.1, 0.5);
    }
}
