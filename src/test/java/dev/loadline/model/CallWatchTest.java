package dev.loadline.model;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** Goal: one timer watches all calls of a loop, and only while there are any. Method: told time. */
class CallWatchTest {
    private final ManualTime time = new ManualTime();
    private final CallWatch watch = new CallWatch(time, time);
    private final List<Long> looks = new ArrayList<>();

    @Test
    void one_timer_for_all_and_none_for_nobody() {
        CallWatch.Loop loop = watch.here(null);
        CallWatch.Watched one = now -> {};
        CallWatch.Watched two = now -> {};
        loop.add(one);
        loop.add(two);
        assertThat(watch.here(null)).isSameAs(loop);
        assertThat(time.pending()).isEqualTo(1);
        loop.remove(one);
        assertThat(time.pending()).isEqualTo(1);
        loop.remove(two);
        loop.remove(two);
        assertThat(time.pending()).isZero();
        loop.add(one);
        assertThat(time.pending()).isEqualTo(1);
    }

    @Test
    void looks_every_quarter_second_and_bears_removal_while_looking() {
        CallWatch.Loop loop = watch.here(null);
        var once =
                new CallWatch.Watched() {
                    @Override
                    public void look(long nowNanos) {
                        looks.add(nowNanos);
                        loop.remove(this);
                    }
                };
        loop.add(once);
        loop.add(looks::add);
        time.pass(Duration.ofSeconds(1));
        assertThat(looks).hasSize(5);
    }

    @Test
    void after_a_pause_of_our_own_it_looks_once_more_before_it_judges() {
        CallWatch.Loop loop = watch.here(null);
        loop.add(looks::add);
        time.stall(Duration.ofSeconds(3));
        assertThat(looks).as("the late look judges nobody").isEmpty();
        time.pass(CallWatch.TICK);
        assertThat(looks).hasSize(1);
        time.stall(Duration.ofSeconds(3));
        time.stall(Duration.ofSeconds(3));
        assertThat(looks).as("a loop that is always late still judges").hasSize(2);
    }

    @Test
    void verticles_are_watched_apart() {
        assertThat(watch.here("a")).isNotSameAs(watch.here("b"));
    }
}
