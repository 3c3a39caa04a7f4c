package dev.loadline.e2e;

import static dev.loadline.e2e.Measured.figure;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;

import dev.loadline.core.Json;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Semaphore;

/**
 * Goal: the token rule of DESIGN.md holds for the whole server: what a token costs, and that tasks
 * and frames come per batch that is read, not per token. Method: 10,000 tokens from a real upstream
 * to a real reader, in step (the upstream writes on when the reader has all), so that every write
 * is read alone; allocation and processor time of the event-loop threads by the JVM's counters,
 * tasks by its method timing, in a run of their own.
 */
class TokenRuleTest {
    private static final int TOKENS = 10_000;
    private static final String TOKEN = " token";

    /** Every task that runs on an event loop, timers that fire included. */
    private static final String TASK = "AbstractEventExecutor::runTask";

    private static final String SCHEDULE = "AbstractScheduledEventExecutor::schedule";

    /** The probe of the loop's lag is a timer each 20 ms, whether there is a token or not. */
    private static final String PROBE = "LoopLag::arm";

    private static final List<String> COUNTED =
            List.of(
                    "io.netty.util.concurrent." + TASK,
                    "io.netty.util.concurrent." + SCHEDULE,
                    "dev.loadline.telemetry." + PROBE);

    @TempDir Path directory;
    private Upstream upstream;
    private MeasuredServer server;

    /** What happened between two looks. */
    private record Counts(long flushes, long encoded, long sent) {}

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
    void tokens_one_by_one_to_the_reader_who_asked() {
        var cost = measure("one a write, reader who asked", 1, 0);
        assertThat(cost.bytes() / TOKENS).isLessThan(3 * 1024);
    }

    @Test
    void tokens_in_batches_to_the_reader_who_asked() {
        var cost = measure("100 a write, reader who asked", 100, 0);
        assertThat(cost.bytes() / TOKENS).isLessThan(1024);
    }

    @Test
    void tokens_in_batches_to_readers_on_every_loop() {
        measure("100 a write, 4 readers", 100, 4);
    }

    /**
     * @param readers on connections of their own, beside the one who asked
     */
    private Measured.Loops measure(String what, int perWrite, int readers) {
        stream(perWrite, readers); // classes are loaded, code is warm
        Counts before = counts();
        Measured.Loops loopsBefore = Measured.Loops.now();
        stream(perWrite, readers);
        Measured.Loops cost = Measured.Loops.now().minus(loopsBefore);
        Counts done = since(before);
        Map<String, Measured.Timing> timings =
                Measured.timings(COUNTED, () -> stream(perWrite, readers));
        long tasks = timings.get(TASK).calls();
        long probes = timings.get(PROBE).calls();
        long timers = timings.get(SCHEDULE).calls() - probes;
        int batches = TOKENS / perWrite;
        figure(
                ("tokens, %s: %d bytes and %d ns of CPU a token on the event loops; per 10,000"
                                + " tokens (%d batches) %d loop tasks (%d lag probes not counted),"
                                + " %d flushes, %d timers, %d frames encoded, %d sent")
                        .formatted(
                                what,
                                cost.bytes() / TOKENS,
                                cost.cpuNanos() / TOKENS,
                                batches,
                                tasks - probes,
                                probes,
                                done.flushes(),
                                timers,
                                done.encoded(),
                                done.sent()));
        int loops = Math.max(1, readers);
        assertThat(done.flushes()).isLessThanOrEqualTo(loops * (2L * batches + 200));
        assertThat(timers).isLessThanOrEqualTo(50);
        return cost;
    }

    private Counts counts() {
        var streams = server.streams();
        return new Counts(streams.flushes(), streams.framesEncoded(), streams.framesSent());
    }

    private Counts since(Counts before) {
        Counts now = counts();
        return new Counts(
                now.flushes() - before.flushes(),
                now.encoded() - before.encoded(),
                now.sent() - before.sent());
    }

    /** One turn from its beginning to its end. */
    private void stream(int perWrite, int readers) {
        var pace = new Semaphore(0);
        List<String> tokens = Collections.nCopies(TOKENS, TOKEN);
        upstream.answers(Upstream.Answer.of(tokens, perWrite).paced(pace));
        List<StreamReader> all = new ArrayList<>();
        try {
            all.add(server.submitAndRead("go on"));
            String turn = turn(all.getFirst());
            for (int i = 0; i < readers; i++) all.add(server.read(turn));
            int batch = perWrite * TOKEN.length();
            for (int end = batch; end <= TOKENS * TOKEN.length(); end += batch) {
                pace.release();
                for (StreamReader each : all) until(each, end);
            }
            for (StreamReader each : all) {
                assertThat(each.event().orElseThrow().type()).isEqualTo("turn.completed");
                assertThat(each.event()).isEmpty();
            }
        } finally {
            all.forEach(StreamReader::close);
        }
    }

    private static String turn(StreamReader reader) {
        return json(reader.event().orElseThrow()).get("turn").textValue();
    }

    /** Reads until the text is as long as that. */
    private static void until(StreamReader reader, int length) {
        while (true) {
            StreamReader.Event event = reader.event().orElseThrow();
            if (!event.type().equals("text.delta")) continue;
            JsonNode delta = json(event);
            if (delta.get("at").intValue() + delta.get("text").textValue().length() == length)
                return;
        }
    }

    private static JsonNode json(StreamReader.Event event) {
        return Json.read(event.data(), JsonNode.class);
    }
}
