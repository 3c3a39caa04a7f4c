package dev.loadline.guard;

import static org.assertj.core.api.Assertions.assertThat;

import static java.util.Objects.requireNonNull;

import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.Tuple;
import net.jqwik.api.constraints.LongRange;
import net.jqwik.api.lifecycle.AfterContainer;

import org.assertj.core.data.Percentage;
import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;

/**
 * Goal: percentiles are those of the samples that may teach, and of no others. Method: random
 * minutes against a list of all samples; together they must have read the last thousand and a day.
 */
class LatenciesPropertiesTest {
    private static final long MS = 1_000_000;
    private static final long MINUTE = 60_000 * MS;
    private static final Percentage ERROR = Percentage.withPercentage(100.0 / 32);

    enum Health {
        WELL,
        BAD,
        OPEN
    }

    /** So many minutes alike. */
    record Spell(Health health, int minutes, int calls, long seed) {}

    /** A sample that was learned: in which hour. */
    record Entry(long hour, long nanos) {}

    private static final Set<String> SEEN = new HashSet<>();

    @Property(tries = 60)
    void percentiles_are_those_of_the_last_thousand_or_of_a_day(
            @ForAll("spells") List<Spell> spells) {
        var latencies = new Latencies(1, 20 * MS);
        List<Entry> entered = new ArrayList<>();
        List<Long> before = List.of();
        boolean beforeWell = true;
        long begin = Long.MAX_VALUE - 100 * MINUTE;
        long minute = 0;
        latencies.of(0, begin);
        for (Spell spell : spells) {
            for (int m = 0; m < spell.minutes; m++, minute++) {
                boolean well = spell.health == Health.WELL;
                List<Long> samples = live(latencies, spell, m, begin + minute * MINUTE);
                if (well && beforeWell)
                    for (long nanos : before) entered.add(new Entry(minute / 60, nanos));
                before = samples;
                beforeWell = well;
            }
            compare(latencies.of(0, begin + minute * MINUTE), entered, minute / 60);
        }
    }

    @Property(tries = 100)
    void no_outage_of_any_length_teaches_anything(@ForAll("spells") List<Spell> spells) {
        var latencies = new Latencies(1, 20 * MS);
        long now = Long.MAX_VALUE - 100 * MINUTE;
        latencies.of(0, now);
        for (Spell spell : spells) {
            for (int m = 0; m < spell.minutes; m++, now += MINUTE) live(latencies, spell, m, now);
            var learned = latencies.of(0, now);
            if (learned == null) continue;
            if (spell.health != Health.WELL) SEEN.add("an outage");
            assertThat(learned.p99()).isLessThanOrEqualTo(52 * MS); // 50, and a 32th
            assertThat(latencies.normalNanos()).isEqualTo(20 * MS);
        }
    }

    @Property(tries = 1000)
    void a_histogram_is_within_a_thirtysecond(
            @ForAll @LongRange(min = 1024, max = (1L << 42) - 1) long nanos) {
        var one = new LatencyHistogram();
        one.add(nanos);
        assertThat(one.quantile(0.99)).isCloseTo(nanos, ERROR);
    }

    @AfterContainer
    static void the_runs_saw_it_all() {
        assertThat(SEEN).contains("a thousand", "a day", "an outage");
    }

    /** One minute; well, calls take 1 to 50 ms, else 400 to 500. */
    private static List<Long> live(Latencies latencies, Spell spell, int m, long start) {
        var random = new Random(spell.seed + m);
        boolean well = spell.health == Health.WELL;
        int bad = spell.health == Health.BAD ? spell.calls / 19 + 1 : spell.calls / 25;
        latencies.breaker(spell.health != Health.OPEN, start);
        List<Long> samples = new ArrayList<>();
        for (int i = 0; i < spell.calls; i++) {
            long nanos = (well ? 1 : 400) * MS + random.nextLong((well ? 49 : 100) * MS);
            samples.add(nanos);
            latencies.good(0, nanos, start + random.nextLong(1000) * MS);
        }
        for (int i = 0; i < bad; i++) latencies.bad(start + MINUTE - 1);
        return samples;
    }

    private static void compare(
            Latencies.@Nullable Learned learned, List<Entry> entered, long hour) {
        if (entered.isEmpty()) {
            assertThat(learned).isNull();
            return;
        }
        List<Entry> day = entered.stream().filter(entry -> entry.hour > hour - 24).toList();
        List<Entry> last = entered.subList(Math.max(0, entered.size() - 1000), entered.size());
        boolean exact = day.size() <= last.size();
        SEEN.add(exact ? "a thousand" : "a day");
        long[] sorted = (exact ? last : day).stream().mapToLong(Entry::nanos).sorted().toArray();
        assertThat(requireNonNull(learned).samples()).isEqualTo(sorted.length);
        long[] read = {learned.p50(), learned.p95(), learned.p99()};
        double[] shares = {0.5, 0.95, 0.99};
        for (int i = 0; i < 3; i++) {
            long exactly = sorted[(int) Math.ceil(shares[i] * sorted.length) - 1];
            assertThat(read[i]).isCloseTo(exactly, exact ? Percentage.withPercentage(0) : ERROR);
        }
    }

    @Provide
    Arbitrary<List<Spell>> spells() {
        Arbitrary<Health> healths =
                Arbitraries.frequency(
                        Tuple.of(6, Health.WELL),
                        Tuple.of(1, Health.BAD),
                        Tuple.of(1, Health.OPEN));
        Arbitrary<Integer> minutes =
                Arbitraries.frequencyOf(
                        Tuple.of(6, Arbitraries.integers().between(1, 6)),
                        Tuple.of(1, Arbitraries.integers().between(60, 900)));
        Arbitrary<Integer> calls =
                Arbitraries.frequencyOf(
                        Tuple.of(4, Arbitraries.integers().between(0, 5)),
                        Tuple.of(1, Arbitraries.integers().between(5, 1500)));
        return Combinators.combine(healths, minutes, calls, Arbitraries.longs())
                .as(LatenciesPropertiesTest::bounded)
                .list()
                .ofMinSize(1)
                .ofMaxSize(12);
    }

    /** Long spells of many calls would only cost time. */
    private static Spell bounded(Health health, int minutes, int calls, long seed) {
        return new Spell(health, minutes, Math.min(calls, 1 + 4000 / minutes), seed);
    }
}
