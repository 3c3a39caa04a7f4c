package dev.loadline.e2e;

import static dev.loadline.e2e.Measured.figure;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.nio.file.Path;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

/**
 * Goal: it is known how long the largest inputs that are allowed occupy an event loop. Method: each
 * of them over a real socket, the JVM's method timing around every task and every read of a socket.
 * Figures only: how long the clock runs depends on the machine.
 */
class LoopOccupationTest {
    private static final String TASK = "AbstractEventExecutor::runTask";
    private static final String READ = "NioIoHandler::processSelectedKey";
    private static final List<String> TIMED =
            List.of("io.netty.util.concurrent." + TASK, "io.netty.channel.nio." + READ);
    private static final int MESSAGE_MAX = 262_144;
    private static final int LONG_MESSAGES = 200;
    private static final int LONG_MESSAGE = 5_000;

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
    void the_longest_message() {
        String text = "word ".repeat(MESSAGE_MAX / 5);
        occupies("a message of 262,144 characters", () -> drain(server.submitAndRead(text)));
    }

    @Test
    void an_answer_of_a_mebibyte() {
        upstream.answers(Upstream.Answer.of(Collections.nCopies(16_384, "x".repeat(64)), 64));
        String turn = server.submit("go on");
        Measured.await("the turn's end", () -> status(turn).equals("completed"));
        occupies(
                "streaming 1 MiB and its last event",
                () -> assertThat(drain(server.submitAndRead("again"))).isEqualTo("turn.completed"));
        occupies(
                "a reader that comes after it",
                () -> assertThat(drain(server.read(turn))).isEqualTo("turn.completed"));
        occupies("the turn as JSON", () -> assertThat(status(turn)).isEqualTo("completed"));
    }

    @Test
    void a_conversation_of_long_messages() {
        String conversation = server.conversation();
        upstream.answers(Upstream.Answer.of(List.of("well ".repeat(LONG_MESSAGE / 5)), 1));
        for (int i = 0; i < LONG_MESSAGES / 2; i++) {
            String turn = server.submit(conversation, i + " word".repeat(LONG_MESSAGE / 5));
            drain(server.read(turn));
        }
        String messages = "/api/conversations/" + conversation + "/messages?limit=200";
        occupies(
                "a page of 200 messages of 5,000 characters",
                () ->
                        assertThat(server.ask("GET", messages, "").get("items"))
                                .hasSize(LONG_MESSAGES));
        occupies(
                "a turn after 200 messages of 5,000 characters",
                () -> drain(server.read(server.submit(conversation, "and now?"))));
    }

    /** The middle one of three: one may meet a class that is loaded, or a busy neighbour. */
    private static void occupies(String what, Runnable work) {
        work.run();
        List<Map<String, Measured.Timing>> runs =
                IntStream.range(0, 3).mapToObj(run -> Measured.timings(TIMED, work)).toList();
        figure(
                "loop occupation, %s: longest task %.1f ms, longest handling of a socket %.1f ms"
                        .formatted(what, middle(runs, TASK), middle(runs, READ)));
    }

    private static double middle(List<Map<String, Measured.Timing>> runs, String method) {
        return runs.stream()
                .mapToDouble(run -> run.get(method).longest().toNanos() / 1e6)
                .sorted()
                .skip(runs.size() / 2)
                .findFirst()
                .orElseThrow();
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
