package dev.loadline.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;

import dev.loadline.transport.Wire;
import dev.loadline.transport.WireTypes;

import org.junit.jupiter.api.Test;

import java.util.Map;

/**
 * Goal: what the server says has the types that it ships to its clients. Method: its own {@code
 * loadline.d.ts} is fetched, and real answers are held against it.
 */
class WireShapesTest extends OneServer {
    @Test
    void real_answers_have_the_shipped_types() {
        WireTypes types;
        try (Wire wire = api.wire()) {
            types = new WireTypes(wire.get("/client/loadline.d.ts").answer().text());
        }
        String conversation = api.open("assistant");
        String turn = api.begin(conversation, "Hi", "key", "k1");
        api.ended(turn);
        String at = "/api/conversations/" + conversation;
        Map<String, String> paths =
                Map.of(
                        "/api/me",
                        "Me",
                        "/api/agents",
                        "Page<Agent>",
                        "/api/conversations",
                        "Page<Conversation>",
                        at,
                        "Conversation",
                        at + "/messages",
                        "Page<Message>",
                        at + "/turns",
                        "Page<Turn>",
                        "/api/turns/" + turn,
                        "Turn",
                        "/api/ops/load",
                        "Reading<Load>");
        paths.forEach(
                (path, type) -> {
                    JsonNode answer = api.read(path);
                    assertThat(types.check(type, answer))
                            .as("%s of %s: %s", type, path, answer)
                            .isEmpty();
                });
    }
}
