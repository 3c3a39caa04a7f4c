package dev.loadline.e2e;

import static dev.loadline.e2e.Measured.figure;

import static org.assertj.core.api.Assertions.assertThat;

import dev.loadline.core.Json;
import dev.loadline.transport.SocketWire;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * Goal: none of the largest inputs that are allowed holds an event loop for over 20 ms. Method:
 * each of them over a real socket, the JVM's method tracing around every task and every read of a
 * socket.
 *
 * <p>The gate is the best of several runs. A neighbour, the collector or the compiler can only make
 * a task longer, each time another one; what the work itself takes is in every run. So a machine
 * that is busy fails nothing as long as one of eighteen runs is undisturbed, and a path that takes
 * too long by itself never passes. The middle of the runs is told as a figure.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class LoopOccupationTest {
    private static final double MAX_MS = 20;
    private static final int RUNS = 3;
    private static final int RUNS_MAX = 18;
    private static final int MESSAGE_MAX = 262_144;
    private static final int MEBIBYTE = 1024 * 1024;

    private Upstream upstream;
    private MeasuredServer server;
    private LoopTasks loops;

    @BeforeAll
    void open(@TempDir Path directory) {
        upstream = Upstream.start();
        server = MeasuredServer.start(directory, upstream);
        loops = new LoopTasks();
    }

    @AfterAll
    void close() {
        loops.close();
        server.close();
        upstream.close();
    }

    @BeforeEach
    void brief() {
        upstream.answers(Upstream.Answer.of(List.of("ok"), 1));
    }

    // --- what comes in

    @Test
    void the_longest_messages() {
        String wide = "語".repeat(MESSAGE_MAX);
        holds("a message of 262,144 wide characters", () -> drain(server.submitAndRead(wide)));
        String escaped = "\u0001".repeat(170_000);
        holds("a message of escapes", () -> drain(server.submitAndRead(escaped)));
    }

    @Test
    void the_largest_bodies() {
        String path = "/api/conversations/" + server.conversation() + "/turns";
        for (var body : bodies().entrySet())
            holds(
                    "a body of 1 MiB, " + body.getKey(),
                    () -> assertThat(refused(path, body.getValue())).isIn(400, 422));
    }

    @Test
    void the_largest_frames() {
        for (var body : bodies().entrySet())
            holds(
                    "a frame of 1 MiB, " + body.getKey(),
                    () -> {
                        try (SocketWire socket = SocketWire.open(server.port())) {
                            socket.next("hello");
                            socket.text(body.getValue());
                            if (body.getKey().equals("nested")) socket.closed();
                            else socket.next("error");
                        }
                    });
        String text = "語".repeat(MESSAGE_MAX);
        holds(
                "a message of 262,144 wide characters on a socket",
                () -> {
                    try (SocketWire socket = SocketWire.open(server.port())) {
                        socket.send(
                                "type", "submit", "ref", "s", "agent", "assistant", "text", text);
                        socket.upTo("turn.completed");
                    }
                });
    }

    /** What is legal as JSON and as large as may be. */
    private static Map<String, String> bodies() {
        return Map.of(
                "nested",
                "{\"a\":".repeat(MEBIBYTE / 5 - 1),
                "unknown members",
                IntStream.range(0, 80_000)
                        .mapToObj(i -> "\"m" + i + "\":1")
                        .collect(Collectors.joining(",", "{", "}")),
                "numbers",
                "{\"text\":[" + "1,".repeat(MEBIBYTE / 2 - 20) + "1]}",
                "empty objects",
                "{\"text\":[" + "{},".repeat(MEBIBYTE / 3 - 20) + "1]}",
                "one string",
                "{\"text\":\"" + "語".repeat(MEBIBYTE / 3 - 20) + "\"}");
    }

    private int refused(String path, String body) {
        try (var connection = new StreamReader(server.port())) {
            return connection.status("POST", path, body);
        }
    }

    // --- what goes out

    @Test
    void an_answer_of_a_mebibyte() {
        upstream.answers(Upstream.Answer.of(Collections.nCopies(16_384, "語".repeat(64)), 64));
        String conversation = server.conversation();
        String turn = server.submit(conversation, "go on");
        Measured.await("the turn's end", () -> status(turn).equals("completed"));
        holds(
                "streaming 1 Mi characters and the last event",
                () -> assertThat(drain(server.submitAndRead("again"))).isEqualTo("turn.completed"));
        holds(
                "a reader that comes after it",
                () -> assertThat(drain(server.read(turn))).isEqualTo("turn.completed"));
        holds("the turn as JSON", () -> assertThat(status(turn)).isEqualTo("completed"));
        holds(
                "it on a socket",
                () -> {
                    try (SocketWire socket = SocketWire.open(server.port())) {
                        socket.next("hello");
                        socket.send("type", "attach", "ref", "a", "turn", turn);
                        socket.upTo("turn.completed");
                    }
                });
        holds("a completion of it", () -> chat(List.of(said("user", "go on"))));
        String of = "/api/conversations/" + conversation;
        for (int i = 0; i < 2; i++) {
            String more = server.submit(conversation, "go on");
            Measured.await("the turn's end", () -> status(more).equals("completed"));
        }
        holds("a page of such messages", () -> server.ask("GET", of + "/messages?limit=200", ""));
        holds("a page of such turns", () -> server.ask("GET", of + "/turns?limit=200", ""));
    }

    @Test
    void a_conversation_of_many_long_messages() {
        String conversation = server.conversation();
        upstream.answers(Upstream.Answer.of(List.of("well ".repeat(1_000)), 1));
        for (int i = 0; i < 100; i++)
            drain(server.read(server.submit(conversation, i + " word".repeat(1_000))));
        String messages = "/api/conversations/" + conversation + "/messages?limit=200";
        holds(
                "a page of 200 messages of 5,000 characters",
                () -> assertThat(server.ask("GET", messages, "").get("items")).hasSize(200));
        String turns = "/api/conversations/" + conversation + "/turns?limit=200";
        holds(
                "a page of 100 such turns",
                () -> assertThat(server.ask("GET", turns, "").get("items")).hasSize(100));
    }

    // --- what goes to the model, and comes from it

    @Test
    void the_largest_prompts() {
        String conversation = server.conversation();
        String text = "some words, as they are said. ".repeat(MESSAGE_MAX / 30);
        for (int i = 0; i < 8; i++) drain(server.read(server.submit(conversation, i + text)));
        holds(
                "a prompt of 2 MiB",
                () -> drain(server.read(server.submit(conversation, "and now?"))));
    }

    @Test
    void a_completion_of_many_messages() {
        List<Map<String, String>> messages = new ArrayList<>();
        for (int i = 0; i < 12_000; i++) {
            messages.add(said("user", "hi"));
            messages.add(said("assistant", "yes"));
        }
        messages.add(said("user", "and?"));
        holds("a completion of 24,001 messages", () -> chat(messages));
    }

    @Test
    void a_model_that_says_much_at_once() {
        upstream.answers(Upstream.Answer.of(List.of("x".repeat(MEBIBYTE - 1024)), 1));
        holds("a chunk of 1 MiB", () -> drain(server.submitAndRead("go on")));
        upstream.answers(Upstream.Answer.of(Collections.nCopies(20_000, "x"), 20_000));
        holds("20,000 chunks at once", () -> drain(server.submitAndRead("go on")));
    }

    private static Map<String, String> said(String role, String content) {
        return Map.of("role", role, "content", content);
    }

    private void chat(List<Map<String, String>> messages) {
        String body = Json.write(Map.of("model", "assistant", "messages", messages));
        assertThat(server.ask("POST", "/v1/chat/completions", body).get("choices")).hasSize(1);
    }

    private void holds(String what, Runnable work) {
        work.run(); // classes are loaded, code is warm
        List<LoopTasks.Run> runs = new ArrayList<>(loops.measure(RUNS, work));
        while (best(runs).longestMs() > MAX_MS && runs.size() < RUNS_MAX)
            runs.addAll(loops.measure(RUNS, work));
        runs.sort(Comparator.comparingDouble(LoopTasks.Run::longestMs));
        figure(
                "loop occupation, %s: longest task %.1f ms (best %.1f, worst %.1f)"
                        .formatted(
                                what,
                                runs.get(runs.size() / 2).longestMs(),
                                runs.getFirst().longestMs(),
                                runs.getLast().longestMs()));
        assertThat(best(runs).longestMs())
                .as("%s, held by %s", what, best(runs).where())
                .isLessThanOrEqualTo(MAX_MS);
    }

    private static LoopTasks.Run best(List<LoopTasks.Run> runs) {
        return Collections.min(runs, Comparator.comparingDouble(LoopTasks.Run::longestMs));
    }

    private String status(String turn) {
        return server.ask("GET", "/api/turns/" + turn, "").get("status").textValue();
    }

    /** Reads to the end; answers the last event's name. */
    private static String drain(StreamReader reader) {
        String last = "";
        try (reader) {
            for (var event = reader.event(); event.isPresent(); event = reader.event())
                last = event.get().type();
        }
        return last;
    }
}
