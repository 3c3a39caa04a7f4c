package dev.loadline.load.gatling;

import static org.assertj.core.api.Assertions.assertThat;

import dev.loadline.load.plan.Arrival;
import dev.loadline.load.standin.Mark;

import io.vertx.core.json.JsonObject;

import org.junit.jupiter.api.Test;

class HeardTest {
    private static final String A = new Mark(0, 1, 2).text();
    private static final String B = new Mark(1, 1, 3).text();
    private static final String C = new Mark(2, 1, 4).text();

    private final Heard heard =
            new Heard(new Arrival("", 0, "", "", "", "", "Hi [tokens=3 marks=all]"));

    @Test
    void a_text_that_came_in_pieces_by_both_doors_and_partly_twice_is_whole() {
        frame(0, A);
        event(0, A + B);
        event(A.length(), B + C);
        completed(A + B + C);
        assertThat(heard.verdict()).isEqualTo(WholeAnswer.WHOLE);
    }

    @Test
    void a_gap_is_noticed_though_the_end_fits() {
        frame(0, A);
        frame(A.length() + B.length(), C);
        completed(A);
        assertThat(heard.verdict()).isEqualTo("a gap at " + A.length());
    }

    @Test
    void a_chunk_that_the_server_left_out_everywhere_is_missed() {
        frame(0, A + C);
        completed(A + C);
        assertThat(heard.verdict()).isEqualTo("mark 1 is missing");
    }

    @Test
    void a_whole_text_without_a_last_event_is_not_enough() {
        frame(0, A + B + C);
        assertThat(heard.verdict()).isEqualTo("no last event");
    }

    @Test
    void a_snapshot_stands_in_place_of_all_before_it() {
        frame(0, A + A);
        heard.event("snapshot", new JsonObject().put("text", A + B));
        frame(A.length() + B.length(), C);
        completed(A + B + C);
        assertThat(heard.verdict()).isEqualTo(WholeAnswer.WHOLE);
    }

    private void frame(int at, String text) {
        heard.event(delta(at, text).put("type", "text.delta").encode());
    }

    private void event(int at, String text) {
        heard.event(
                new JsonObject()
                        .put("event", "text.delta")
                        .put("data", delta(at, text).encode())
                        .encode());
    }

    private void completed(String text) {
        heard.event("turn.completed", new JsonObject().put("text", text));
    }

    private static JsonObject delta(int at, String text) {
        return new JsonObject().put("turn", "t").put("at", at).put("text", text);
    }
}
