package dev.loadline.transport;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import com.fasterxml.jackson.databind.JsonNode;

import dev.loadline.core.Usage;
import dev.loadline.engine.Attachment;
import dev.loadline.engine.Submission;
import dev.loadline.turn.Conversation;
import dev.loadline.turn.Feed;
import dev.loadline.turn.Finish;
import dev.loadline.turn.Status;
import dev.loadline.turn.Timings;
import dev.loadline.turn.Turn;
import dev.loadline.turn.TurnEvent;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;

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

    @Test
    void attach_moves_a_turn_that_is_streamed_and_tells_of_one_that_is_over() {
        server.turns.write("t1", feed -> feed.text("one "));
        try (SocketWire wire = open()) {
            wire.send("type", "attach", "ref", "a", "turn", "t1");
            assertThat(wire.next("ok")).hasSize(2);
            String cursor = wire.next("text.delta").get("id").asText();
            done("t1", "two");
            assertThat(wire.next("text.delta").get("text").asText()).isEqualTo("two");
            wire.upTo("detached");
            wire.send("type", "attach", "ref", "b", "turn", "t1", "after", cursor);
            wire.next("ok");
            assertThat(wire.next("text.delta").get("text").asText()).isEqualTo("two");
            String last = wire.next("turn.completed").get("id").asText();
            wire.next("detached");
            wire.send("type", "attach", "ref", "c", "turn", "t1", "after", last);
            assertThat(wire.next().toString())
                    .isEqualTo("{\"type\":\"ok\",\"ref\":\"c\",\"ended\":true}");
            wire.send("type", "attach", "ref", "d", "turn", "t1", "after", "nonsense");
            JsonNode refused = wire.next("error");
            assertThat(refused.get("ref").asText()).isEqualTo("d");
            assertThat(refused.at("/problem/errors/0/path").asText()).isEqualTo("after");
        }
        rests();
    }

    @Test
    void a_turn_comes_once_however_often_it_was_asked_for_until_it_is_detached() {
        try (SocketWire wire = open()) {
            wire.send("type", "watch", "ref", "w", "conversation", "c1");
            assertThat(wire.next("ok").get("turns")).isEmpty();
            server.turns.enters("c1", "t1");
            server.turns.enters("c1", "t1");
            wire.send("type", "submit", "ref", "s", "conversation", "c1", "text", "hello");
            wire.next("ok");
            server.turns.write("t1", feed -> feed.text("once"));
            assertThat(wire.next("text.delta").get("text").asText()).isEqualTo("once");
            assertThat(server.counts.streams()).isEqualTo(1);
            wire.send("type", "unwatch", "ref", "u", "conversation", "c1");
            wire.next("ok");
            server.turns.write("t1", feed -> feed.text(" more"));
            assertThat(wire.next("text.delta").get("at").asInt())
                    .as("it was asked for")
                    .isEqualTo(4);
            wire.send("type", "detach", "ref", "x", "turn", "t1");
            wire.next("ok");
            server.turns.write("t1", feed -> feed.text(" unheard"));
            server.turns.enters("c1", "t1");
            wire.send("type", "ping", "at", 1);
            wire.next("pong");
            assertThat(server.counts.streams()).isZero();
            assertThat(server.turns.watchers()).isZero();
        }
        rests();
    }

    @Test
    void a_watch_tells_what_runs_and_was_said_and_streams_what_comes_after_its_answer() {
        server.turns.busy =
                new Conversation(
                        "c1",
                        "assistant",
                        FakeTurns.TIME,
                        FakeTurns.TIME,
                        0,
                        "t1",
                        List.of("t2"),
                        null);
        try (SocketWire wire = open()) {
            wire.send("type", "watch", "ref", "w", "conversation", "c1", "since", "m0");
            JsonNode ok = wire.next("ok");
            assertThat(ok.get("turns").toString())
                    .isEqualTo(
                            "[{\"turn\":\"t1\",\"status\":\"running\"},{\"turn\":\"t2\",\"status\":\"queued\"}]");
            assertThat(ok.get("messages")).hasSize(1);
            assertThat(ok.has("more")).isFalse();
            assertThat(server.turns.calls)
                    .containsSubsequence("watch c1", "conversation c1", "messages c1 50 null m0");
            server.turns.write("t2", feed -> feed.text("second"));
            assertThat(wire.next("text.delta").get("turn").asText()).isEqualTo("t2");
            server.turns.enters("c1", "t3");
            server.turns.write("t3", feed -> feed.text("third"));
            assertThat(wire.next("text.delta").get("turn").asText()).isEqualTo("t3");
            wire.send("type", "unwatch", "ref", "u", "conversation", "c1");
            wire.next("ok");
            assertThat(server.counts.streams()).isZero();
        }
        rests();
    }

    @Test
    void cancel_goes_to_the_engine_and_there_is_nothing_to_approve() {
        try (SocketWire wire = open()) {
            wire.send("type", "cancel", "ref", "c", "turn", "t1");
            assertThat(wire.next().toString()).isEqualTo("{\"type\":\"ok\",\"ref\":\"c\"}");
            assertThat(server.turns.calls).contains("cancel t1 user");
            wire.send(
                    "type",
                    "approve",
                    "ref",
                    "a",
                    "turn",
                    "t1",
                    "call",
                    "x",
                    "decision",
                    "approve");
            assertThat(wire.next("error").at("/problem/code").asText()).isEqualTo("not_found");
        }
    }

    @Test
    void what_a_person_felt_is_counted_once_a_turn() {
        try (SocketWire wire = open()) {
            for (int i = 0; i < 3; i++)
                wire.send("type", "felt", "turn", "t1", "firstTokenMs", 250);
            wire.send("type", "felt", "turn", "t2", "firstTokenMs", 750);
            wire.send("type", "felt", "turn", "t3", "firstTokenMs", 3_600_001);
            assertThat(wire.next("error").at("/problem/errors/0/path").asText())
                    .isEqualTo("firstTokenMs");
        }
        var felt = server.registry.get("loadline.ttft").tags("agent", "assistant", "stage", "felt");
        assertThat(felt.timer().count()).isEqualTo(2);
        assertThat(felt.timer().totalTime(TimeUnit.MILLISECONDS)).isEqualTo(1000);
    }

    @Test
    void a_new_conversation_is_made_with_the_agent_named_or_the_only_one() {
        try (SocketWire wire = open()) {
            wire.send("type", "submit", "ref", "1", "text", "hi", "attach", false);
            String made = wire.next("ok").get("conversation").asText();
            wire.send(
                    "type",
                    "submit",
                    "ref",
                    "2",
                    "conversation",
                    "mine",
                    "agent",
                    "assistant",
                    "text",
                    "hi",
                    "attach",
                    false);
            assertThat(wire.next("ok").get("conversation").asText()).isEqualTo("mine");
            wire.send("type", "submit", "ref", "3", "agent", "nobody", "text", "hi");
            assertThat(wire.next("error").at("/problem/errors/0/path").asText()).isEqualTo("agent");
            assertThat(server.turns.submissions)
                    .extracting(each -> each.conversation().id(), Submission::opensWith)
                    .containsExactly(tuple(made, "assistant"), tuple("mine", "assistant"));
            assertThat(server.turns.calls).as("nothing is made before").doesNotContain("open mine");
            assertThat(server.counts.streams()).isZero();
        }
    }

    @Test
    void what_is_wrong_with_a_request_is_named_and_the_socket_goes_on() {
        record Bad(String frame, String ref, String path) {}
        List<Bad> all =
                List.of(
                        new Bad("{\"type\":\"submt\",\"ref\":\"r\"}", "r", "type"),
                        new Bad("{\"ref\":\"r\"}", "r", "type"),
                        new Bad("{\"type\":7,\"ref\":\"r\"}", "r", "type"),
                        new Bad("{\"type\":\"cancel\",\"turn\":\"t1\"}", null, "ref"),
                        new Bad("{\"type\":\"cancel\",\"turn\":\"t1\",\"ref\":7}", null, "ref"),
                        new Bad(
                                "{\"type\":\"cancel\",\"ref\":\"" + "r".repeat(65) + "\"}",
                                null,
                                "ref"),
                        new Bad("{\"type\":\"cancel\",\"ref\":\"r\",\"turn\":null}", "r", "turn"),
                        new Bad(
                                "{\"type\":\"attach\",\"ref\":\"r\",\"turn\":\"t1\",\"aftr\":\"x\"}",
                                "r",
                                "aftr"),
                        new Bad("{\"type\":\"submit\",\"ref\":\"r\"}", "r", "text"),
                        new Bad(
                                "{\"type\":\"submit\",\"ref\":\"r\",\"text\":\"a\",\"attach\":1}",
                                "r",
                                "attach"),
                        new Bad(
                                "{\"type\":\"submit\",\"ref\":\"r\",\"text\":\"a\",\"conversation\":\"a/b\"}",
                                "r",
                                "conversation"),
                        new Bad(
                                "{\"type\":\"watch\",\"ref\":\"r\",\"conversation\":\"c1\",\"since\":\"?\"}",
                                "r",
                                "since"),
                        new Bad(
                                "{\"type\":\"approve\",\"ref\":\"r\",\"turn\":\"t1\",\"call\":\"x\",\"decision\":\"maybe\"}",
                                "r",
                                "decision"),
                        new Bad("{\"type\":\"ping\"}", null, "at"),
                        new Bad("{\"type\":\"ping\",\"at\":1e99}", null, "at"));
        try (SocketWire wire = open()) {
            for (Bad bad : all) {
                wire.text(bad.frame());
                JsonNode error = wire.next("error");
                assertThat(error.path("ref").asText(null)).as(bad.frame()).isEqualTo(bad.ref());
                assertThat(error.at("/problem/code").asText()).isEqualTo("invalid_request");
                assertThat(error.at("/problem/errors/0/path").asText())
                        .as(bad.frame())
                        .isEqualTo(bad.path());
            }
            assertThat(server.turns.submissions).isEmpty();
            assertThat(server.counts.streams()).isZero();
            wire.send("type", "cancel", "ref", "r", "turn", "not/an/id");
            assertThat(wire.next("error").at("/problem/code").asText()).isEqualTo("not_found");
        }
    }

    @Test
    void a_large_message_comes_in_fragments_and_small_ones_of_others_in_between() {
        String text = "x\uD83D\uDE00".repeat(60_000);
        done("t1", text);
        try (SocketWire wire = open()) {
            wire.send("type", "attach", "ref", "a", "turn", "t1");
            List<JsonNode> all = wire.upTo("turn.completed");
            assertThat(wire.fragments()).isGreaterThan(8);
            var joined = new StringBuilder();
            for (JsonNode each : all)
                if (each.get("type").asText().equals("text.delta")) {
                    assertThat(each.get("at").asInt()).isEqualTo(joined.length());
                    joined.append(each.get("text").asText());
                }
            assertThat(joined.toString()).isEqualTo(text);
            assertThat(all.getLast().get("text").asText()).isEqualTo(text);
        }
    }

    @Test
    void several_turns_share_a_socket_in_turn() {
        for (String turn : List.of("t1", "t2", "t3"))
            server.turns.write(turn, feed -> feed.text("w".repeat(400_000)));
        try (SocketWire wire = SocketWire.narrow(server.port, 4096)) {
            wire.next("hello");
            for (String turn : List.of("t1", "t2", "t3"))
                wire.send("type", "attach", "ref", turn, "turn", turn);
            for (int i = 0; i < 3; i++) wire.upTo("ok");
            Map<String, Integer> heard = new TreeMap<>();
            for (int i = 0; i < 60; i++)
                heard.merge(wire.next("text.delta").get("turn").asText(), 1, Integer::sum);
            assertThat(heard.values()).allMatch(count -> count >= 18);
        }
    }

    @Test
    void sockets_and_event_streams_at_one_place_share_a_wake_up_and_sockets_an_encoding() {
        try (SocketWire one = open();
                SocketWire two = open();
                Wire sse = server.wire()) {
            for (SocketWire each : List.of(one, two)) {
                each.send("type", "attach", "ref", "a", "turn", "t1");
                each.next("ok");
            }
            sse.get("/api/turns/t1/events").head();
            sse.event();
            TestServer.until(() -> server.counts.streams() == 3);
            Feed feed = server.turns.feed("t1");
            assertThat(feed.subscribers()).isEqualTo(1);
            long encoded = server.counts.framesEncoded();
            long flushes = server.counts.flushes();
            server.turns.onTurn = () -> feed.text("word");
            try (Wire other = server.wire()) {
                other.get("/api/turns/t1").answer();
            }
            one.next("text.delta");
            two.next("text.delta");
            assertThat(sse.event().orElseThrow().type()).isEqualTo("text.delta");
            assertThat(server.counts.framesEncoded() - encoded).isEqualTo(2);
            assertThat(server.counts.flushes() - flushes).isEqualTo(1);
        }
        rests();
    }

    @Test
    void a_turn_that_its_node_leaves_goes_on_by_itself_where_it_is() {
        try (SocketWire wire = open()) {
            wire.send("type", "attach", "ref", "a", "turn", "t1");
            wire.next("ok");
            server.turns.write("t1", feed -> feed.text("half"));
            wire.next("text.delta");
            Feed old = server.turns.feed("t1");
            Feed next = FakeTurns.newFeed("t1");
            Turn view = FakeTurns.view("t1", Status.RUNNING, next.start().toString(), "");
            server.turns.attachments.put(
                    "t1", new Attachment.SnapshotThenLive(view, next, next.start()));
            server.turns.write("t1", feed -> old.leave());
            assertThat(wire.next("snapshot").get("text").asText()).isEmpty();
            server.turns.write("t1", feed -> next.text("whole"));
            assertThat(wire.next("text.delta").get("text").asText()).isEqualTo("whole");
            assertThat(old.subscribers()).isZero();
        }
        rests();
    }
}
