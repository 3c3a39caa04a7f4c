package dev.loadline.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * Goal: who is told to come back in three seconds does, says so to the people who wait, and does
 * not come back as a crowd. Method: 200 turns at once before a model that serves 20 and then says
 * 429; arrivals are counted there.
 */
class RetryAfterCrowdTest {
    private static final int PEOPLE = 200;
    private static final Duration APART = Duration.ofMillis(8);
    private static final int BEFORE = 10;
    private static final Duration CLOSED = Duration.ofSeconds(3);
    private static final Duration ON_THE_WAY = Duration.ofMillis(200);

    @Test
    void all_wait_visibly_and_come_back_one_by_one(@TempDir Path directory) {
        var limit =
                new RateLimit(
                        1000,
                        1000,
                        CLOSED,
                        RateLimit.Form.SECONDS,
                        false,
                        Behaviour.wellSpoken(Duration.ofMillis(300)));
        try (FaultyUpstream model = FaultyUpstream.start(limit);
                DrillServer server =
                        DrillServer.start(
                                directory,
                                DrillServer.model("main", model, Duration.ofMillis(400)),
                                "guard: { default: { concurrency: 256 } }");
                Crowd crowd = new Crowd(server.api())) {
            for (int i = 0; i < BEFORE; i++) crowd.say("before-" + i);
            limit.closeNext();
            List<Told> told = Crowd.told(crowd.speak("p", PEOPLE, APART));
            assertThat(told).allMatch(Told::completed);
            List<Arrival> arrivals = model.arrivals();
            long first = limit.closedAtNanos();
            long end = first + CLOSED.toNanos();
            var during =
                    arrivals.stream()
                            .filter(each -> each.since(first).compareTo(ON_THE_WAY) > 0)
                            .filter(each -> each.since(end).isNegative())
                            .toList();
            assertThat(during).as("while it was closed").hasSizeLessThanOrEqualTo(3);
            waitersComeAsARamp(told, arrivals, end);
        }
    }

    private static void waitersComeAsARamp(List<Told> told, List<Arrival> arrivals, long end) {
        Set<String> waiters =
                told.stream()
                        .filter(each -> each.heard("turn.waiting"))
                        .map(Told::marker)
                        .collect(Collectors.toSet());
        Set<String> refusedOrLate =
                arrivals.stream()
                        .filter(each -> each.status() == 429 || !each.since(end).isNegative())
                        .map(Arrival::marker)
                        .collect(Collectors.toSet());
        assertThat(waiters).as("who had to wait was told").containsAll(refusedOrLate);
        long again =
                arrivals.stream()
                        .filter(each -> !each.since(end).isNegative())
                        .filter(each -> each.since(end).compareTo(Duration.ofSeconds(1)) < 0)
                        .count();
        System.out.printf(
                "FIGURE Retry-After: %d waited, %d came in the first second, %d calls in all%n",
                waiters.size(), again, arrivals.size());
        assertThat(waiters).as("a crowd").hasSizeGreaterThan(PEOPLE / 2);
        assertThat(again).isBetween(1L, waiters.size() / 4L);
        assertThat(told.stream().filter(each -> waiters.contains(each.marker())))
                .allMatch(each -> each.degraded("model:main", "waited"))
                .allMatch(each -> each.heard("turn.resumed"));
    }
}
