package dev.loadline.transport;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** Goal: who is cut for want of memory, and how many at once. Method: time and share as numbers. */
class StallsTest {
    private static final long SECOND = Duration.ofSeconds(1).toNanos();

    private final Stalls stalls = new Stalls();
    private final List<String> cut = new ArrayList<>();
    private long now = Long.MAX_VALUE - SECOND; // wraps soon

    private Stalls.Stall reader(String name, long held) {
        return stalls.begin(held, now, () -> cut.add(name));
    }

    private List<Long> chosen(double share, Stalls.Stall... all) {
        return Stalls.chosen(List.of(all), share, now).stream().map(Stalls.Stall::held).toList();
    }

    @Test
    void the_largest_goes_first_and_more_the_shorter_memory_is() {
        var small = reader("small", 10);
        var middle = reader("middle", 40);
        var large = reader("large", 50);
        now += 2 * SECOND;
        assertThat(chosen(0.79, small, large, middle)).isEmpty();
        assertThat(chosen(0.80, small, large, middle)).containsExactly(50L);
        assertThat(chosen(0.90, small, large, middle)).containsExactly(50L);
        assertThat(chosen(0.95, small, large, middle)).containsExactly(50L, 40L);
        assertThat(chosen(1.0, small, large, middle)).containsExactly(50L, 40L, 10L);
        assertThat(chosen(1.0)).isEmpty();
    }

    @Test
    void who_takes_something_is_let_alone_however_much_it_holds() {
        var reads = reader("reads", 1_000);
        var sleeps = reader("sleeps", 10);
        now += 2 * SECOND;
        reads.took(now);
        assertThat(chosen(1.0, reads, sleeps)).containsExactly(10L);
        now += 2 * SECOND;
        assertThat(chosen(1.0, reads, sleeps)).containsExactly(1_000L, 10L);
    }

    @Test
    void who_has_just_stalled_gets_a_moment() {
        var stall = reader("new", 10);
        now += 2 * SECOND - 1;
        assertThat(chosen(1.0, stall)).isEmpty();
        now += 1;
        assertThat(chosen(1.0, stall)).containsExactly(10L);
    }

    @Test
    void one_after_the_other_until_there_is_room() {
        for (int i = 1; i <= 4; i++) {
            Stalls.Stall[] one = new Stalls.Stall[1];
            String name = "r" + i;
            one[0] =
                    stalls.begin(
                            100L * i,
                            now,
                            () -> {
                                cut.add(name);
                                stalls.end(one[0]);
                            });
        }
        now += 2 * SECOND;
        stalls.relieve(0.81, now);
        stalls.relieve(0.82, now); // another loop, in the same second
        assertThat(cut).containsExactly("r4");
        now += SECOND;
        stalls.relieve(0.805, now);
        assertThat(cut).containsExactly("r4", "r3");
        now += SECOND;
        stalls.relieve(0.79, now);
        assertThat(cut).containsExactly("r4", "r3");
        assertThat(stalls.size()).isEqualTo(2);
    }

    @Test
    void a_reading_that_is_not_renewed_cuts_once() {
        var first = reader("first", 20);
        reader("second", 10);
        for (int i = 0; i < 5; i++) {
            now += 2 * SECOND;
            stalls.relieve(0.85, now);
            stalls.end(first);
        }
        assertThat(cut).containsExactly("first");
        now += SECOND;
        stalls.relieve(0.84, now);
        now += SECOND;
        stalls.relieve(0.5, now);
        now += SECOND;
        stalls.relieve(0.84, now); // short again, by the same number
        assertThat(cut).containsExactly("first", "second", "second");
    }
}
