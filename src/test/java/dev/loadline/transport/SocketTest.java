package dev.loadline.transport;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;

import dev.loadline.core.Usage;
import dev.loadline.turn.Finish;
import dev.loadline.turn.Timings;
import dev.loadline.turn.TurnEvent;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/**
 * Goal: what a socket asks is carried out, and each turn's events come on it once and in order.
 * Method: real sockets, feeds written by the test.
 */
class SocketTest {
    static final TurnEvent.Last DONE =
            new TurnEvent.Completed(Finish.STOP, Usage.NONE, Timings.NONE, null);

    private final TestServer server = new TestServer();

    @AfterEach
    void close() {
        server.close();
    }

    /** A socket past its hello. */
    private SocketWire open() {
        SocketWire wire = SocketWire.open(server.port);
        wire.next("hello");
        return wire;
    }

    private void done(String turn, String text) {
        server.turns.write(
                turn,
                feed -> {
                    feed.text(text);
                    feed.happened(DONE);
                });
    }

    private void rests() {
        TestServer.until(
                () ->
                        server.counts.streams() == 0
                                && server.counts.connections() == 0
                                && server.counts.stalled() == 0
                                && server.metrics.sockets().open() == 0
                                && server.turns.watchers() == 0);
    }

    @Test
    void a_submitted_turn_is_answered_and_then_streamed_to_its_end() {
        try (SocketWire wire = SocketWire.open(server.port)) {
            assertThat(wire.shaken().status()).isEqualTo(101);
            assertThat(wire.shaken().headers())
                    .containsEntry("sec-websocket-protocol", "loadline.v1")
                    .doesNotContainKey("sec-websocket-extensions");
            assertThat(wire.next().toString())
                    .isEqualTo(
                            "{\"type\":\"hello\",\"node\":\"n1\",\"principal\":\"local/dev\",\"heartbeatMs\":20000}");
            wire.send("type", "submit", "ref", "r1", "conversation", "c1", "text", "hello");
            assertThat(wire.next().toString())
                    .isEqualTo(
                            "{\"type\":\"ok\",\"ref\":\"r1\",\"turn\":\"t1\",\"conversation\":\"c1\",\"duplicate\":false}");
            server.turns.write("t1", feed -> feed.happened(new TurnEvent.Started("n1", 1)));
            assertThat(wire.next().toString())
                    .isEqualTo(
                            "{\"type\":\"turn.started\",\"id\":\"t1.1.1.0\",\"turn\":\"t1\",\"node\":\"n1\",\"attempt\":1}");
            server.turns.write("t1", feed -> feed.text("Hi"));
            assertThat(wire.next().toString())
                    .isEqualTo(
                            "{\"type\":\"text.delta\",\"id\":\"t1.1.1.2\",\"turn\":\"t1\",\"step\":1,\"at\":0,\"text\":\"Hi\"}");
            server.turns.write("t1", feed -> feed.happened(DONE));
            JsonNode last = wire.next("turn.completed");
            assertThat(last.get("text").asText()).isEqualTo("Hi");
            assertThat(wire.next().toString())
                    .isEqualTo("{\"type\":\"detached\",\"turn\":\"t1\",\"reason\":\"ended\"}");
            wire.send("type", "ping", "at", 1.5);
            assertThat(wire.next().toString()).isEqualTo("{\"type\":\"pong\",\"at\":1.5}");
            assertThat(wire.goodbye(1000).code()).isEqualTo(1000);
        }
        rests();
        assertThat(server.turns.feed("t1").subscribers()).isZero();
    }
}
