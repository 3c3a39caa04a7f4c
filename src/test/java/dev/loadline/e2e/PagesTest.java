package dev.loadline.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;

import dev.loadline.model.FakeAnswer;
import dev.loadline.transport.Wire;

import org.junit.jupiter.api.Test;

import java.util.List;

/**
 * Goal: lists can be paged as API.md says, what is deleted is gone everywhere, what is foreign was
 * never there. Method: the whole server, over real sockets.
 */
class PagesTest extends OneServer {
    private String talk(String... texts) {
        String conversation = api.open("assistant");
        for (String text : texts) api.ended(api.begin(conversation, text));
        return conversation;
    }

    private JsonNode messages(String conversation, String query) {
        return api.read("/api/conversations/" + conversation + "/messages" + query);
    }

    private static List<String> texts(JsonNode page) {
        return page.get("items").findValuesAsText("text");
    }

    private static String id(JsonNode page, int index) {
        return page.get("items").get(index).get("id").textValue();
    }

    @Test
    void messages_go_back_by_prev_and_forward_by_next() {
        String hello = "Hello there!";
        String conversation = talk("One", "Two", "Three");
        JsonNode all = messages(conversation, "");
        assertThat(texts(all)).containsExactly("One", hello, "Two", hello, "Three", hello);
        assertThat(all.has("next")).isFalse();
        assertThat(all.has("prev")).isFalse();

        JsonNode newest = messages(conversation, "?limit=2");
        assertThat(texts(newest)).containsExactly("Three", hello);
        assertThat(newest.has("next")).isFalse();
        JsonNode middle =
                messages(conversation, "?limit=2&before=" + newest.get("prev").textValue());
        assertThat(texts(middle)).containsExactly("Two", hello);
        JsonNode oldest =
                messages(conversation, "?limit=2&before=" + middle.get("prev").textValue());
        assertThat(texts(oldest)).containsExactly("One", hello);
        assertThat(oldest.has("prev")).isFalse();
        JsonNode forward =
                messages(conversation, "?limit=3&after=" + oldest.get("next").textValue());
        assertThat(texts(forward)).containsExactly("Two", hello, "Three");
        JsonNode rest = messages(conversation, "?after=" + forward.get("next").textValue());
        assertThat(texts(rest)).containsExactly(hello);
        assertThat(rest.has("next")).isFalse();
        String poll = "?after=" + id(all, 5);
        assertThat(texts(messages(conversation, poll))).isEmpty();
        api.ended(api.begin(conversation, "Four"));
        assertThat(texts(messages(conversation, poll))).containsExactly("Four", hello);
    }

    @Test
    void who_polls_misses_no_answer_though_another_message_waits_meanwhile() {
        model.next(held("First").texts(" answer").ended());
        String conversation = api.open("assistant");
        String first = api.begin(conversation, "One", "key", "k1");
        String second = api.begin(conversation, "Two", "key", "k2");
        JsonNode early = messages(conversation, "");
        assertThat(texts(early)).containsExactly("One", "Two");
        model.releaseHeld();
        api.ended(first);
        api.ended(second);
        JsonNode since = messages(conversation, "?after=" + id(early, 1));
        assertThat(texts(since)).containsExactly("First answer", "Hello there!");
        assertThat(texts(messages(conversation, "")))
                .as("a list is in the order of turns")
                .containsExactly("One", "First answer", "Two", "Hello there!");
    }

    @Test
    void turns_come_newest_first_without_steps() {
        String conversation = talk("One", "Two", "Three");
        String path = Api.turnsOf(conversation);
        JsonNode first = api.read(path + "?limit=2");
        assertThat(first.get("items")).hasSize(2);
        assertThat(first.at("/items/0/status").textValue()).isEqualTo("completed");
        assertThat(first.at("/items/0/input/0/text").textValue()).isEqualTo("Three");
        assertThat(first.at("/items/0").has("steps")).isFalse();
        JsonNode second = api.read(path + "?before=" + first.get("next").textValue());
        assertThat(second.get("items")).hasSize(1);
        assertThat(second.at("/items/0/input/0/text").textValue()).isEqualTo("One");
        assertThat(second.has("next")).isFalse();
    }

    @Test
    void conversations_come_newest_first() {
        List<String> mine = List.of(api.open("assistant"), api.open("assistant"));
        JsonNode first = api.read("/api/conversations?limit=1");
        assertThat(id(first, 0)).isEqualTo(mine.getLast());
        JsonNode second =
                api.read("/api/conversations?limit=1&before=" + first.get("next").textValue());
        assertThat(id(second, 0)).isEqualTo(mine.getFirst());
    }

    @Test
    void a_conversation_of_the_clients_own_id_is_opened_once() {
        String body = Api.json("agent", "assistant", "id", "mine:1");
        assertThat(api.post("/api/conversations", body).status()).isEqualTo(201);
        Wire.Answer again = api.post("/api/conversations", body);
        assertThat(again.status()).isEqualTo(200);
        assertThat(again.json().get("id").textValue()).isEqualTo("mine:1");
    }

    @Test
    void cursors_and_limits_of_no_list_are_refused() {
        String conversation = talk("One");
        String other = talk("Two");
        String foreign = id(messages(other, ""), 0);
        for (String query :
                List.of(
                        "?after=" + foreign,
                        "?before=" + foreign,
                        "?before=nothing",
                        "?limit=0",
                        "?limit=201",
                        "?limit=many",
                        "?before=" + foreign + "&after=" + foreign)) {
            Wire.Answer answer =
                    api.get("/api/conversations/" + conversation + "/messages" + query);
            assertThat(answer.status()).as(query).isEqualTo(400);
            assertThat(answer.json().at("/errors/0/path").textValue())
                    .as(query)
                    .isIn("after", "before", "limit");
        }
    }

    @Test
    void what_is_not_ours_is_not_there() {
        for (String path :
                List.of(
                        "/api/conversations/c_unknown",
                        "/api/conversations/c_unknown/messages",
                        "/api/conversations/c_unknown/turns",
                        "/api/turns/t_unknown",
                        "/api/turns/t_unknown/events",
                        "/api/turns/t_unknown/events?after=t_unknown.1.0.0")) {
            Wire.Answer answer = api.get(path);
            assertThat(answer.status()).as(path).isEqualTo(404);
            assertThat(answer.header("content-type")).isEqualTo("application/problem+json");
            assertThat(answer.json().get("code").textValue()).isEqualTo("not_found");
        }
        assertThat(api.say("c_unknown", "Hi").status()).isEqualTo(404);
        assertThat(api.post("/api/turns/t_unknown/cancel", "{}").status()).isEqualTo(404);
        assertThat(api.delete("/api/conversations/c_unknown").status()).isEqualTo(404);
    }

    @Test
    void a_deleted_conversation_ends_its_turns_and_is_nowhere() {
        model.next(FakeAnswer.stream("Before"), held("While").texts("never").ended());
        int asked = model.requests();
        String conversation = api.open("assistant");
        String ended = api.begin(conversation, "One");
        api.ended(ended);
        try (SseReader running = api.stream(conversation, "Two");
                SseReader waiting = api.stream(conversation, "Three")) {
            running.untilText("While");
            waiting.until("turn.queued");
            String message = api.messages(conversation).at("/0/id").textValue();
            assertThat(api.delete("/api/conversations/" + conversation).status()).isEqualTo(204);
            for (SseReader each : List.of(running, waiting)) {
                Wire.Event last = each.rest();
                assertThat(last.type()).isEqualTo("turn.cancelled");
                assertThat(last.json().get("by").textValue()).isEqualTo("deleted");
            }
            model.awaitClosed(asked + 2);
            String cursor = running.seen().get(2).id();
            for (String path :
                    List.of(
                            "/api/conversations/" + conversation,
                            "/api/conversations/" + conversation + "/messages",
                            "/api/conversations/" + conversation + "/messages?after=" + message,
                            Api.turnsOf(conversation),
                            "/api/turns/" + ended,
                            "/api/turns/" + ended + "/events",
                            "/api/turns/" + running.turn(),
                            "/api/turns/" + running.turn() + "/events",
                            "/api/turns/" + running.turn() + "/events?after=" + cursor,
                            "/api/turns/" + waiting.turn() + "/events")) {
                try (Wire wire = api.wire()) {
                    assertThat(wire.get(path).head().status()).as(path).isEqualTo(404);
                }
            }
            assertThat(api.delete("/api/conversations/" + conversation).status()).isEqualTo(404);
            assertThat(api.read("/api/conversations?limit=200").findValuesAsText("id"))
                    .doesNotContain(conversation);
        }
    }
}
