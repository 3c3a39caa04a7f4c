package dev.loadline.load.plan;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

class PlanTest {
    private static final Duration START = Duration.ofSeconds(5);

    @TempDir Path directory;

    @Test
    void random_arrivals_come_at_their_rate_and_the_same_seed_gives_the_same() {
        List<Arrival> some = Plan.random(START, 100, Duration.ofSeconds(100), 7, PlanTest::arrival);

        assertThat((double) some.size()).isCloseTo(10_000, within(400.0));
        assertThat(some.getFirst().dueMicros()).isGreaterThanOrEqualTo(5_000_000);
        assertThat(some.getLast().dueMicros()).isLessThan(105_000_000);
        assertThat(Plan.random(START, 100, Duration.ofSeconds(100), 7, PlanTest::arrival))
                .isEqualTo(some);
    }

    @Test
    void even_arrivals_are_equally_far_apart() {
        assertThat(Plan.even(START, 4, Duration.ofSeconds(1), PlanTest::arrival))
                .extracting(Arrival::dueMicros)
                .containsExactly(5_000_000L, 5_250_000L, 5_500_000L, 5_750_000L);
    }

    @Test
    void a_plan_is_in_order_of_due_times_and_reads_back_as_written() {
        Plan plan = new Plan(List.of(arrival(1, 20), arrival(2, 10)));

        plan.write(directory.resolve("plan"));

        assertThat(plan.arrivals()).extracting(Arrival::dueMicros).containsExactly(10L, 20L);
        assertThat(Plan.read(directory.resolve("plan"))).isEqualTo(plan);
    }

    static Arrival arrival(int number, long due) {
        return new Arrival(
                "phase", due, "http://x", "acme/ann", "c" + number, "k" + number, "Hi \"there\"");
    }
}
