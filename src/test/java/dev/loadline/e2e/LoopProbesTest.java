package dev.loadline.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.loadline.model.FakeOpenAi;

import io.vertx.core.VertxOptions;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.nio.file.Path;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * Goal: no event loop is without a probe of its lag. Method: what operators read of a server; a
 * probe bears the number of the loop it runs on, so as many numbers are as many loops.
 */
class LoopProbesTest {
    private static final int LOOPS = VertxOptions.DEFAULT_EVENT_LOOP_POOL_SIZE;
    private static final Pattern PROBED =
            Pattern.compile("(?m)^loadline_loop_lag_seconds_count\\{loop=\"(\\d+)\"} [1-9]");

    @TempDir Path directory;

    @Test
    void every_loop_has_its_own_lag_in_the_metrics_and_in_the_load() throws Exception {
        try (var model = FakeOpenAi.start();
                var server = TestServer.start(directory, model)) {
            TestServer.until(
                    "a probe on each loop",
                    () ->
                            probed(server)
                                    .equals(
                                            IntStream.range(0, LOOPS)
                                                    .mapToObj(Integer::toString)
                                                    .collect(Collectors.toSet())));
            TestServer.until(
                    "a second of probes on each",
                    () -> server.api().read("/api/ops/load").get("loopLagMs").size() == LOOPS);
            assertThat(server.api().get("/metrics").text()).contains("loadline_loop_blocked_total");
        }
    }

    private static Set<String> probed(TestServer server) {
        return PROBED.matcher(server.api().get("/metrics").text())
                .results()
                .map(found -> found.group(1))
                .collect(Collectors.toSet());
    }
}
