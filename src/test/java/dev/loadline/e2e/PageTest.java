package dev.loadline.e2e;

import dev.loadline.clients.RealClients;
import dev.loadline.model.FakeAnswer;

import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;

/**
 * Goal: the page at {@code /} is a chat that holds on. Method: Chromium before this server, driven
 * by {@code page.test.js}; pictures to look at lie in {@code target/page}.
 */
class PageTest extends OneServer {
    private static final Path PICTURES = Path.of("target/page");

    @Override
    String settings() {
        return """
          rehearsal: { provider: rehearsal }
        agents:
          assistant: { model: rehearsal, description: "Answers questions, streams, and says that it only rehearses." }
          broken: { model: main, description: "Its model refuses everything." }
        """;
    }

    @Test
    void a_person_can_chat() throws IOException {
        model.always(
                FakeAnswer.status(
                        400, "{\"error\":{\"message\":\"no such model\",\"type\":\"bad\"}}"));
        Files.createDirectories(PICTURES);
        RealClients.test(
                "page.test.js",
                Map.of(
                        "SERVER",
                        "http://127.0.0.1:" + server.port(),
                        "CHROMIUM",
                        RealClients.chromium(),
                        "SHOTS",
                        PICTURES.toAbsolutePath().toString()),
                240);
    }
}
