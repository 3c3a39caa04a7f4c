package dev.loadline.transport;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;

import dev.loadline.core.Problem;
import dev.loadline.core.Usage;
import dev.loadline.engine.Attachment;
import dev.loadline.turn.Cursor;
import dev.loadline.turn.Feed;
import dev.loadline.turn.Finish;
import dev.loadline.turn.Status;
import dev.loadline.turn.Timings;
import dev.loadline.turn.TurnEvent;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * Goal: each stream carries exactly what follows its cursor, once, and ends with one last event.
 * Method: real sockets, feeds written by the test, manual time.
 */
class SseTest {
    private static final TurnEvent.Last DONE =
            new TurnEvent.Completed(Finish.STOP, Usage.NONE, Timings.NONE, null);

    private final TestServer server = new TestServer();

    @AfterEach
    void close() {
        server.close();
    }

    private Wire follow(String turn, String... headers) {
        return server.wire().get("/api/turns/" + turn + "/events", headers);
    }

    private static void say(Feed feed) {
        feed.happened(new TurnEvent.Started("n1", 1));
        feed.stepBegins(1);
        feed.reasoning("Hm\u2026 ");
        feed.text("A \"quoted\"\nl\u00efne \uD83D");
        feed.text("\uDE00 and ");
        feed.reasoning("more");
        feed.text("\uD83D\uDC4D\uD83C\uDFFD");
        feed.reset("retry");
        feed.text("Once \uD83D\uDE80 more");
        feed.stepEnds();
        feed.stepBegins(2);
        feed.text("; second step \u0001");
        feed.stepEnds();
        feed.happened(DONE);
    }

    /** What a client holds that follows API.md: text per step, a delta only past its own length. */
    private static final class Client {
        final Map<Integer, StringBuilder> steps = new TreeMap<>();
        final List<Wire.Event> events = new ArrayList<>();

        void take(Wire.Event event) {
            if (event.type().isEmpty()) return;
            events.add(event);
            JsonNode data = event.json();
            int step = data.path("step").asInt();
            if (event.type().equals("text.reset")) steps.remove(step);
            if (!event.type().equals("text.delta")) return;
            StringBuilder text = steps.computeIfAbsent(step, s -> new StringBuilder());
            assertThat(data.get("at").asInt()).as("no gap, no overlap").isEqualTo(text.length());
            text.append(data.get("text").asText());
        }

        String text() {
            return String.join("", steps.values());
        }
    }

    @Test
    void a_submitted_turn_streams_its_events_and_ends_with_its_last() {
        try (Wire wire = server.wire()) {
            wire.post(
                    "/api/conversations/c1/turns",
                    "{\"text\":\"hello\"}",
                    "Accept: text/event-stream");
            Wire.Answer head = wire.head();
            assertThat(head.status()).isEqualTo(200);
            assertThat(head.headers())
                    .containsEntry("content-type", "text/event-stream; charset=utf-8")
                    .containsEntry("cache-control", "no-cache, no-transform")
                    .containsEntry("x-accel-buffering", "no")
                    .containsEntry("transfer-encoding", "chunked")
                    .containsEntry("loadline-turn", "t1")
                    .containsEntry("loadline-duplicate", "false");
            assertThat(wire.event().orElseThrow().comment()).isEqualTo("retry: 1000");
            server.turns.write("t1", feed -> feed.happened(new TurnEvent.Started("n1", 1)));
            Wire.Event started = wire.event().orElseThrow();
            assertThat(started.type()).isEqualTo("turn.started");
            assertThat(started.id()).isEqualTo("t1.1.1.0");
            assertThat(started.data()).isEqualTo("{\"turn\":\"t1\",\"node\":\"n1\",\"attempt\":1}");
            server.turns.write("t1", feed -> feed.text("Hi"));
            assertThat(wire.event().orElseThrow().data())
                    .isEqualTo("{\"turn\":\"t1\",\"step\":1,\"at\":0,\"text\":\"Hi\"}");
            server.turns.write("t1", feed -> feed.happened(DONE));
            List<Wire.Event> rest = wire.events();
            assertThat(rest).hasSize(1);
            assertThat(rest.getFirst().type()).isEqualTo("turn.completed");
            assertThat(rest.getFirst().json().get("text").asText()).isEqualTo("Hi");
            assertThat(rest.getFirst().json().get("answer").asText()).isEqualTo("Hi");
            wire.get("/api/me"); // the connection serves on
            assertThat(wire.answer().status()).isEqualTo(200);
        }
        TestServer.until(() -> server.counts.streams() == 0);
        assertThat(server.turns.feed("t1").subscribers()).isZero();
    }

    @Test
    void a_resume_at_every_cursor_gives_the_very_rest() {
        server.turns.write("t1", SseTest::say);
        Feed feed = server.turns.feed("t1");
        var whole = new Client();
        try (Wire wire = follow("t1")) {
            wire.head();
            wire.events().forEach(whole::take);
        }
        String text = "Once \uD83D\uDE80 more; second step \u0001";
        assertThat(whole.text()).isEqualTo(text);
        Wire.Event last = whole.events.getLast();
        assertThat(last.json().get("text").asText()).isEqualTo(text);
        assertThat(last.json().get("answer").asText()).isEqualTo("; second step \u0001");
        int cursors = 0;
        for (int entry = 0; entry < feed.size(); entry++) {
            int length = feed.entry(entry) instanceof Feed.Said said ? said.length() : 0;
            for (int offset = 0; offset <= length; offset++) {
                var cursor = new Cursor(feed.head().id(), 1, entry, offset);
                if (insidePair(feed, cursor)) continue;
                resumeAt(feed, cursor, text);
                cursors++;
            }
        }
        assertThat(cursors).isGreaterThan(60);
    }

    private static boolean insidePair(Feed feed, Cursor cursor) {
        return feed.entry(cursor.entry()) instanceof Feed.Said said
                && cursor.offset() > 0
                && cursor.offset() < said.length()
                && Character.isLowSurrogate(
                        said.text(cursor.offset(), cursor.offset() + 1).charAt(0));
    }

    /** A client that has read up to the cursor, and goes on from there. */
    private void resumeAt(Feed feed, Cursor cursor, String text) {
        var client = new Client();
        for (int i = 0; i <= cursor.entry(); i++) {
            boolean whole = i < cursor.entry();
            Feed.Entry entry = feed.entry(i);
            if (entry instanceof Feed.Said said && !said.reasoning()) {
                int read = whole ? said.length() : cursor.offset();
                client.steps
                        .computeIfAbsent(said.step(), s -> new StringBuilder())
                        .append(said.text(0, read));
            } else if (whole
                    && entry instanceof Feed.Happened(TurnEvent.Reset(int step, String reason))) {
                client.steps.remove(step);
            }
        }
        try (Wire wire = follow("t1", "Last-Event-ID: " + cursor)) {
            wire.head();
            wire.events().forEach(client::take);
        }
        assertThat(client.text()).as("from " + cursor).isEqualTo(text);
        assertThat(client.events.stream().filter(e -> e.type().equals("turn.completed")))
                .hasSize(1);
    }

    @Test
    void the_header_wins_over_the_query_and_nonsense_is_refused() {
        server.turns.write("t1", SseTest::say);
        String end = server.turns.feed("t1").end().toString();
        try (Wire wire = server.wire()) {
            wire.get("/api/turns/t1/events?after=t1.1.1.0", "Last-Event-ID: " + end);
            assertThat(wire.answer().status()).as("nothing follows the end").isEqualTo(204);
            wire.get("/api/turns/t1/events?after=" + end);
            assertThat(wire.answer().status()).isEqualTo(204);
            wire.get("/api/turns/t1/events?after=nonsense");
            JsonNode problem = wire.answer().json();
            assertThat(problem.get("status").asInt()).isEqualTo(400);
            assertThat(problem.at("/errors/0/path").asText()).isEqualTo("after");
            wire.get("/api/turns/t1/events", "Last-Event-ID: t2.1.0.0");
            assertThat(wire.answer().status()).isEqualTo(400);
        }
        assertThat(server.counts.streams()).isZero();
    }

    @Test
    void a_snapshot_comes_before_what_follows_it() {
        server.turns.write("t1", feed -> feed.text("abc"));
        Feed feed = server.turns.feed("t1");
        var turn = FakeTurns.view("t1", Status.RUNNING, feed.end().toString(), "abc");
        server.turns.attachments.put("t1", new Attachment.SnapshotThenLive(turn, feed, feed.end()));
        try (Wire wire = follow("t1", "Last-Event-ID: t1.0.7.0")) {
            wire.head();
            wire.event();
            Wire.Event snapshot = wire.event().orElseThrow();
            assertThat(snapshot.type()).isEqualTo("snapshot");
            assertThat(snapshot.id()).isEqualTo(turn.cursor());
            assertThat(snapshot.json().get("text").asText()).isEqualTo("abc");
            server.turns.write("t1", f -> f.text("def"));
            assertThat(wire.event().orElseThrow().data())
                    .isEqualTo("{\"turn\":\"t1\",\"step\":1,\"at\":3,\"text\":\"def\"}");
            Problem problem = Problem.of(Problem.Code.DEADLINE_EXCEEDED, "too late");
            server.turns.write("t1", f -> f.happened(new TurnEvent.Failed(problem)));
            Wire.Event last = wire.events().getFirst();
            assertThat(last.type()).isEqualTo("turn.failed");
            assertThat(last.json().at("/problem/code").asText()).isEqualTo("deadline_exceeded");
            assertThat(last.json().get("text").asText()).isEqualTo("abcdef");
            assertThat(last.json().has("answer")).isFalse();
        }
    }

    @Test
    void a_stored_turn_is_a_snapshot_and_its_last_event() {
        var turn = FakeTurns.view("t1", Status.COMPLETED, "t1.1.9.0", "all of it");
        server.turns.attachments.put("t1", new Attachment.SnapshotThenLast(turn, DONE, "t1.1.9.0"));
        try (Wire wire = follow("t1")) {
            wire.head();
            List<Wire.Event> events = wire.events();
            assertThat(events)
                    .extracting(Wire.Event::type)
                    .containsExactly("", "snapshot", "turn.completed");
            assertThat(events.getLast().id()).isEqualTo("t1.1.9.0");
            assertThat(events.getLast().json().get("text").asText()).isEqualTo("all of it");
        }
    }

    @Test
    void silence_is_broken_by_a_comment_every_fifteen_seconds() {
        try (Wire wire = follow("t1")) {
            wire.head();
            wire.event();
            TestServer.until(() -> server.counts.streams() == 1);
            server.time.pass(Duration.ofSeconds(13));
            server.turns.write("t1", feed -> feed.text("x"));
            assertThat(wire.event().orElseThrow().type()).isEqualTo("text.delta");
            server.time.pass(Duration.ofSeconds(40));
            server.turns.write("t1", feed -> feed.happened(DONE));
            assertThat(wire.events())
                    .extracting(e -> e.type() + e.comment())
                    .containsExactly(":", ":", "turn.completed");
        }
    }

    @Test
    void a_client_that_vanishes_leaves_nothing_behind() {
        Wire wire = follow("t1");
        wire.head();
        TestServer.until(() -> server.turns.feed("t1").subscribers() == 1);
        wire.vanish();
        TestServer.until(() -> server.counts.streams() == 0);
        assertThat(server.turns.feed("t1").subscribers()).isZero();
        server.turns.write("t1", SseTest::say); // the turn goes on
        TestServer.until(() -> server.counts.connections() == 0);
    }
}
