package dev.loadline.guard;

import static org.assertj.core.api.Assertions.assertThat;

import dev.loadline.core.ManualTime;

import org.junit.jupiter.api.Test;

import java.time.Duration;
import java.util.Objects;

/** Goal: the switch of the simulation. Method: time that the test moves. */
class SwitchTest {
    private static final Duration OPEN = Duration.ofSeconds(2);
    private static final Duration AT_MOST = Duration.ofSeconds(1);

    private final ManualTime time = new ManualTime();
    private final Switch breaker = Switch.plain(time);

    @Test
    void open_it_passes_nothing_until_it_is_half_open_by_itself() {
        assertThat(breaker.probe(AT_MOST)).isNull();
        breaker.open(OPEN);
        time.advance(OPEN.minusNanos(1));
        assertThat(breaker.state()).isEqualTo(Switch.State.OPEN);
        assertThat(breaker.probe(AT_MOST)).isNull();
        time.advance(Duration.ofNanos(1));
        assertThat(breaker.state()).isEqualTo(Switch.State.HALF_OPEN);
    }

    @Test
    void half_open_it_passes_one_whose_word_counts_once() {
        var probe = halfOpen();
        assertThat(breaker.probe(AT_MOST)).isNull();
        probe.passed();
        probe.failed(OPEN);
        assertThat(breaker.state()).isEqualTo(Switch.State.CLOSED);
    }

    @Test
    void a_probe_that_failed_opens_it_for_as_long_as_it_says() {
        halfOpen().failed(OPEN.multipliedBy(2));
        time.advance(OPEN);
        assertThat(breaker.state()).isEqualTo(Switch.State.OPEN);
        time.advance(OPEN);
        assertThat(breaker.state()).isEqualTo(Switch.State.HALF_OPEN);
    }

    @Test
    void an_undecided_probe_makes_room_for_the_next() {
        halfOpen().undecided();
        assertThat(breaker.state()).isEqualTo(Switch.State.HALF_OPEN);
        assertThat(breaker.probe(AT_MOST)).isNotNull();
    }

    @Test
    void a_probe_without_a_word_has_failed_and_its_late_word_changes_nothing() {
        var probe = halfOpen();
        time.advance(AT_MOST);
        assertThat(breaker.state()).isEqualTo(Switch.State.OPEN);
        probe.passed();
        assertThat(breaker.state()).isEqualTo(Switch.State.OPEN);
        time.advance(OPEN);
        assertThat(breaker.state()).isEqualTo(Switch.State.HALF_OPEN);
    }

    @Test
    void opened_anew_it_forgets_the_probe_under_way_and_the_earlier_time() {
        var probe = halfOpen();
        breaker.open(OPEN.multipliedBy(3));
        probe.passed();
        time.advance(OPEN);
        assertThat(breaker.state()).isEqualTo(Switch.State.OPEN);
    }

    private Switch.Probe halfOpen() {
        breaker.open(OPEN);
        time.advance(OPEN);
        return Objects.requireNonNull(breaker.probe(AT_MOST));
    }
}
