package dev.loadline.e2e;

import dev.loadline.clients.RealClients;

import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.util.Map;

/**
 * Goal: who holds on to a turn with {@code loadline.js} sees exactly what was said, whatever
 * happens to the connections. Method: its parts and its manners against sockets, HTTP and a clock
 * that a script plays; the whole of it in Node against a real server, behind a proxy that cuts.
 */
class LoadlineClientTest extends OneServer {
    private static final int SECONDS = 120;

    /** Where the script that is told of it has a model. */
    private final int modelPort = freePort();

    @Override
    String settings() {
        return """
          endless: { provider: openai, url: "http://127.0.0.1:%d/v1", apiKey: some-secret, model: any }
        agents:
          assistant: { model: endless, instructions: You answer. }
        """
                .formatted(modelPort);
    }

    private static int freePort() {
        try (var socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @BeforeAll
    static void prepared() {
        RealClients.place();
    }

    @ParameterizedTest
    @ValueSource(strings = {"parts", "connections", "types", "storm"})
    void by_itself_it_is_what_it_says(String script) {
        RealClients.test("loadline-" + script + ".test.js", Map.of(), SECONDS);
    }

    @ParameterizedTest
    @ValueSource(strings = {"sse", "websocket"})
    void cut_at_random_twenty_times_an_answer_is_exact(String transport) {
        RealClients.test(
                "loadline-cut.test.js",
                Map.of(
                        "BY",
                        transport,
                        "SERVER",
                        "http://127.0.0.1:" + server.port(),
                        "MODEL_PORT",
                        String.valueOf(modelPort)),
                SECONDS);
    }
}
