package dev.loadline.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;

import dev.loadline.model.FakeAnswer;
import dev.loadline.transport.SocketWire;

import org.junit.jupiter.api.Test;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Goal: several devices on one conversation see the same, whoever speaks. Method: a whole server,
 * sockets that hold what they are told by the rules of API.md.
 */
class DevicesTest extends OneServer {
    /** What one device holds of a conversation. */
    private static final class Device implements AutoCloseable {
        private final SocketWire wire;
        private final Map<String, HeldTurn> turns = new LinkedHashMap<>();
        private final Map<String, String> inputs = new HashMap<>();
        private int ended;

        Device(int port) {
            wire = SocketWire.open(port);
            take("hello");
        }

        /** Reads up to the first of this type. */
        JsonNode take(String type) {
            JsonNode message = next();
            while (!message.get("type").asText().equals(type)) message = next();
            return message;
        }

        private JsonNode next() {
            JsonNode message = wire.next();
            if (message == null) throw new AssertionError("closed: " + wire.closed());
            String type = message.get("type").asText();
            if (type.equals("detached")) ended++;
            if (!message.has("id")) return message;
            String turn = message.get("turn").asText();
            if (type.equals("turn.accepted")) inputs.put(turn, message.at("/input/text").asText());
            turns.computeIfAbsent(turn, id -> new HeldTurn())
                    .take(new EventStream.Event(type, message.get("id").asText(), message));
            return message;
        }

        void untilEnded(int count) {
            while (ended < count) next();
        }

        /** Of all turns, in the order in which they began to speak. */
        List<String> said() {
            List<String> all = new ArrayList<>();
            turns.forEach((id, turn) -> all.add(inputs.get(id) + " > " + turn.text()));
            return all;
        }

        @Override
        public void close() {
            wire.close();
        }
    }

    @Test
    void five_devices_watch_while_two_of_them_send_and_all_end_with_the_same() {
        int each = 6;
        model.always(FakeAnswer.stream("Well, ", "\uD83D\uDE00 ", "yes."));
        String conversation = api.open("assistant");
        List<Device> devices = new ArrayList<>();
        for (int i = 0; i < 5; i++) devices.add(new Device(server.port()));
        for (Device device : devices) {
            device.wire.send("type", "watch", "ref", "w", "conversation", conversation);
            device.take("ok");
        }
        for (int i = 0; i < each; i++) {
            for (int sender = 0; sender < 2; sender++) {
                Device device = devices.get(sender);
                device.wire.send(
                        "type",
                        "submit",
                        "ref",
                        "s" + i,
                        "conversation",
                        conversation,
                        "text",
                        "device " + sender + ", text " + i,
                        "key",
                        sender + "-" + i);
                JsonNode answer = device.take("ok");
                assertThat(answer.get("duplicate").booleanValue()).isFalse();
            }
            devices.get(0).untilEnded(2 * i + 1); // at most four may wait
        }
        List<String> expected = new ArrayList<>();
        for (Device device : devices) {
            device.untilEnded(2 * each);
            if (expected.isEmpty()) {
                expected.addAll(device.said());
                assertThat(expected).hasSize(2 * each).doesNotHaveDuplicates();
            }
            assertThat(device.said()).containsExactlyInAnyOrderElementsOf(expected);
            device.turns.values().forEach(turn -> assertThat(turn.over()).isTrue());
        }
        String first = api.messages(conversation).get(0).get("id").asText();
        List<String> messages = null;
        for (Device device : devices) {
            device.wire.send(
                    "type", "watch", "ref", "r", "conversation", conversation, "since", first);
            JsonNode ok = device.take("ok");
            assertThat(ok.get("turns")).isEmpty();
            List<String> ids = ids(ok.get("messages"));
            if (messages == null) messages = ids;
            assertThat(ids).hasSize(4 * each - 1).isEqualTo(messages);
            device.close();
        }
        assertThat(messages)
                .as("as they were written; a page has them in the order of turns")
                .containsExactlyInAnyOrderElementsOf(
                        ids(api.messages(conversation)).subList(1, 4 * each));
        rests();
    }

    @Test
    void who_watches_a_conversation_hears_that_another_device_deletes_it() {
        String conversation = api.open("assistant");
        Device device = new Device(server.port());
        device.wire.send("type", "watch", "ref", "w", "conversation", conversation);
        device.take("ok");
        assertThat(api.delete("/api/conversations/" + conversation).status()).isEqualTo(204);
        JsonNode gone = device.take("error");
        assertThat(gone.get("ref").asText()).isEqualTo("w");
        assertThat(gone.at("/problem/code").asText()).isEqualTo("not_found");
        device.wire.send("type", "watch", "ref", "again", "conversation", conversation);
        assertThat(device.take("error").get("ref").asText()).isEqualTo("again");
        device.close();
        rests();
    }

    private static List<String> ids(JsonNode messages) {
        List<String> ids = new ArrayList<>();
        messages.forEach(message -> ids.add(message.get("id").asText()));
        return ids;
    }

    @Test
    void a_device_that_comes_in_the_middle_gets_what_runs_and_what_waits() {
        model.always(held("One ", "two"));
        String conversation = api.open("assistant");
        String running = api.begin(conversation, "count", "key", "a");
        String waiting = api.begin(conversation, "again", "key", "b");
        TestServer.until("it speaks", () -> api.turn(running).get("text").asText().contains("two"));
        try (var device = new Device(server.port())) {
            device.wire.send("type", "watch", "ref", "w", "conversation", conversation);
            JsonNode ok = device.take("ok");
            assertThat(ok.at("/turns/0/turn").asText()).isEqualTo(running);
            assertThat(ok.at("/turns/1/status").asText()).isEqualTo("queued");
            model.always(FakeAnswer.stream("Done"));
            model.release();
            device.untilEnded(2);
            assertThat(device.turns.get(running).over()).isTrue();
            assertThat(device.turns.get(waiting).text()).isEqualTo("Done");
            device.wire.send("type", "watch", "ref", "x", "conversation", "nowhere");
            assertThat(device.take("error").at("/problem/code").asText()).isEqualTo("not_found");
            device.wire.send(
                    "type", "watch", "ref", "y", "conversation", conversation, "since", "m-none");
            assertThat(device.take("error").at("/problem/errors/0/path").asText())
                    .isEqualTo("since");
        }
    }

    @Test
    void what_http_and_another_socket_begin_is_streamed_to_who_watches() {
        try (var watcher = new Device(server.port());
                var other = new Device(server.port())) {
            String conversation = api.open("assistant");
            watcher.wire.send("type", "watch", "ref", "w", "conversation", conversation);
            watcher.take("ok");
            String byHttp = api.begin(conversation, "by HTTP");
            api.ended(byHttp);
            other.wire.send(
                    "type",
                    "submit",
                    "ref",
                    "s",
                    "conversation",
                    conversation,
                    "text",
                    "by socket");
            String bySocket = other.take("ok").get("turn").asText();
            watcher.untilEnded(2);
            assertThat(watcher.turns.keySet()).containsExactly(byHttp, bySocket);
            other.untilEnded(1);
            assertThat(other.turns.keySet()).containsExactly(bySocket);
            watcher.wire.send(
                    "type",
                    "attach",
                    "ref",
                    "a",
                    "turn",
                    byHttp,
                    "after",
                    watcher.turns.get(byHttp).cursor());
            assertThat(watcher.take("ok").get("ended").booleanValue()).isTrue();
            other.wire.send("type", "submit", "ref", "n", "agent", "assistant", "text", "anew");
            assertThat(other.take("ok").get("conversation").asText()).isNotEqualTo(conversation);
            other.untilEnded(2);
        }
    }
}
