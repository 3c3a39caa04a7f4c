package dev.loadline.e2e;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;

import dev.loadline.clients.RealClients;
import dev.loadline.model.FakeAnswer;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;

/**
 * Goal: programs that speak OpenAI's API get on with us without a change. Method: their own clients
 * against the whole server; a door of the test's own tells them what the model is asked.
 */
class OpenAiClientsTest extends OneServer {
    private static final String ERROR = "{\"error\":{\"message\":\"no\",\"type\":\"t\"}}";

    private static final Map<String, FakeAnswer> ANSWERS =
            Map.of(
                    "hello", FakeAnswer.stream("Hello", " there", "!"),
                    "thoughtful",
                            FakeAnswer.begun().reasoning("Hm.").texts("Hello", " there!").ended(),
                    "held", held("So far"),
                    "broken", FakeAnswer.begun().texts("So far").cut(),
                    "refusal", FakeAnswer.status(400, ERROR),
                    "unavailable", FakeAnswer.status(503, ERROR),
                    "late", later(1800),
                    "soon", later(400));

    private HttpServer door;

    private static FakeAnswer later(int ms) {
        return FakeAnswer.begun().pause(Duration.ofMillis(ms)).texts("Hello at last!").ended();
    }

    @Override
    String settings() {
        return """
          rehearsal: { provider: rehearsal }
        guard: { default: { retryBudget: 0, concurrency: 2000 } }
        agents:
          assistant: {}
          other: {}
          rehearser: { model: rehearsal }
        """;
    }

    @BeforeEach
    void open() throws IOException {
        door = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        door.createContext("/next", this::next);
        door.createContext("/counts", this::counts);
        door.start();
    }

    @AfterEach
    void shut() {
        door.stop(0);
    }

    private void next(HttpExchange asked) throws IOException {
        String names = asked.getRequestURI().getQuery().substring("answers=".length());
        for (String name : List.of(names.split(",", -1))) model.next(ANSWERS.get(name));
        answer(asked, "{}");
    }

    private void counts(HttpExchange asked) throws IOException {
        answer(asked, Api.json("requests", model.requests(), "closed", model.closedByClient()));
    }

    private static void answer(HttpExchange asked, String json) throws IOException {
        byte[] bytes = json.getBytes(StandardCharsets.UTF_8);
        asked.sendResponseHeaders(200, bytes.length);
        try (var out = asked.getResponseBody()) {
            out.write(bytes);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"openai.test.js", "ai-sdk.test.js"})
    void their_own_clients_get_on_with_us(String script) {
        Map<String, String> environment =
                Map.of(
                        "LOADLINE_URL", "http://127.0.0.1:" + server.port(),
                        "UPSTREAM_DOOR", "http://127.0.0.1:" + door.getAddress().getPort());
        RealClients.test(script, environment, 60);
    }
}
