package dev.loadline.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;

import dev.loadline.model.FakeAnswer;
import dev.loadline.model.FakeOpenAi;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.DriverManager;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Goal: while the store fails nothing is acknowledged, what runs says its text to the end, and no
 * last event comes before it is stored; nothing spins or piles up meanwhile. Method: a real process
 * whose database is locked by another one, may not grow, or is deleted, in the middle of an answer.
 */
class StoreFaultsTest {
    private static final Path JAVA = Path.of(System.getProperty("java.home"), "bin");
    private static final FakeAnswer HELD =
            FakeAnswer.begun().texts("one ", "two ").hold().texts("three").ended();

    private final FakeOpenAi model = FakeOpenAi.start();

    @TempDir Path directory;

    @AfterEach
    void end() {
        model.close();
    }

    @Test
    void a_database_that_another_process_locks() throws Exception {
        try (var world = new World();
                var other = DriverManager.getConnection("jdbc:sqlite:" + database());
                var statement = other.createStatement()) {
            statement.execute("BEGIN IMMEDIATE");
            world.fails(3);
            statement.execute("ROLLBACK");
            world.recovers(3);
        }
    }

    @Test
    void a_database_that_may_not_grow() throws Exception {
        try (var world = new World()) {
            limitFileSize(world.server, "0");
            world.fails(20);
            limitFileSize(world.server, "unlimited");
            world.recovers(20);
        }
    }

    @Test
    void a_database_that_is_deleted() throws Exception {
        try (var world = new World()) {
            for (String suffix : List.of("", "-wal", "-shm"))
                Files.deleteIfExists(Path.of(database() + suffix));
            world.fails(200);
            world.server.awaitLog(
                    "what happened and what to do",
                    line -> line.contains("removed or replaced") && line.contains("restarted"));
            Files.createFile(database()); // another file in its place is not the database
            world.refusesAll(3);
            world.server.terminate();
            assertThat(world.held.follow(world.stream)).as("no last event").isFalse();
            assertThat(world.server.exitCode(Duration.ofSeconds(12)))
                    .as(world.server.toString())
                    .isZero();
            try (ServerProcess again = ServerProcess.serve(config());
                    var http = new PlainHttp(again.port())) {
                assertThat(http.get("/api/turns/" + world.turn).status()).isEqualTo(404);
                http.open("c");
                assertThat(world.submit(http, 1).status()).isEqualTo(202);
            }
        }
    }

    private Path config() {
        return Configured.with(directory, model.url(), "1s");
    }

    private Path database() {
        return directory.resolve("loadline.db");
    }

    private static void limitFileSize(ServerProcess server, String bytes) throws Exception {
        run("prlimit", "--pid", Long.toString(server.pid()), "--fsize=" + bytes + ":");
    }

    private static String run(String... command) throws IOException, InterruptedException {
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor()).as(said).isZero();
        return said;
    }

    /** A server with a turn in the middle of its answer. */
    private final class World implements AutoCloseable {
        private final ServerProcess server = ServerProcess.serve(config());
        private final PlainHttp http = new PlainHttp(server.port());
        private final HeldTurn held = new HeldTurn();
        private final EventStream stream;
        private final String turn;
        private CompletableFuture<EventStream.Event> pending; // asked for while the store failed

        World() throws IOException {
            model.next(HELD).always(FakeAnswer.stream("fine"));
            http.open("running");
            http.open("c");
            stream =
                    EventStream.submit(http.port(), "running", Map.of("text", "Hello", "key", "k"));
            assertThat(stream.status()).isEqualTo(200);
            turn = stream.header("Loadline-Turn");
            untilText(held, stream, "one two ");
        }

        private PlainHttp.Answer submit(PlainHttp to, int number) {
            return to.post(
                    "/api/conversations/c/turns",
                    Map.of("text", "Question " + number, "key", "k" + number));
        }

        /** What must hold while the store fails. */
        void fails(int submits) throws Exception {
            Duration before = server.processorTime();
            int linesBefore = server.err().size();
            long begun = System.nanoTime();
            refusesAll(submits);
            assertThat(http.ready()).isEqualTo(200);
            model.release();
            untilText(held, stream, "one two three");
            try (EventStream second = EventStream.of(http.port(), turn, null)) {
                assertThat(second.status()).as("a live turn can be followed").isEqualTo(200);
                HeldTurn other = new HeldTurn();
                untilText(other, second, "one two three");
                assertThat(other.over()).isFalse();
                try (EventStream third = EventStream.of(http.port(), turn, other.cursor())) {
                    assertThat(third.status()).as("and resumed").isEqualTo(200);
                }
            }
            restsFor(Duration.ofSeconds(3));
            refusesAll(1);
            Duration took = Duration.ofNanos(System.nanoTime() - begun);
            Duration worked = server.processorTime().minus(before);
            System.out.printf(
                    "FIGURE store fails for %d ms, %d submits refused: %d ms of processor time, %d"
                            + " log lines%n",
                    took.toMillis(),
                    submits + 1,
                    worked.toMillis(),
                    server.err().size() - linesBefore);
            assertThat(server.err().size() - linesBefore).as(server.toString()).isLessThan(12);
            assertThat(live("dev.loadline.engine.LiveTurn")).isEqualTo(1);
            assertThat(live("dev.loadline.store.Ask")).isLessThan(submits + 10);
            assertThat(live("dev.loadline.engine.Submitting\\$Attempt"))
                    .isLessThanOrEqualTo(submits + 1);
        }

        /** Nobody asks anything: the processor is hardly used, and no last event comes. */
        private void restsFor(Duration time) {
            Duration before = server.processorTime();
            CompletableFuture<EventStream.Event> next = CompletableFuture.supplyAsync(stream::next);
            assertThat(next.copy().completeOnTimeout(null, time.toMillis(), TimeUnit.MILLISECONDS))
                    .succeedsWithin(time.plusSeconds(5))
                    .as("nothing comes before it is stored")
                    .isNull();
            pending = next;
            assertThat(server.processorTime().minus(before))
                    .as("processor time of %s of rest", time)
                    .isLessThan(time.dividedBy(5));
        }

        void refusesAll(int submits) {
            for (int i = 1; i <= submits; i++) {
                long asked = System.nanoTime();
                PlainHttp.Answer refused = submit(http, i);
                assertThat(refused.status()).as(refused.toString()).isEqualTo(503);
                assertThat(refused.code()).isEqualTo("store_unavailable");
                assertThat(refused.json().get("retryable").asBoolean()).isTrue();
                assertThat(Long.parseLong(refused.header("Retry-After"))).isBetween(1L, 4L);
                assertThat(Duration.ofNanos(System.nanoTime() - asked))
                        .isLessThan(Duration.ofSeconds(11));
            }
        }

        /** Instances on the heap after a collection. */
        private long live(String type) throws Exception {
            String all =
                    run(
                            JAVA.resolve("jcmd").toString(),
                            Long.toString(server.pid()),
                            "GC.class_histogram");
            Matcher line =
                    Pattern.compile("(?m)^ *\\d+: +(\\d+) +\\d+ +" + type + "(?: .*)?$")
                            .matcher(all);
            return line.find() ? Long.parseLong(line.group(1)) : 0;
        }

        /** What must hold once the store is back. */
        void recovers(int submits) throws Exception {
            held.take(pending.get(20, TimeUnit.SECONDS));
            assertThat(held.lastEvent()).isEqualTo("turn.completed");
            assertThat(held.follow(stream)).isTrue();
            assertThat(held.text()).isEqualTo("one two three");
            JsonNode stored = http.get("/api/turns/" + turn).json();
            assertThat(stored.get("status").asText()).isEqualTo("completed");
            assertThat(stored.get("text").asText()).isEqualTo("one two three");
            List<String> turns = new ArrayList<>();
            for (int i = 1; i <= submits; i++) turns.add(accepted(i));
            for (String each : turns) {
                try (EventStream events = EventStream.of(http.port(), each, null)) {
                    HeldTurn answer = new HeldTurn();
                    assertThat(answer.follow(events)).isTrue();
                    assertThat(answer.text()).isEqualTo("fine");
                }
            }
            List<String> asked = new ArrayList<>();
            for (JsonNode message :
                    http.get("/api/conversations/c/messages?limit=200").json().get("items"))
                if (message.get("role").asText().equals("user"))
                    asked.add(message.get("key").asText());
            assertThat(asked).doesNotHaveDuplicates().hasSize(submits);
            assertThat(turns).doesNotHaveDuplicates();
            server.terminate();
            assertThat(server.exitCode(Duration.ofSeconds(12))).as(server.toString()).isZero();
        }

        /** The message comes again with its key, until it is taken: four may wait at a time. */
        private String accepted(int number) {
            List<PlainHttp.Answer> last = new ArrayList<>();
            WaitFor.holds(
                    "submit " + number,
                    () -> {
                        last.add(submit(http, number));
                        return last.getLast().status() == 202;
                    });
            return last.getLast().json().get("turn").asText();
        }

        @Override
        public void close() throws IOException {
            stream.close();
            http.close();
            server.close();
        }
    }

    private static void untilText(HeldTurn held, EventStream stream, String text) {
        while (!held.text().equals(text)) {
            EventStream.Event event = stream.next();
            assertThat(event).as("before " + text).isNotNull();
            held.take(event);
        }
    }
}
