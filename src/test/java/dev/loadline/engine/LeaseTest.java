package dev.loadline.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.loadline.core.ManualTime;
import dev.loadline.store.Fence;

import org.junit.jupiter.api.Test;

import java.time.Duration;

/** Goal: who can't renew falls silent before anybody may take over. Method: time moves by hand. */
class LeaseTest {
    private final ManualTime time = new ManualTime();
    private final Fence fence = new Fence("n", 1);

    @Test
    void it_ends_for_us_before_it_ends_for_others() {
        var lease = new Lease(time, fence, false, time.nanos());
        time.advance(Lease.LENGTH.minus(Lease.MARGIN).minusMillis(1));
        assertThat(lease.holds()).isTrue();
        time.advance(Duration.ofMillis(1));
        assertThat(lease.holds()).as("the others wait for the whole length").isFalse();
    }

    @Test
    void it_counts_from_when_the_store_was_asked_not_from_when_it_answered() {
        var lease = new Lease(time, fence, false, time.nanos());
        long asked = time.nanos();
        time.advance(Duration.ofSeconds(7));
        lease.renewed(asked);
        time.advance(Duration.ofSeconds(1));
        assertThat(lease.holds()).isFalse();
    }

    @Test
    void a_lock_on_the_file_needs_no_clock_but_a_newer_life_ends_even_that() {
        var lease = new Lease(time, fence, true, time.nanos());
        time.advance(Duration.ofDays(1));
        assertThat(lease.holds()).isTrue();
        lease.lost();
        assertThat(lease.holds()).isFalse();
    }

    @Test
    void a_new_life_writes_under_a_new_fence() {
        var lease = new Lease(time, fence, false, time.nanos());
        time.advance(Duration.ofSeconds(20));
        lease.reborn(new Fence("n", 2), time.nanos());
        assertThat(lease.holds()).isTrue();
        assertThat(lease.fence().epoch()).isEqualTo(2);
    }
}
