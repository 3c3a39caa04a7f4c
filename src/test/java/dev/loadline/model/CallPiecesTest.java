package dev.loadline.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.groups.Tuple.tuple;

import dev.loadline.core.ToolCall;
import dev.loadline.model.CallPieces.Piece;

import org.junit.jupiter.api.Test;

import java.util.List;

/** Goal: whatever way a server cuts its calls up, they are put together or made callable. */
class CallPiecesTest {
    private final CallPieces pieces = new CallPieces();

    private List<ToolCall> calls(Piece... all) {
        for (Piece piece : all) assertThat(pieces.add(piece)).isTrue();
        return pieces.calls();
    }

    @Test
    void pieces_are_put_together_by_their_index_even_if_they_alternate() {
        assertThat(
                        calls(
                                new Piece(0, "a", "one", ""),
                                new Piece(1, "b", "two", "{\"x"),
                                new Piece(0, null, null, "{\"y\":"),
                                new Piece(1, null, "", "\":1}"),
                                new Piece(0, "a", "one", "2}")))
                .containsExactly(
                        new ToolCall("a", "one", "{\"y\":2}"),
                        new ToolCall("b", "two", "{\"x\":1}"));
    }

    @Test
    void what_has_no_name_can_be_called_by_nobody() {
        assertThat(calls(new Piece(0, "a", "", "{}"), new Piece(1, "b", "two", "{}")))
                .containsExactly(new ToolCall("b", "two", "{}"));
    }

    @Test
    void without_an_index_another_id_or_a_name_begins_another_call() {
        assertThat(
                        calls(
                                new Piece(-1, "a", "one", "{}"),
                                new Piece(-1, "b", null, null),
                                new Piece(-1, null, "two", "{\"x\":"),
                                new Piece(-1, null, null, "1}"),
                                new Piece(-1, null, "three", null)))
                .extracting(ToolCall::name, ToolCall::arguments)
                .containsExactly(
                        tuple("one", "{}"), tuple("two", "{\"x\":1}"), tuple("three", "{}"));
    }

    @Test
    void ids_that_are_missing_or_come_twice_are_made_anew() {
        assertThat(
                        calls(
                                new Piece(0, "call_1", "one", ""),
                                new Piece(1, null, "two", " "),
                                new Piece(2, "call_1", "three", null)))
                .extracting(ToolCall::id)
                .doesNotHaveDuplicates()
                .startsWith("call_1");
        assertThat(pieces.calls()).extracting(ToolCall::arguments).containsOnly("{}");
    }

    @Test
    void arguments_that_are_no_json_are_left_to_who_calls() {
        assertThat(calls(new Piece(3, "a", "one", "{\"x\": "), new Piece(3, null, null, "nope")))
                .containsExactly(new ToolCall("a", "one", "{\"x\": nope"));
    }

    @Test
    void more_than_is_taken_is_told() {
        for (int i = 0; i < CallPieces.CALLS_MAX; i++)
            assertThat(pieces.add(new Piece(i, null, "f", null))).isTrue();
        assertThat(pieces.add(new Piece(CallPieces.CALLS_MAX, null, "f", null))).isFalse();
        var other = new CallPieces();
        String much = "x".repeat(CallPieces.UNITS_MAX);
        assertThat(other.add(new Piece(0, "a", "", much))).isTrue();
        assertThat(other.add(new Piece(0, null, null, "y"))).isFalse();
    }
}
