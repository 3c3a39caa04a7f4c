package dev.loadline.e2e;

import static dev.loadline.e2e.Measured.figure;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;

import dev.loadline.core.Json;
import dev.loadline.model.FakeAnswer;
import dev.loadline.model.FakeOpenAi;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Semaphore;

/**
 * Goal: a turn under way, its reader, a turn that waits and one that has ended cost some kilobytes
 * of heap each. Method: a server in a process of its own, so that neither clients nor the model's
 * stand-in are in what is counted; all answers are held in the middle; the bytes of live objects
 * are those of the JVM's own histogram, which it takes after a full collection.
 */
class TurnHeapTest {
    private static final int TURNS = 200;
    private static final int WARM = 20;
    private static final int TOKENS = 100;
    private static final String TOKEN = "twelve chars";

    /** Most of it is the call to the model: its connection, its request, a parser's buffers. */
    private static final long RUNNING_MAX = 30 * 1024;

    /** Of which 4 KiB are a queue of Vert.x's for what other threads write to a connection. */
    private static final long READER_MAX = 16 * 1024;

    private static final long WAITING_MAX = 4 * 1024;
    private static final long PARKED_MAX = 6 * 1024;
    private static final long ENDED_MAX = 6 * 1024;

    @TempDir Path directory;
    private final FakeOpenAi limited = FakeOpenAi.start();
    private Upstream upstream;
    private ServerProcess server;
    private int port;
    private final List<StreamReader> readers = new ArrayList<>();

    @BeforeEach
    void open() throws IOException {
        upstream = Upstream.start();
        Path file = directory.resolve("loadline.yaml");
        Files.writeString(
                file,
                """
                server: { port: 0, drainGrace: 1s }
                store: { url: "sqlite:%s" }
                models:
                  main: { provider: openai, url: "%s", apiKey: none, model: fake, normal: { firstToken: 400ms, gap: 5s } }
                  limited: { provider: openai, url: "%s", apiKey: none, model: fake }
                guard: { default: { concurrency: 2000 } }
                agents: { assistant: { model: main }, patient: { model: limited } }
                """
                        .formatted(
                                directory.resolve("loadline.db"), upstream.url(), limited.url()));
        server = ServerProcess.serve(file);
        port = server.port();
    }

    @AfterEach
    void close() {
        readers.forEach(StreamReader::close);
        server.close();
        upstream.close();
        limited.close();
    }

    @Test
    void a_turn_that_waits_at_a_gate_costs_no_more_than_its_prompt_and_its_place()
            throws Exception {
        limited.always(FakeAnswer.status(429, "{}", "Retry-After", "250"));
        List<String> warm = conversations("patient", WARM);
        submit(warm, "A first message");
        List<String> conversations = conversations("patient", TURNS);
        Measured.await("the warm ones are parked", () -> parked() == WARM);
        long before = live();
        submit(conversations, "A question");
        Measured.await("all are parked", () -> parked() == WARM + TURNS);
        long perParked = (live() - before) / TURNS;
        figure("heap of a turn that is parked at a closed gate: %,d bytes".formatted(perParked));
        assertThat(perParked).isLessThan(PARKED_MAX);
        assertThat(load().get("activeTurns").intValue()).as("slots held").isZero();
    }

    private int parked() {
        return load().get("parkedTurns").intValue();
    }

    private JsonNode load() {
        try (var connection = new StreamReader(port)) {
            String answer = connection.ask("GET", "/api/ops/load", "", "application/json").whole();
            return Json.read(answer, JsonNode.class);
        }
    }

    @Test
    void a_turn_costs_some_kilobytes_whatever_it_does() throws Exception {
        Upstream.Answer whole = Upstream.Answer.of(Collections.nCopies(TOKENS, TOKEN), 1);
        upstream.answers(whole);
        List<String> warm = conversations("assistant", WARM);
        for (String turn : submit(warm, "A first message")) read(turn, "turn.completed").close();
        List<String> conversations = conversations("assistant", TURNS);
        long empty = live();

        var pace = new Halfway();
        upstream.answers(
                Upstream.Answer.of(Collections.nCopies(TOKENS, TOKEN), TOKENS / 2).paced(pace));
        List<String> running = submit(conversations, "A question");
        Measured.await("all are held in the middle", () -> pace.getQueueLength() == TURNS);
        long held = live();
        long perRunning = (held - empty) / TURNS;

        for (String turn : running) readers.add(read(turn, "text.delta"));
        long watched = live();
        long perReader = (watched - held) / TURNS;

        List<String> waiting = submit(conversations, "A second one");
        long perWaiting = (live() - watched) / TURNS;

        upstream.answers(whole);
        pace.release(TURNS);
        for (StreamReader reader : readers) until(reader, "turn.completed").close();
        for (String turn : waiting) read(turn, "turn.completed").close();
        upstream.close(); // its kept connections are the model's, not the turns'
        long perEnded = (live() - empty) / (2 * TURNS);

        figure(
                "heap of %,d turns: a running one %,d bytes, its SSE reader %,d more; a waiting one %,d; one that has ended and is held %,d"
                        .formatted(TURNS, perRunning, perReader, perWaiting, perEnded));
        assertThat(perRunning).as("running").isLessThan(RUNNING_MAX);
        assertThat(perReader).as("its reader").isLessThan(READER_MAX);
        assertThat(perWaiting).as("waiting").isLessThan(WAITING_MAX);
        assertThat(perEnded).as("ended").isLessThan(ENDED_MAX);
    }

    /** Lets the first write of every answer pass, and holds the second; a thread per connection. */
    private static final class Halfway extends Semaphore {
        private static final long serialVersionUID = 1;
        private static final ThreadLocal<Boolean> BEGUN = ThreadLocal.withInitial(() -> false);

        Halfway() {
            super(0);
        }

        @Override
        public void acquire() throws InterruptedException {
            boolean second = BEGUN.get();
            BEGUN.set(!second);
            if (second) super.acquire();
        }
    }

    private List<String> conversations(String agent, int count) {
        return Collections.nCopies(count, "{\"agent\":\"" + agent + "\"}").stream()
                .map(body -> ask("/api/conversations", body).get("id").textValue())
                .toList();
    }

    private List<String> submit(List<String> conversations, String question) {
        String body = Json.write(Map.of("text", question + " of an ordinary length, with reasons"));
        return conversations.stream()
                .map(id -> ask("/api/conversations/" + id + "/turns", body))
                .map(answer -> answer.get("turn").textValue())
                .toList();
    }

    private JsonNode ask(String path, String body) {
        try (var connection = new StreamReader(port)) {
            String answer = connection.ask("POST", path, body, "application/json").whole();
            return Json.read(answer, JsonNode.class);
        }
    }

    private StreamReader read(String turn, String last) {
        String path = "/api/turns/" + turn + "/events";
        return until(new StreamReader(port).ask("GET", path, "", "text/event-stream"), last);
    }

    private static StreamReader until(StreamReader reader, String type) {
        String seen = "";
        while (!seen.equals(type)) seen = reader.event().orElseThrow().type();
        return reader;
    }

    /** Bytes of live objects in the server. */
    private long live() throws IOException, InterruptedException {
        String jcmd = Path.of(System.getProperty("java.home"), "bin", "jcmd").toString();
        Process histogram =
                new ProcessBuilder(jcmd, Long.toString(server.pid()), "GC.class_histogram").start();
        histogram.getOutputStream().close();
        String table =
                new String(histogram.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(histogram.waitFor()).as(table).isZero();
        return table.lines()
                .map(line -> line.strip().split(" +"))
                .filter(row -> row.length > 3 && row[0].endsWith(":"))
                .filter(row -> !row[3].startsWith("[Ljdk.internal.vm.Filler")) // gaps, no objects
                .mapToLong(row -> Long.parseLong(row[2]))
                .sum();
    }
}
