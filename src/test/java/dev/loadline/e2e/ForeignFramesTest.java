package dev.loadline.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;

import dev.loadline.core.Json;
import dev.loadline.core.Sha256;
import dev.loadline.model.FakeAnswer;
import dev.loadline.transport.SocketWire;

import org.junit.jupiter.api.Test;

import java.util.List;

/**
 * Goal: by a socket, too, and by OpenAI's API, what is somebody else's is as if it were not.
 * Method: each frame that names a thing, asked for hers and for nobody's; what the model is told.
 */
class ForeignFramesTest extends OneServer {
    private static final String SECRET = "annabels pineapple";

    @Override
    String settings() {
        return """
        agents:
          assistant: {}
        auth:
          keys:
            - { sha256: "%s", principal: acme/annabel, roles: [user, operator] }
            - { sha256: "%s", principal: acme/bob, roles: [user, operator] }
        """
                .formatted(Sha256.hex("annabels"), Sha256.hex("bobs"));
    }

    @Override
    Api operator() {
        return server.api().with("annabels");
    }

    private static String named(JsonNode answer, String thing) {
        return Json.write(answer).replace(thing, "~");
    }

    @Test
    void frames_that_name_her_things_are_answered_like_those_that_name_nobodys() {
        Api annabel = operator();
        String talk = annabel.open("assistant");
        String done = annabel.begin(talk, SECRET);
        annabel.ended(done);
        model.always(held("About the pineapple"));
        String running = annabel.begin(talk, "Go on about the pineapple");
        String message = annabel.messages(talk).get(0).get("id").textValue();
        try (var bob = SocketWire.open(server.port(), "Authorization: Bearer bobs")) {
            assertThat(bob.next().get("principal").textValue()).isEqualTo("acme/bob");
            for (String hers : List.of(done, running, talk, message)) {
                String nobodys = hers.charAt(0) + "nobodysnobodysnobodys".substring(0, 20);
                assertThat(nobodys).hasSameSizeAs(hers);
                for (String frame :
                        List.of(
                                "{'type':'attach','ref':'r','turn':'~'}",
                                "{'type':'detach','ref':'r','turn':'~'}",
                                "{'type':'cancel','ref':'r','turn':'~'}",
                                "{'type':'approve','ref':'r','turn':'~','call':'c','decision':'deny'}",
                                "{'type':'watch','ref':'r','conversation':'~'}",
                                "{'type':'watch','ref':'r','conversation':'~','since':'~'}",
                                "{'type':'submit','ref':'r','conversation':'~','text':'hi'}")) {
                    String text = frame.replace('\'', '"');
                    JsonNode toHers = bob.text(text.replace("~", hers)).next();
                    JsonNode toNobodys = bob.text(text.replace("~", nobodys)).next();
                    assertThat(named(toHers, hers)).isEqualTo(named(toNobodys, nobodys));
                    assertThat(toHers.toString()).doesNotContain("pineapple", "annabel");
                }
            }
        }
        assertThat(annabel.turn(running).get("status").textValue()).isEqualTo("running");
        annabel.post("/api/turns/" + running + "/cancel", "{}");
        annabel.ended(running);
    }

    @Test
    void a_conversation_of_hers_that_bob_names_at_v1_is_one_of_his_own() {
        Api annabel = operator();
        String talk = annabel.open("assistant");
        annabel.ended(annabel.begin(talk, SECRET));
        Api bob = server.api().with("bobs");
        model.always(FakeAnswer.stream("Hello Bob"));
        String body =
                "{\"model\":\"assistant\",\"messages\":[{\"role\":\"user\",\"content\":\"Who am I?\"}]}";
        assertThat(
                        bob.post("/v1/chat/completions", body, "X-Loadline-Conversation: " + talk)
                                .status())
                .isEqualTo(200);
        assertThat(bob.messages(talk)).hasSize(2);
        assertThat(bob.messages(talk).toString()).doesNotContain("pineapple");
        assertThat(annabel.messages(talk)).hasSize(2);
        assertThat(annabel.messages(talk).toString()).doesNotContain("Who am I?");
    }
}
