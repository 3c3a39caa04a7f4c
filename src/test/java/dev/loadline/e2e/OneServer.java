package dev.loadline.e2e;

import com.fasterxml.jackson.databind.JsonNode;

import dev.loadline.model.FakeAnswer;
import dev.loadline.model.FakeOpenAi;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Path;

/** A server that all tests of a class ask, and the model behind it. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
abstract class OneServer {
    final FakeOpenAi model = FakeOpenAi.start();
    TestServer server;
    Api api;

    /** What {@link TestServer#start} gets. */
    String settings() {
        return "";
    }

    /** A client that may also read the readings. */
    Api operator() {
        return server.api();
    }

    /** Before the server starts. */
    void prepare(Path directory) throws IOException {}

    @BeforeAll
    void start(@TempDir Path directory) throws IOException {
        prepare(directory);
        server = TestServer.start(directory, model, settings());
        api = operator();
    }

    @AfterAll
    void stop() {
        server.close();
        model.close();
    }

    @BeforeEach
    void asUsual() {
        rests();
        model.release();
        model.always(FakeAnswer.stream("Hello", " there", "!"));
    }

    /** Waits until no turn runs or waits, and no stream is open. */
    void rests() {
        TestServer.until(
                "nothing runs",
                () -> {
                    JsonNode load = api.read("/api/ops/load");
                    return load.get("activeTurns").intValue() == 0
                            && load.get("queuedTurns").intValue() == 0
                            && load.get("streams").intValue() == 0;
                });
    }

    /** Says this, then waits to be released. */
    static FakeAnswer held(String... before) {
        return FakeAnswer.begun().texts(before).hold();
    }
}
