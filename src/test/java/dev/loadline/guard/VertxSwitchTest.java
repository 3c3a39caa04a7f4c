package dev.loadline.guard;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.Vertx;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Objects;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;

/**
 * Goal: the judge drives the library's breaker, and the library's breaker says what may go. Method:
 * real Vert.x timers of a few milliseconds, and threads that are no event loops.
 */
class VertxSwitchTest {
    private static final Duration SOON = Duration.ofMillis(20);
    private static final Duration LONG = Duration.ofMinutes(10);

    private static Vertx vertx;

    private final Switch breaker = Switch.on(vertx, "source:crm");

    @BeforeAll
    static void start() {
        vertx = Vertx.vertx();
    }

    @AfterAll
    static void stop() throws Exception {
        vertx.close().toCompletionStage().toCompletableFuture().get(5, TimeUnit.SECONDS);
    }

    @Test
    void the_window_trips_it_and_its_half_open_probe_closes_it() {
        var window = new HealthWindow(Duration.ofSeconds(10), 10);
        for (long now = 0; now < 10; now++) {
            assertThat(breaker.state()).isEqualTo(Switch.State.CLOSED);
            window.ended(true, false, now);
        }
        if (window.judge(10) == HealthWindow.Judgement.BAD) breaker.open(SOON);
        assertThat(breaker.state()).isEqualTo(Switch.State.OPEN);
        assertThat(breaker.probe(LONG)).isNull();
        until(Switch.State.HALF_OPEN);
        var probe = Objects.requireNonNull(breaker.probe(LONG));
        probe.passed();
        assertThat(breaker.state()).isEqualTo(Switch.State.CLOSED);
    }

    @Test
    void each_opening_has_its_own_length_and_an_earlier_one_s_end_does_not_end_it() {
        breaker.open(SOON);
        breaker.open(LONG);
        var other = Switch.on(vertx, "later");
        other.open(SOON.multipliedBy(3));
        until(other, Switch.State.HALF_OPEN); // the first opening's time is long over
        assertThat(breaker.state()).isEqualTo(Switch.State.OPEN);
    }

    @Test
    void of_many_threads_exactly_one_gets_the_probe() throws Exception {
        breaker.open(SOON);
        until(Switch.State.HALF_OPEN);
        var got = new AtomicInteger();
        var go = new CountDownLatch(1);
        try (var threads = Executors.newFixedThreadPool(8)) {
            var done = new ArrayList<Future<Void>>();
            for (int i = 0; i < 8; i++)
                done.add(
                        threads.submit(
                                () -> {
                                    go.await();
                                    for (int n = 0; n < 100; n++)
                                        if (breaker.probe(LONG) != null) got.incrementAndGet();
                                    return null;
                                }));
            go.countDown();
            for (Future<Void> each : done) each.get();
        }
        assertThat(got).hasValue(1);
    }

    @Test
    void a_probe_that_failed_opens_it_at_once_and_for_as_long_as_it_says() {
        var probe = halfOpen(SOON);
        probe.failed(LONG);
        assertThat(breaker.state()).isEqualTo(Switch.State.OPEN);
        probe.passed();
        assertThat(breaker.state()).isEqualTo(Switch.State.OPEN);
    }

    @Test
    void a_probe_without_a_word_has_failed_and_does_not_hold_it_half_open() {
        breaker.open(Duration.ofMillis(250));
        until(Switch.State.HALF_OPEN);
        var silent = Objects.requireNonNull(breaker.probe(SOON));
        until(Switch.State.OPEN); // as long as before
        silent.passed();
        assertThat(breaker.state()).isNotEqualTo(Switch.State.CLOSED);
        until(Switch.State.HALF_OPEN);
        assertThat(breaker.probe(LONG)).isNotNull();
    }

    @Test
    void undecided_probes_follow_each_other_until_one_decides() {
        halfOpen(SOON).undecided();
        for (int i = 0; i < 3; i++) {
            assertThat(breaker.state()).isEqualTo(Switch.State.HALF_OPEN);
            Objects.requireNonNull(breaker.probe(LONG)).undecided();
        }
        Objects.requireNonNull(breaker.probe(LONG)).passed();
        assertThat(breaker.state()).isEqualTo(Switch.State.CLOSED);
    }

    @Test
    void it_opens_again_after_it_closed_and_on_an_event_loop_too() throws Exception {
        halfOpen(SOON).passed();
        var opened = new CountDownLatch(1);
        vertx.runOnContext(
                loop -> {
                    breaker.open(SOON);
                    opened.countDown();
                });
        assertThat(opened.await(5, TimeUnit.SECONDS)).isTrue();
        until(Switch.State.HALF_OPEN);
        Objects.requireNonNull(breaker.probe(LONG)).passed();
        assertThat(breaker.state()).isEqualTo(Switch.State.CLOSED);
    }

    private Switch.Probe halfOpen(Duration open) {
        breaker.open(open);
        until(Switch.State.HALF_OPEN);
        return Objects.requireNonNull(breaker.probe(LONG));
    }

    private void until(Switch.State state) {
        until(breaker, state);
    }

    private static void until(Switch breaker, Switch.State state) {
        long end = System.nanoTime() + Duration.ofSeconds(5).toNanos();
        while (breaker.state() != state) {
            assertThat(System.nanoTime() - end).as("waited for %s", state).isNegative();
            LockSupport.parkNanos(100_000);
        }
    }
}
