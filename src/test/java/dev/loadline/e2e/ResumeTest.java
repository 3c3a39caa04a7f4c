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
        String waiting = api.begin(conversation, "And then?");
        server.close();
        assertThat(before.isOver()).isFalse();
        String turn = before.turn();
        restart();
        try (SseReader anew = api.follow(turn);
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
    }
}
