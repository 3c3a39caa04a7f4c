package dev.loadline.load.plan;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.nio.file.Path;
import java.util.List;

class AttemptsTest {
    private static final Arrival DUE_AT_1000 = PlanTest.arrival(1, 1000);

    @TempDir Path directory;

    @Test
    void latency_counts_from_the_due_time_and_added_time_leaves_out_the_models_own() {
        Attempt one = attempt(DUE_AT_1000, 1400, 31_500);

        assertThat(one.latenessMicros()).isEqualTo(400);
        assertThat(one.latencyMicros()).isEqualTo(99_000);
        assertThat(one.addedMicros()).isEqualTo(31_500 - 1450 - 30_000);
    }

    @Test
    void what_had_no_first_token_is_no_part_of_the_added_time() {
        Attempts two =
                new Attempts(
                        0,
                        List.of(
                                attempt(DUE_AT_1000, 1400, 31_500),
                                attempt(DUE_AT_1000, 1400, Attempt.NEVER)));

        assertThat(two.added().getTotalCount()).isOne();
        assertThat(two.lateness().getTotalCount()).isEqualTo(2);
    }

    @Test
    void a_late_warm_up_does_not_count_as_lateness() {
        Arrival warm = new Arrival(Arrival.WARM_UP + " x", 0, "u", "", "c", "k", "t");

        Attempts all =
                new Attempts(
                        0,
                        List.of(
                                attempt(warm, 5_000_000, 5_000_001),
                                attempt(DUE_AT_1000, 1400, 31_500)));

        assertThat(all.lateness().getMaxValue()).isBetween(400L, 401L);
    }

    @Test
    void records_read_back_as_written() {
        Attempts attempts = new Attempts(42, List.of(attempt(DUE_AT_1000, 1400, 31_500)));

        attempts.write(directory.resolve("records"));

        assertThat(Attempts.read(directory.resolve("records"))).isEqualTo(attempts);
    }

    private static Attempt attempt(Arrival arrival, long started, long firstToken) {
        return new Attempt(
                arrival, started, 1450, firstToken, 100_000, 30_000, 202, 3, "t1", "completed", "");
    }
}
