package dev.loadline.guard;

import static org.assertj.core.api.Assertions.assertThat;

import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.Tuple;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.lifecycle.AfterContainer;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * Goal: whatever comes back in whatever order, the limit keeps its rules. Method: random runs
 * within some seconds; together they must have seen it move both ways.
 */
class ConcurrencyLimitPropertiesTest {
    private static final long MS = 1_000_000;
    private static final long P50 = 100 * MS;

    sealed interface Act {
        /** As many as there is room for, this share of the limit at most. */
        record Take(double share) implements Act {}

        record Good(int ms, boolean last) implements Act {}

        record Congested() implements Act {}

        record Restart() implements Act {}

        record Pass(int ms) implements Act {}
    }

    private static final Set<String> SEEN = new HashSet<>();

    @Property(tries = 1000)
    void it_stays_in_its_bounds_and_shrinks_by_a_tenth_once_per_window(
            @ForAll("acts") List<Act> acts,
            @ForAll @IntRange(min = 1, max = 100) int start,
            @ForAll @IntRange(min = 1, max = 8) int floor,
            @ForAll @IntRange(min = 8, max = 120) int ceiling) {
        var limit = new ConcurrencyLimit(start, floor, ceiling);
        long now = Long.MAX_VALUE - 1000 * MS;
        long shrunkAt = now - P50;
        for (Act act : acts) {
            int before = limit.limit();
            now = run(limit, act, now);
            int after = limit.limit();
            assertThat(after).isBetween(floor, ceiling);
            if (act instanceof Act.Restart) continue;
            if (after < before) {
                SEEN.add("shrank");
                assertThat(now - shrunkAt).isGreaterThanOrEqualTo(P50);
                assertThat(after).isGreaterThanOrEqualTo((int) (before * 0.9));
                shrunkAt = now;
            }
            if (after > before + 1) SEEN.add("doubled");
            if (after == ceiling && before < ceiling) SEEN.add("reached the ceiling");
            if (after > before)
                assertThat(act).isInstanceOfAny(Act.Good.class, Act.Congested.class);
        }
    }

    @Property(tries = 300)
    void what_is_never_used_to_eight_tenths_never_grows(
            @ForAll("unused") List<Act> acts, @ForAll @IntRange(min = 4, max = 64) int start) {
        var limit = new ConcurrencyLimit(start, 1, 2000);
        long now = Long.MAX_VALUE - 1000 * MS;
        for (Act act : acts) {
            int before = limit.limit();
            now = run(limit, act, now);
            assertThat(limit.limit()).isLessThanOrEqualTo(before);
            // What is in flight may come to be much of a limit that shrank.
            while (limit.inFlight() >= 0.7 * limit.limit()) limit.back(now);
        }
    }

    @AfterContainer
    static void the_runs_saw_it_all() {
        assertThat(SEEN).contains("shrank", "doubled", "reached the ceiling");
    }

    private static long run(ConcurrencyLimit limit, Act act, long now) {
        switch (act) {
            case Act.Take(double share) -> {
                while (limit.inFlight() + 1 <= share * limit.limit()) limit.take(now);
            }
            case Act.Good(int ms, boolean last) -> {
                if (limit.inFlight() > 0) {
                    limit.good(ms * MS, P50, now);
                    if (last) limit.back(now);
                }
            }
            case Act.Congested bad -> limit.congested(P50, now);
            case Act.Restart restart -> limit.restart();
            case Act.Pass(int ms) -> {
                return now + ms * MS;
            }
        }
        return now;
    }

    @Provide
    Arbitrary<List<Act>> acts() {
        return Arbitraries.frequencyOf(
                        Tuple.of(4, take(1.0)),
                        Tuple.of(12, good()),
                        Tuple.of(1, Arbitraries.just(new Act.Congested())),
                        Tuple.of(5, pass()))
                .list()
                .ofMaxSize(300)
                .flatMap(
                        acts ->
                                Arbitraries.integers()
                                        .between(0, 400)
                                        .map(at -> at > acts.size() ? acts : restartAt(acts, at)));
    }

    @Provide
    Arbitrary<List<Act>> unused() {
        return Arbitraries.frequencyOf(
                        Tuple.of(4, take(0.7)),
                        Tuple.of(12, good()),
                        Tuple.of(1, Arbitraries.just(new Act.Congested())),
                        Tuple.of(5, pass()))
                .list()
                .ofMaxSize(300);
    }

    private static List<Act> restartAt(List<Act> acts, int at) {
        var with = new ArrayList<>(acts);
        with.add(at, new Act.Restart());
        return with;
    }

    private static Arbitrary<Act> take(double most) {
        return Arbitraries.doubles().between(0.1, most).map(Act.Take::new);
    }

    private static Arbitrary<Act> good() {
        return Combinators.combine(
                        Arbitraries.frequencyOf(
                                Tuple.of(30, Arbitraries.integers().between(1, 300)),
                                Tuple.of(1, Arbitraries.integers().between(300, 900))),
                        Arbitraries.of(true, false))
                .as(Act.Good::new);
    }

    private static Arbitrary<Act> pass() {
        return Arbitraries.integers().between(0, 150).map(Act.Pass::new);
    }
}
