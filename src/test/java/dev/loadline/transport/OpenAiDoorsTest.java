package dev.loadline.transport;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;

import dev.loadline.engine.Attachment;
import dev.loadline.engine.Submission;
import dev.loadline.turn.Finish;
import dev.loadline.turn.Status;
import dev.loadline.turn.Timings;
import dev.loadline.turn.Turn;
import dev.loadline.turn.TurnEvent;

import org.junit.jupiter.api.Test;

import java.time.Duration;
import java.util.List;

/**
 * Goal: a turn is told as OpenAI's API tells a chat completion, whole or in chunks. Method: real
 * sockets before real feeds, time by hand.
 */
class OpenAiDoorsTest extends ChatDoor {
    @Test
    void the_agents_are_models() {
        Wire.Answer models = wire.get("/v1/models").answer();
        assertThat(models.text())
                .isEqualTo(
                        "{\"object\":\"list\",\"data\":[{\"id\":\"assistant\",\"object\":\"model\","
                                + "\"created\":1764000000,\"owned_by\":\"loadline\"}]}");
        assertThat(wire.get("/v1/models/assistant").answer().json())
                .isEqualTo(models.json().get("data").get(0));
        Wire.Answer none = wire.get("/v1/models/some%2Fmodel").answer();
        assertThat(none.status()).isEqualTo(404);
        assertThat(none.json().at("/error/code").asText()).isEqualTo("model_not_found");
        assertThat(none.json().at("/error/message").asText()).contains("some/model", "assistant");
    }

    @Test
    void a_whole_answer_has_text_reasoning_finish_and_usage() {
        server.turns.write("a", ChatDoor::begins);
        wire.post(CHAT, body("a", ""));
        TestServer.until(() -> server.turns.feed("a").subscribers() == 1);
        server.turns.write(
                "a",
                feed -> {
                    feed.reasoning("Hm.");
                    feed.text("Hello ");
                    feed.stepBegins(2);
                    feed.text("there \uD83D\uDE00");
                    ends(feed, Finish.STEPS);
                });
        Wire.Answer answer = wire.answer();
        assertThat(answer.text())
                .isEqualTo(
                        "{\"id\":\"chatcmpl-a\",\"object\":\"chat.completion\",\"created\":0,"
                                + "\"model\":\"assistant\",\"choices\":[{\"index\":0,\"message\":"
                                + "{\"role\":\"assistant\",\"content\":\"Hello there \uD83D\uDE00\","
                                + "\"refusal\":null,\"reasoning_content\":\"Hm.\"},"
                                + "\"logprobs\":null,\"finish_reason\":\"length\"}],\"usage\":"
                                + USAGE
                                + "}");
        assertThat(answer.header("content-type")).isEqualTo("application/json");
        assertThat(answer.header("x-request-id")).isNotEmpty();
        assertThat(answer.headers()).doesNotContainKey("loadline-turn");
        assertThat(server.turns.calls).containsExactly("converse", "hang up a");
        assertThat(server.turns.feed("a").subscribers()).isZero();
    }

    @Test
    void chunks_come_in_their_order_and_usage_where_it_is_asked_for() {
        stream("a", ",\"stream_options\":{\"include_usage\":true}");
        server.turns.write(
                "a",
                feed -> {
                    begins(feed);
                    feed.reasoning("Hm.");
                    feed.text("Hello");
                    ends(feed, Finish.STOP);
                });
        String none = ",\"usage\":null";
        assertThat(rest())
                .containsExactly(
                        chunk(
                                delta(
                                        "\"role\":\"assistant\",\"content\":\"\",\"refusal\":null",
                                        "null"),
                                none),
                        chunk(delta("\"reasoning_content\":\"Hm.\"", "null"), none),
                        chunk(delta("\"content\":\"Hello\"", "null"), none),
                        chunk(delta("", "\"stop\""), none),
                        chunk("", ",\"usage\":" + USAGE),
                        "[DONE]");
        assertThat(server.turns.calls).containsExactly("converse", "hang up a");
        assertThat(server.counts.streams()).isZero();
    }

    @Test
    void what_a_stream_has_shown_can_not_be_taken_back_and_its_turn_knows() {
        stream("a", "");
        assertThat(server.turns.conversings.getFirst().asked().irrevocable()).isTrue();
        server.turns.write("a", ChatDoor::says);
        rest();
    }

    @Test
    void silence_is_filled_with_comments() {
        stream("a", "");
        assertThat(wire.event().orElseThrow().data()).isEqualTo(ROLE);
        server.time.pass(Duration.ofSeconds(15));
        assertThat(wire.event().orElseThrow().comment()).isEqualTo(":");
        server.turns.write("a", ChatDoor::says);
        assertThat(rest()).last().isEqualTo("[DONE]");
    }

    @Test
    void what_was_taken_back_before_it_was_shown_is_not_shown() {
        server.turns.write(
                "a",
                feed -> {
                    begins(feed);
                    feed.text("One. ");
                    feed.stepBegins(2);
                    feed.happened(new TurnEvent.Started("n1", 2));
                    feed.text("Void");
                    feed.reset("fallback");
                    feed.text("Two.");
                    ends(feed, Finish.STOP);
                });
        stream("a", "");
        assertThat(rest())
                .containsExactly(
                        ROLE,
                        text("One. "),
                        text("Two."),
                        chunk(delta("", "\"stop\""), ""),
                        "[DONE]");
    }

    @Test
    void with_a_conversation_of_ours_the_last_messages_are_submitted() {
        server.turns.write("t1", ChatDoor::says);
        String json =
                """
                {"model":"assistant","messages":[
                  {"role":"system","content":"Be brief."},{"role":"user","content":"Old"},
                  {"role":"assistant","content":"Old, too"},
                  {"role":"user","content":"One"},{"role":"user","content":"two"}]}""";
        String[] headers = {
            "X-Loadline-Conversation: mine", "Idempotency-Key: k1", "X-Stainless-Retry-Count: 1"
        };
        Wire.Answer answer = wire.post(CHAT, json, headers).answer();
        assertThat(answer.json().at("/choices/0/message/content").asText())
                .isEqualTo("Hello there");
        assertThat(answer.header("loadline-turn")).isEqualTo("t1");
        assertThat(server.turns.calls).containsExactly("submit", "attach t1 null");
        Submission submission = server.turns.submissions.getFirst();
        assertThat(submission.conversation().id()).isEqualTo("mine");
        assertThat(submission.text()).isEqualTo("One\n\ntwo");
        assertThat(submission.opensWith()).isEqualTo("assistant");
        assertThat(submission.key()).isEqualTo("k1");
        assertThat(submission.retried()).isTrue();
        assertThat(submission.whenBusy()).isNull();
        assertThat(submission.asked().instructions()).isEqualTo("Be brief.");
        assertThat(submission.asked().irrevocable())
                .as("nothing is shown before the end")
                .isFalse();
    }

    @Test
    void a_turn_of_the_store_is_told_as_well() {
        Turn done = FakeTurns.view("t1", Status.COMPLETED, "t1.1.4.0", "From the store");
        TurnEvent.Last last = new TurnEvent.Completed(Finish.LENGTH, USED, Timings.NONE, null);
        server.turns.attachments.put("t1", new Attachment.SnapshotThenLast(done, last, "t1.1.5.0"));
        String ours = "X-Loadline-Conversation: mine";
        JsonNode whole = whole("x", ours).json();
        assertThat(whole.at("/choices/0/message/content").asText()).isEqualTo("From the store");
        assertThat(whole.at("/choices/0/finish_reason").asText()).isEqualTo("length");
        stream("x", "", ours);
        List<String> rest = rest();
        assertThat(rest).hasSize(4).last().isEqualTo("[DONE]");
        assertThat(rest.get(1)).contains("\"content\":\"From the store\"");
    }
}
