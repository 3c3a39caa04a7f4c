package dev.loadline.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;

import dev.loadline.model.FakeAnswer;
import dev.loadline.model.FakeOpenAi;
import dev.loadline.transport.SocketWire;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.nio.file.Path;

/**
 * Goal: a server that goes tells its sockets so, and what ran on one goes on for who comes back.
 * Method: a whole server that is ended in the middle of an answer and lives again.
 */
class SocketShutdownTest {
    @TempDir Path directory;

    @Test
    void a_socket_is_told_to_come_back_and_its_turn_goes_on_in_the_next_life() {
        try (FakeOpenAi model = FakeOpenAi.start();
                TestServer server = TestServer.start(directory, model)) {
            model.always(FakeAnswer.begun().texts("Half ", "of it").hold());
            SocketWire before = SocketWire.open(server.port());
            before.next("hello");
            before.send("type", "submit", "ref", "s", "agent", "assistant", "text", "go on");
            String turn = before.next("ok").get("turn").asText();
            JsonNode delta = before.upTo("text.delta").getLast();
            String cursor = delta.get("id").asText();
            model.always(FakeAnswer.stream("All ", "of it"));
            server.restart();
            assertThat(before.upTo("drain").getLast().get("reconnectAfterMs").asLong())
                    .isBetween(0L, 5_000L);
            assertThat(before.closed().code()).isEqualTo(1001);
            before.close();
            model.release();
            try (SocketWire after = SocketWire.open(server.port())) {
                after.next("hello");
                after.send("type", "attach", "ref", "a", "turn", turn, "after", cursor);
                after.next("ok");
                assertThat(after.next().get("type").asText()).isIn("snapshot", "text.reset");
                assertThat(after.upTo("turn.completed").getLast().get("text").asText())
                        .isEqualTo("All of it");
                after.next("detached");
            }
        }
    }
}
