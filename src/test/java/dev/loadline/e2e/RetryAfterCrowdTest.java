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
 * not come back as a crowd. Method: 200 turns, all at once or while they come, before a model that
 * served them all a moment ago and then says 429; arrivals are counted there.
 */
class RetryAfterCrowdTest {
    private static final int PEOPLE = 200;
    private static final Duration CLOSED = Duration.ofSeconds(3);
    private static final Duration ON_THE_WAY = Duration.ofMillis(200);

    @Test
    void all_at_once(@TempDir Path directory) {
        wait_visibly_and_come_back_one_by_one(directory, Duration.ZERO);
    }

    @Test
    void while_they_come(@TempDir Path directory) {
        wait_visibly_and_come_back_one_by_one(directory, Duration.ofMillis(8));
    }

    private static void wait_visibly_and_come_back_one_by_one(Path directory, Duration apart) {
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
            assertThat(Crowd.told(crowd.speak("before", PEOPLE, Duration.ZERO)))
                    .allMatch(Told::completed);
            limit.closeNext();
            List<Told> told = Crowd.told(crowd.speak("p", PEOPLE, apart));
            assertThat(told).allMatch(Told::completed);
            List<Arrival> arrivals =
                    model.arrivals().stream()
                            .filter(each -> each.marker().startsWith("p"))
                            .toList();
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
                "FIGURE Retry-After: %d waited, %d came in the first second, %d calls in all,"
                        + " %d of them met a 429%n",
                waiters.size(),
                again,
                arrivals.size(),
                arrivals.stream().filter(each -> each.status() == 429).count());
        assertThat(waiters).as("a crowd").hasSizeGreaterThan(PEOPLE / 2);
        assertThat(again).isBetween(1L, waiters.size() / 4L);
        assertThat(told.stream().filter(each -> waiters.contains(each.marker())))
                .allMatch(each -> each.degraded("model:main", "waited"))
                .allMatch(each -> each.heard("turn.resumed"));
    }
}
