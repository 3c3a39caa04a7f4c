package dev.loadline.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.loadline.model.FakeAnswer;
import dev.loadline.model.FakeOpenAi;
import dev.loadline.model.FakeProvider;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.sql.Connection;
import java.sql.DriverManager;
import java.time.Duration;
import java.util.List;
import java.util.Map;

/**
 * Goal: a start that cannot be tells why in one sentence, with the fix, and harms nobody; one that
 * can says what it serves. Method: the command line in a process of its own.
 */
class StartTest {
    private static final Duration SOON = Duration.ofSeconds(40);
    private static final FakeAnswer HELD =
            FakeAnswer.begun().texts("one ", "two ").hold().texts("three").ended();

    private final FakeOpenAi model = FakeOpenAi.start();

    @TempDir Path directory;

    @AfterEach
    void end() {
        model.close();
    }

    @Test
    void a_port_that_is_taken_is_named_with_the_fix() throws Exception {
        try (var taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            int port = taken.getLocalPort();
            Path database = directory.resolve("x.db");
            Path config = Configured.with(directory, model.url(), "1s", database, port);
            try (ServerProcess server = ServerProcess.launch(config)) {
                refused(server, 1, "the port " + port + " on 127.0.0.1 is taken", "--port");
            }
        }
    }

    @Test
    void a_start_without_a_port_begins_nothing_that_waits() throws Exception {
        String turn;
        model.always(HELD);
        Path config = Configured.with(directory, model.url(), "1s");
        try (ServerProcess server = ServerProcess.serve(config);
                var http = new PlainHttp(server.port())) {
            turn = submit(http, "Hello", "k");
            assertThat(model.request(1).path()).endsWith("/chat/completions");
            server.kill9();
        }
        try (var taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            Path other =
                    Configured.with(
                            directory,
                            model.url(),
                            "1s",
                            directory.resolve("loadline.db"),
                            taken.getLocalPort());
            for (int i = 0; i < 4; i++) { // one more than a turn is begun again
                try (ServerProcess server = ServerProcess.launch(other)) {
                    refused(server, 1, "is taken");
                }
            }
        }
        assertThat(model.requests()).as("the model was not asked again").isEqualTo(1);
        model.always(FakeAnswer.stream("fine"));
        Path again = Configured.with(directory, model.url(), "1s");
        try (ServerProcess server = ServerProcess.serve(again);
                EventStream stream = EventStream.of(server.port(), turn, null)) {
            HeldTurn held = new HeldTurn();
            assertThat(held.follow(stream)).isTrue();
            assertThat(held.text()).as(String.valueOf(held.end())).isEqualTo("fine");
        }
    }

    @Test
    void a_second_process_is_turned_away_and_the_first_serves_on() throws Exception {
        model.always(HELD);
        Path config = Configured.with(directory, model.url(), "1s");
        try (ServerProcess first = ServerProcess.serve(config);
                var http = new PlainHttp(first.port())) {
            http.open("c");
            try (EventStream stream =
                    EventStream.submit(http.port(), "c", Map.of("text", "Hello", "key", "k"))) {
                HeldTurn held = new HeldTurn();
                while (!held.text().equals("one two ")) held.take(stream.next());
                for (int i = 0; i < 2; i++) {
                    try (ServerProcess second = ServerProcess.launch(config)) {
                        refused(
                                second,
                                1,
                                directory.resolve("loadline.db").toRealPath().toString(),
                                "process " + first.pid());
                    }
                    submit(http, "More " + i, "k" + i);
                }
                model.release();
                assertThat(held.follow(stream)).isTrue();
                assertThat(held.text()).isEqualTo("one two three");
            }
            model.always(FakeAnswer.stream("fine"));
            first.kill9(); // also what was acknowledged meanwhile is on the disk
        }
        try (ServerProcess again = ServerProcess.serve(config);
                var http = new PlainHttp(again.port())) {
            assertThat(http.get("/api/conversations/c/messages").json().get("items"))
                    .extracting(message -> message.get("text").asText())
                    .contains("Hello", "one two three", "More 0", "More 1");
        }
    }

    @Test
    void all_errors_of_a_configuration_are_told_at_once() throws Exception {
        Path config = directory.resolve("wrong.yaml");
        Files.writeString(
                config,
                """
                servre: {}
                server: { port: 70000, drainGrace: soon }
                agents: { a: { model: none } }
                """);
        try (ServerProcess server = ServerProcess.launch(config)) {
            assertThat(server.exitCode(SOON)).isEqualTo(2);
            assertThat(server.out()).isEmpty();
            assertThat(server.err())
                    .hasSize(5)
                    .anyMatch(
                            line ->
                                    line.contains("wrong.yaml:1: servre")
                                            && line.contains("server"))
                    .anyMatch(line -> line.contains("wrong.yaml:2: server.port"))
                    .anyMatch(line -> line.contains("wrong.yaml:2: server.drainGrace"))
                    .anyMatch(line -> line.contains("wrong.yaml:3: agents.a.model"))
                    .last()
                    .isEqualTo("loadline: not started: the configuration has 4 errors.");
        }
    }

    @Test
    void a_directory_that_cannot_be_made_or_written_is_named() throws Exception {
        Path inTheWay = Files.writeString(directory.resolve("file"), "I am no directory");
        notOpened(inTheWay.resolve("loadline.db"));
        notOpened(Files.createDirectory(directory.resolve("directory.db")));
        Path readOnly =
                Files.createDirectory(
                        directory.resolve("read-only"),
                        PosixFilePermissions.asFileAttribute(
                                PosixFilePermissions.fromString("r-xr-xr-x")));
        if (!Files.isWritable(readOnly)) notOpened(readOnly.resolve("loadline.db"));
        Path processes = Path.of("/proc"); // where not even root can make a directory
        if (Files.isDirectory(processes)) notOpened(processes.resolve("loadline/loadline.db"));
    }

    private void notOpened(Path database) {
        Path config = Configured.with(directory, model.url(), "1s", database, 0);
        try (ServerProcess server = ServerProcess.launch(config)) {
            refused(server, 1, "the database " + database + " can't be opened");
            assertThat(server.err().getLast()).doesNotContain("Exception");
        }
    }

    @Test
    void a_database_that_is_none_is_left_alone() throws Exception {
        Path database = directory.resolve("notes.txt");
        String notes = "My notes, which I would not like to lose. ".repeat(100);
        Files.writeString(database, notes);
        notOpened(database);
        assertThat(database).hasContent(notes);
    }

    @Test
    void a_database_of_a_newer_server_is_refused() throws Exception {
        Path config = Configured.with(directory, model.url(), "1s");
        try (ServerProcess server = ServerProcess.serve(config)) {
            server.terminate();
            assertThat(server.exitCode(SOON)).isZero();
        }
        Path database = directory.resolve("loadline.db");
        try (Connection connection = DriverManager.getConnection("jdbc:sqlite:" + database);
                var statement = connection.createStatement()) {
            statement.executeUpdate("UPDATE flyway_schema_history SET version = '99'");
        }
        try (ServerProcess server = ServerProcess.launch(config)) {
            refused(server, 1, database.toString(), "schema version 99", "newer server");
        }
    }

    @Test
    void version_is_told() {
        try (ServerProcess process = ServerProcess.run(directory, Map.of(), "version")) {
            assertThat(process.exitCode(SOON)).isZero();
            assertThat(process.out()).containsExactly("loadline dev");
            assertThat(process.err()).isEmpty();
        }
    }

    @Test
    void a_model_of_the_environment_answers_and_its_key_stays_secret() throws Exception {
        model.always(FakeAnswer.stream("from ", "afar"));
        Map<String, String> environment =
                Map.of("OPENAI_BASE_URL", model.url(), "OPENAI_API_KEY", "sk-very-secret");
        answersFrom(environment, "gpt-4o-mini at " + model.url(), "Bearer sk-very-secret", 1);
        Map<String, String> named =
                Map.of(
                        "LOADLINE_MODEL",
                        "my-model@" + model.url(),
                        "OPENAI_API_KEY",
                        "sk-very-secret");
        answersFrom(named, "my-model at " + model.url(), null, 2);
    }

    private void answersFrom(
            Map<String, String> environment, String named, String authorization, int request)
            throws Exception {
        try (ServerProcess server =
                        ServerProcess.run(directory, environment, "serve", "--port", "0");
                var http = new PlainHttp(server.port())) {
            assertThat(server.startLine()).contains(named);
            http.open("c" + request);
            try (EventStream stream =
                    EventStream.submit(
                            http.port(), "c" + request, Map.of("text", "Hello", "key", "k"))) {
                HeldTurn held = new HeldTurn();
                assertThat(held.follow(stream)).isTrue();
                assertThat(held.text()).isEqualTo("from afar");
            }
            FakeProvider.Seen seen = model.request(request);
            assertThat(seen.path()).isEqualTo("/v1/chat/completions");
            assertThat(seen.headers().get("authorization")).isEqualTo(authorization);
            server.terminate();
            assertThat(server.exitCode(SOON)).isZero();
            assertThat(server.toString()).doesNotContain("sk-very-secret");
        }
        assertThat(directory.resolve("data/loadline.db")).exists();
    }

    @Test
    void a_wrong_variable_is_named_and_its_secret_is_not_told() {
        Map<String, String> environment =
                Map.of("OPENAI_BASE_URL", "not a url", "OPENAI_API_KEY", "sk-very-secret");
        try (ServerProcess server =
                ServerProcess.run(directory, environment, "serve", "--port", "0")) {
            refused(server, 1, "OPENAI_");
            assertThat(server.toString()).doesNotContain("sk-very-secret");
        }
    }

    private static String submit(PlainHttp http, String text, String key) {
        http.open("c");
        PlainHttp.Answer submitted =
                http.post("/api/conversations/c/turns", Map.of("text", text, "key", key));
        assertThat(submitted.status()).isEqualTo(202);
        return submitted.json().get("turn").asText();
    }

    /** It ends with this code and one sentence that has all these words. */
    private static void refused(ServerProcess server, int code, String... words) {
        assertThat(server.exitCode(SOON)).as(server.toString()).isEqualTo(code);
        assertThat(server.out()).isEmpty();
        List<String> told = server.err().stream().filter(line -> !line.contains(" INFO ")).toList();
        assertThat(told).singleElement().asString().startsWith("loadline: not started: ");
        assertThat(told.getFirst()).contains(words);
    }
}
