package dev.loadline.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;

import dev.loadline.model.FakeAnswer;
import dev.loadline.model.FakeOpenAi;
import dev.loadline.transport.Wire;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * Goal: a client that was cut off anywhere comes to hold exactly the turn's text, also when the
 * server was started anew meanwhile. Method: real sockets; every cursor that one reader saw is
 * where another one goes on, with the text that it would have had there.
 */
class ResumeTest {
    /** Half of an emoji at a chunk's end, its other half in the next; then a half without one. */
    private static final String TEXT =
            "Hi \ud83d\ude00 and \ufffd, fa\u00e7ade \ud83d\udc68\ud83c\udffd\u200d\ud83d\ude80!\ufffd";

    private static FakeAnswer emoji() {
        return said("Hi \\ud83d")
                .data(chunk("\\ude00 and"))
                .data(chunk(" \\ude00, fa\u00e7ade \\ud83d"))
                .data(chunk("\\udc68\\ud83c\\udffd\u200d\\ud83d"))
                .hold()
                .data(chunk("\\ude80"))
                .data(chunk("!\\ud83d"))
                .ended();
    }

    private static FakeAnswer said(String escaped) {
        return FakeAnswer.begun().data(chunk(escaped));
    }

    private static String chunk(String escaped) {
        return FakeAnswer.chunk("{\"content\":\"" + escaped + "\"}");
    }

    private final FakeOpenAi model = FakeOpenAi.start();
    private TestServer server;
    private Api api;

    @BeforeEach
    void start(@TempDir Path directory) {
        server = TestServer.start(directory, model);
        api = server.api();
    }

    @AfterEach
    void stop() {
        server.close();
        model.close();
    }

    private void restart() {
        server.restart();
        api = server.api();
    }

    /** A place in a turn: a cursor, and the text that a client holds there. */
    private record Place(String cursor, String text) {}

    private static List<Place> places(SseReader read) {
        List<Place> places = new ArrayList<>();
        var text = new StringBuilder();
        for (Wire.Event event : read.seen()) {
            if (event.type().equals("text.delta")) text.append(event.json().get("text").asText());
            places.add(new Place(event.id(), text.toString()));
        }
        return places;
    }

    /** Goes on from each place; the last one has nothing behind it. */
    private void resumeEverywhere(String turn, List<Place> places) {
        for (Place place : places.subList(0, places.size() - 1)) {
            try (SseReader header = api.resume(turn, place.cursor()).with(place.text());
                    SseReader query = after(turn, place.cursor()).with(place.text())) {
                assertThat(header.rest().type()).as(place.cursor()).isEqualTo("turn.completed");
                assertThat(header.text()).as(place.cursor()).isEqualTo(TEXT);
                query.rest();
                assertThat(query.seen()).isEqualTo(header.seen());
            }
        }
        Wire.Answer over =
                api.get(
                        "/api/turns/" + turn + "/events",
                        "Last-Event-ID: " + places.getLast().cursor());
        assertThat(over.status()).isEqualTo(204);
    }

    private SseReader after(String turn, String cursor, String... headers) {
        return SseReader.over(
                api.wire().get("/api/turns/" + turn + "/events?after=" + cursor, headers));
    }

    @Test
    void every_cursor_of_a_turn_goes_on_exactly_while_it_runs_after_it_and_after_a_restart() {
        model.next(emoji());
        String turn;
        List<Place> places;
        try (SseReader first = api.stream(api.open("assistant"), "Draw")) {
            turn = first.turn();
            String half = TEXT.substring(0, TEXT.indexOf("\ud83d\ude80"));
            first.untilText(half);
            places = places(first);
            List<SseReader> others = new ArrayList<>();
            for (Place place : places) {
                SseReader other = api.resume(turn, place.cursor()).with(place.text());
                other.untilText(half);
                others.add(other);
            }
            model.releaseHeld();
            for (SseReader other : others) {
                assertThat(other.rest().type()).isEqualTo("turn.completed");
                assertThat(other.text()).isEqualTo(TEXT);
                assertThat(other.types()).doesNotContain("snapshot", "text.reset");
                other.close();
            }
            first.rest();
            assertThat(first.text()).isEqualTo(TEXT);
            places = places(first);
        }
        assertThat(places.size()).as("places to go on from").isGreaterThan(5);
        resumeEverywhere(turn, places);
        try (SseReader again = api.follow(turn)) {
            again.rest();
            assertThat(again.types()).startsWith("turn.accepted").doesNotContain("snapshot");
        }

        restart();
        resumeEverywhere(turn, places);
        try (SseReader stored = api.follow(turn)) {
            assertThat(stored.rest().id()).isEqualTo(places.getLast().cursor());
            assertThat(stored.types()).containsExactly("snapshot", "turn.completed");
            JsonNode snapshot = stored.seen().getFirst().json();
            assertThat(snapshot.get("cursor").textValue()).isEqualTo(stored.seen().getFirst().id());
            assertThat(stored.text()).isEqualTo(TEXT);
            String from = stored.seen().getFirst().id();
            try (SseReader past = api.resume(turn, from).with(stored)) {
                assertThat(past.rest().type()).isEqualTo("turn.completed");
            }
        }
        assertThat(api.turn(turn).get("text").textValue()).isEqualTo(TEXT);
    }

    @Test
    void the_header_wins_over_the_query() {
        model.next(FakeAnswer.stream("One", "Two"));
        try (SseReader first = api.stream(api.open("assistant"), "Hi")) {
            String last = first.rest().id();
            String start = first.seen().getFirst().id();
            try (SseReader reader = after(first.turn(), last, "Last-Event-ID: " + start)) {
                assertThat(reader.next().orElseThrow().type()).isEqualTo("turn.started");
            }
            Wire.Answer over =
                    api.get(
                            "/api/turns/" + first.turn() + "/events?after=" + start,
                            "Last-Event-ID: " + last);
            assertThat(over.status()).isEqualTo(204);
        }
    }

    @Test
    void cursors_that_are_none_or_another_turns_are_refused_before_and_after_a_restart() {
        String conversation = api.open("assistant");
        String turn = api.begin(conversation, "One");
        String other = api.begin(conversation, "Two");
        api.ended(other);
        for (int life = 1; life <= 2; life++) {
            String of = api.turn(turn).get("cursor").textValue();
            for (String wrong :
                    List.of(
                            api.turn(other).get("cursor").textValue(),
                            "x",
                            turn,
                            turn + ".1.0",
                            turn + ".1.-1.0",
                            turn + ".99.0.0",
                            turn + ".1.0.0.0",
                            of.replace('.', '!'),
                            "%00",
                            "a".repeat(65))) {
                String path = "/api/turns/" + turn + "/events?after=" + wrong;
                try (Wire wire = api.wire()) {
                    wire.get(path);
                    Wire.Answer answer = wire.answer();
                    assertThat(answer.status()).as("%s in life %d", wrong, life).isEqualTo(400);
                    assertThat(answer.json().get("code").textValue()).isEqualTo("invalid_request");
                    assertThat(answer.json().at("/errors/0/path").textValue()).isEqualTo("after");
                }
            }
            if (life == 1) restart();
        }
    }

    @Test
    void two_devices_read_the_same_turn() {
        model.next(FakeAnswer.begun().texts("Good ").hold().texts("morning").ended());
        try (SseReader first = api.stream(api.open("assistant"), "Hi")) {
            first.untilText("Good ");
            try (SseReader second = api.follow(first.turn())) {
                second.untilText("Good ");
                first.vanish();
                model.releaseHeld();
                assertThat(second.rest().type()).isEqualTo("turn.completed");
                assertThat(second.text()).isEqualTo("Good morning");
            }
        }
    }

    @Test
    void a_turn_that_a_restart_hits_goes_on_and_no_client_sees_text_of_two_attempts() {
        model.next(
                FakeAnswer.begun().texts("Once upon").hold().ended(),
                FakeAnswer.begun().texts("There ").hold().texts("was").ended());
        String conversation = api.open("assistant");
        SseReader before = api.stream(conversation, "Tell");
        before.untilText("Once upon");
        SseReader queue = api.stream(conversation, "And then?");
        queue.until("turn.queued");
        String waiting = queue.turn();
        server.close();
        for (SseReader cut : List.of(before, queue)) assertThat(cut.isOver()).isFalse();
        String turn = before.turn();
        restart();
        try (SseReader waits = api.resume(waiting, queue.seen().getLast().id());
                SseReader anew = api.follow(turn);
                SseReader resumed = api.resume(turn, before.seen().getLast().id()).with(before)) {
            anew.untilText("There ");
            assertThat(anew.outline())
                    .containsExactly(
                            "turn.accepted",
                            "turn.started",
                            "text.reset",
                            "context.ready",
                            "text.delta");
            JsonNode reset = anew.seen().get(2).json();
            assertThat(reset.get("reason").textValue()).isEqualTo("takeover");
            assertThat(reset.get("step").intValue()).isEqualTo(1);
            assertThat(anew.seen().get(1).json().get("attempt").intValue()).isEqualTo(2);
            assertThat(resumed.next().orElseThrow().type()).isEqualTo("snapshot");
            JsonNode snapshot = resumed.seen().getFirst().json();
            assertThat(snapshot.get("attempt").intValue()).isEqualTo(2);
            assertThat(snapshot.get("status").textValue()).isEqualTo("running");
            resumed.untilText("There ");
            try (SseReader past =
                    api.resume(turn, resumed.seen().getFirst().id())
                            .with(snapshot.get("text").textValue())) {
                model.releaseHeld();
                for (SseReader each : List.of(anew, resumed, past)) {
                    assertThat(each.rest().type()).isEqualTo("turn.completed");
                    assertThat(each.text()).isEqualTo("There was");
                }
            }
            assertThat(waits.rest().type()).isEqualTo("turn.completed");
            assertThat(waits.types()).startsWith("snapshot").contains("turn.started");
            assertThat(waits.text()).isEqualTo("Hello there!");
        }
        JsonNode ended = api.turn(turn);
        assertThat(ended.get("attempt").intValue()).isEqualTo(2);
        assertThat(ended.get("text").textValue()).isEqualTo("There was");
        assertThat(ended.get("steps")).hasSize(1);
        assertThat(api.ended(waiting).get("status").textValue()).isEqualTo("completed");
        assertThat(api.messages(conversation).findValuesAsText("text"))
                .containsExactly("Tell", "There was", "And then?", "Hello there!");
        try (SseReader old = api.resume(turn, before.seen().getLast().id()).with(before)) {
            old.rest();
            assertThat(old.types()).containsExactly("snapshot", "turn.completed");
            assertThat(old.text()).isEqualTo("There was");
        }
        before.close();
        queue.close();
    }

    @Test
    void a_deadline_that_passed_while_nobody_served_ends_the_turn_at_the_start() {
        model.next(FakeAnswer.begun().texts("Soon").hold().ended());
        String conversation = api.open("assistant");
        String turn;
        try (SseReader reader = api.stream(conversation, "Quick", "deadlineMs", 400)) {
            turn = reader.turn();
            reader.untilText("Soon");
        }
        String waits = api.begin(conversation, "Later", "deadlineMs", 400);
        server.close();
        long end = System.nanoTime() + 500_000_000;
        TestServer.until("the deadline is over", () -> System.nanoTime() - end > 0);
        restart();
        for (String late : List.of(turn, waits)) {
            JsonNode ended = api.ended(late);
            assertThat(ended.at("/problem/code").textValue()).isEqualTo("deadline_exceeded");
            assertThat(ended.get("text").textValue()).isEmpty();
        }
    }

    @Test
    void a_turn_that_many_restarts_hit_is_said_once() {
        FakeAnswer broken = FakeAnswer.begun().texts("Not yet").hold();
        model.next(broken, broken, broken, FakeAnswer.stream("At ", "last"));
        String conversation = api.open("assistant");
        String turn = api.begin(conversation, "Now?");
        SseReader client = api.follow(turn);
        for (int life = 1; life <= 3; life++) {
            String first = client.next().orElseThrow().type();
            assertThat(first).isEqualTo(life == 1 ? "turn.accepted" : "snapshot");
            client.untilText("Not yet");
            String cursor = client.seen().getLast().id();
            restart();
            SseReader next = api.resume(turn, cursor).with(client);
            client.close();
            client = next;
        }
        assertThat(client.rest().type()).isEqualTo("turn.completed");
        assertThat(client.text()).isEqualTo("At last");
        client.close();
        assertThat(api.messages(conversation).findValuesAsText("text"))
                .containsExactly("Now?", "At last");
        assertThat(api.turn(turn).get("attempt").intValue()).isEqualTo(4);
    }

    @Test
    void keys_and_conversations_outlive_a_restart() {
        String conversation = api.open("assistant");
        String turn = api.begin(conversation, "Hi", "key", "k");
        api.ended(turn);
        JsonNode before = api.conversation(conversation);
        restart();
        assertThat(api.conversation(conversation)).isEqualTo(before);
        Wire.Answer again = api.say(conversation, "Hi", "key", "k");
        assertThat(again.json().get("turn").textValue()).isEqualTo(turn);
        assertThat(again.json().get("duplicate").booleanValue()).isTrue();
        try (SseReader streamed = api.stream(conversation, "Hi", "key", "k")) {
            assertThat(streamed.rest().type()).isEqualTo("turn.completed");
            assertThat(streamed.types()).containsExactly("snapshot", "turn.completed");
        }
        assertThat(model.requests()).isEqualTo(1);
    }
}
