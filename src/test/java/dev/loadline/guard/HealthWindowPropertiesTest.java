package dev.loadline.guard;

import static org.assertj.core.api.Assertions.assertThat;

import dev.loadline.guard.HealthWindow.Judgement;

import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.Tuple;
import net.jqwik.api.lifecycle.AfterContainer;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * Goal: the window of fixed size judges like one that remembers every call. Method: random runs
 * against a list of calls; together they must have come to every judgement.
 */
class HealthWindowPropertiesTest {
    private static final int MINIMUM = 10;

    enum Kind {
        ENDED,
        MARK,
        END_OF_MARKED,
        WARNED,
        CLEAR
    }

    record Act(Kind kind, boolean bad, boolean slow, int passMs) {}

    /** In slots of a second; {@code bad} and {@code slow} are 0 or 1. */
    record Entry(long slot, int calls, int bad, int slow) {}

    private static final Set<Judgement> SEEN = EnumSet.noneOf(Judgement.class);
    private static final Set<Boolean> SEEN_RARELY = new HashSet<>();

    @Property(tries = 1000)
    void it_judges_like_one_that_remembers_every_call(@ForAll("acts") List<Act> acts) {
        var window = new HealthWindow(Duration.ofSeconds(10), MINIMUM);
        var oracle = new Oracle();
        long begin = Long.MAX_VALUE - 5_000_000_000L;
        window.judge(begin);
        long ms = 0;
        for (Act act : acts) {
            ms += act.passMs;
            long now = begin + ms * 1_000_000;
            if (act.kind == Kind.ENDED) window.ended(act.bad, act.slow, now);
            if (act.kind == Kind.MARK) window.passedTheMark(now);
            if (act.kind == Kind.END_OF_MARKED && !oracle.marked.isEmpty())
                window.endedSlow(act.bad, now);
            if (act.kind == Kind.WARNED) window.warned(Duration.ofSeconds(10), now);
            if (act.kind == Kind.CLEAR) window.clear();
            oracle.hear(act, ms);
            Judgement judgement = window.judge(now);
            SEEN.add(judgement);
            assertThat(judgement).isEqualTo(oracle.judge(ms));
            if (oracle.calls(ms) < (oracle.isWarned(ms) ? 3 : MINIMUM))
                assertThat(judgement).isNotEqualTo(Judgement.SLOW);
        }
    }

    @AfterContainer
    static void the_runs_saw_every_judgement() {
        assertThat(SEEN).containsExactlyInAnyOrder(Judgement.values());
        assertThat(SEEN_RARELY).as("a row of what is rarely called").isNotEmpty();
    }

    private static final class Oracle {
        final List<Entry> entries = new ArrayList<>();
        final Deque<Long> marked = new ArrayDeque<>(); // slots of those that still run
        final List<Long> row = new ArrayList<>(); // times of the bad ones since a good one
        long warnedUntil;

        void hear(Act act, long ms) {
            long slot = ms / 1000;
            int bad = act.bad ? 1 : 0;
            switch (act.kind) {
                case ENDED -> {
                    entries.add(new Entry(slot, 1, bad, act.slow ? 1 : 0));
                    end(act.bad, ms);
                }
                case MARK -> {
                    entries.add(new Entry(slot, 1, 0, 1));
                    marked.add(slot);
                }
                case END_OF_MARKED -> {
                    if (marked.isEmpty()) return;
                    boolean out = marked.remove() <= slot - 10;
                    entries.add(new Entry(slot, out ? 1 : 0, bad, out ? 1 : 0));
                    end(act.bad, ms);
                }
                case WARNED -> warnedUntil = ms + 10_000;
                case CLEAR -> {
                    entries.clear();
                    marked.clear();
                    row.clear();
                }
            }
        }

        private void end(boolean bad, long ms) {
            if (!bad) row.clear();
            if (bad) row.add(ms);
        }

        boolean isWarned(long ms) {
            return ms < warnedUntil;
        }

        int calls(long ms) {
            return in(ms).stream().mapToInt(Entry::calls).sum();
        }

        Judgement judge(long ms) {
            int calls = calls(ms);
            int bad = in(ms).stream().mapToInt(Entry::bad).sum();
            int slow = in(ms).stream().mapToInt(Entry::slow).sum();
            boolean five = row.size() >= 5 && ms - row.getLast() < 10_000;
            if (calls < (isWarned(ms) ? 3 : MINIMUM)) {
                boolean rarely = five && row.getLast() - row.getFirst() >= 10_000;
                if (rarely) SEEN_RARELY.add(true);
                return rarely ? Judgement.BAD : Judgement.HEALTHY;
            }
            if (five || bad >= calls * 0.5) return Judgement.BAD;
            return slow * 10 >= calls * 6 ? Judgement.SLOW : Judgement.HEALTHY;
        }

        private List<Entry> in(long ms) {
            return entries.stream().filter(entry -> entry.slot > ms / 1000 - 10).toList();
        }
    }

    @Provide
    Arbitrary<List<Act>> acts() {
        return Arbitraries.of(0.1, 0.4, 0.6).flatMap(HealthWindowPropertiesTest::run);
    }

    private static Arbitrary<List<Act>> run(double sick) {
        Arbitrary<Boolean> often = Arbitraries.doubles().between(0, 1).map(d -> d < sick);
        Arbitrary<Kind> kinds =
                Arbitraries.frequency(
                        Tuple.of(30, Kind.ENDED),
                        Tuple.of(8, Kind.MARK),
                        Tuple.of(8, Kind.END_OF_MARKED),
                        Tuple.of(1, Kind.WARNED),
                        Tuple.of(1, Kind.CLEAR));
        Arbitrary<Integer> pass =
                Arbitraries.frequencyOf(
                        Tuple.of(30, Arbitraries.integers().between(0, 500)),
                        Tuple.of(1, Arbitraries.integers().between(500, 15_000)));
        return Combinators.combine(kinds, often, often, pass).as(Act::new).list().ofMaxSize(120);
    }
}
