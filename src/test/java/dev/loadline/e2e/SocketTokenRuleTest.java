package dev.loadline.e2e;

import static dev.loadline.e2e.Measured.figure;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;

import dev.loadline.transport.SocketWire;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.nio.file.Path;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Semaphore;

/**
 * Goal: the token rule of DESIGN.md holds on a WebSocket as it does for server-sent events. Method:
 * as in {@link TokenRuleTest}, the reader being a socket.
 */
class SocketTokenRuleTest {
    private static final int TOKENS = 10_000;
    private static final String TOKEN = " token";
    private static final String TASK = "AbstractEventExecutor::runTask";
    private static final String SCHEDULE = "AbstractScheduledEventExecutor::schedule";
    private static final String PROBE = "LoopLag::arm";

    private static final List<String> COUNTED =
            List.of(
                    "io.netty.util.concurrent." + TASK,
                    "io.netty.util.concurrent." + SCHEDULE,
                    "dev.loadline.telemetry." + PROBE);

    @TempDir Path directory;
    private Upstream upstream;
    private MeasuredServer server;

    @BeforeEach
    void open() {
        upstream = Upstream.start();
        server = MeasuredServer.start(directory, upstream);
    }

    @AfterEach
    void close() {
        server.close();
        upstream.close();
    }

    @Test
    void tokens_one_by_one() {
        assertThat(measure("one a write", 1).bytes() / TOKENS).isLessThan(3 * 1024);
    }

    @Test
    void tokens_in_batches() {
        assertThat(measure("100 a write", 100).bytes() / TOKENS).isLessThan(1024);
    }

    private Measured.Loops measure(String what, int perWrite) {
        try (SocketWire socket = SocketWire.open(server.port())) {
            socket.next("hello");
            stream(socket, perWrite); // classes are loaded, code is warm
            long flushes = server.streams().flushes();
            long encoded = server.streams().framesEncoded();
            Measured.Loops before = Measured.Loops.now();
            stream(socket, perWrite);
            Measured.Loops cost = Measured.Loops.now().minus(before);
            flushes = server.streams().flushes() - flushes;
            encoded = server.streams().framesEncoded() - encoded;
            Map<String, Measured.Timing> timings =
                    Measured.timings(COUNTED, () -> stream(socket, perWrite));
            long probes = timings.get(PROBE).calls();
            long timers = timings.get(SCHEDULE).calls() - probes;
            int batches = TOKENS / perWrite;
            figure(
                    ("socket, %s: %d bytes and %d ns of CPU a token on the event loops; per 10,000"
                                    + " tokens (%d batches) %d loop tasks, %d flushes, %d timers,"
                                    + " %d frames encoded")
                            .formatted(
                                    what,
                                    cost.bytes() / TOKENS,
                                    cost.cpuNanos() / TOKENS,
                                    batches,
                                    timings.get(TASK).calls() - probes,
                                    flushes,
                                    timers,
                                    encoded));
            assertThat(flushes).isLessThanOrEqualTo(2L * batches + 200);
            assertThat(encoded).isLessThanOrEqualTo(2L * batches + 200);
            assertThat(timers).isLessThanOrEqualTo(50);
            return cost;
        }
    }

    /** One turn from its beginning to its end, in step with the upstream. */
    private void stream(SocketWire socket, int perWrite) {
        var pace = new Semaphore(0);
        List<String> tokens = Collections.nCopies(TOKENS, TOKEN);
        upstream.answers(Upstream.Answer.of(tokens, perWrite).paced(pace));
        socket.send("type", "submit", "ref", "s", "agent", "assistant", "text", "go on");
        int batch = perWrite * TOKEN.length();
        for (int end = batch; end <= TOKENS * TOKEN.length(); end += batch) {
            pace.release();
            until(socket, end);
        }
        socket.next("turn.completed");
        socket.next("detached");
    }

    /** Reads until the text is as long as that. */
    private static void until(SocketWire socket, int length) {
        while (true) {
            JsonNode message = socket.next();
            if (!message.get("type").asText().equals("text.delta")) continue;
            if (message.get("at").intValue() + message.get("text").textValue().length() == length)
                return;
        }
    }
}
