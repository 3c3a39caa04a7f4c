package dev.loadline.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;

import dev.loadline.core.Json;
import dev.loadline.transport.Wire;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** A client of the native API that opens a connection for each request. */
record Api(int port, List<String> always) {
    Api(int port) {
        this(port, List.of());
    }

    /** One that comes with this key. */
    Api with(String key) {
        return new Api(port, List.of("Authorization: Bearer " + key));
    }

    private String[] all(String... headers) {
        List<String> all = new ArrayList<>(always);
        all.addAll(List.of(headers));
        return all.toArray(String[]::new);
    }

    Wire wire() {
        return Wire.to(port);
    }

    Wire.Answer get(String path, String... headers) {
        try (Wire wire = wire()) {
            return wire.get(path, all(headers)).answer();
        }
    }

    Wire.Answer post(String path, String json, String... headers) {
        try (Wire wire = wire()) {
            return wire.post(path, json, all(headers)).answer();
        }
    }

    Wire.Answer delete(String path) {
        try (Wire wire = wire()) {
            return wire.request("DELETE", path, null, all()).answer();
        }
    }

    /** A body of pairs, in order. */
    static String json(Object... pairs) {
        Map<String, Object> members = new LinkedHashMap<>();
        for (int i = 0; i < pairs.length; i += 2) members.put((String) pairs[i], pairs[i + 1]);
        return Json.write(members);
    }

    /** A new conversation's id. */
    String open(String agent) {
        Wire.Answer answer = post("/api/conversations", json("agent", agent));
        assertThat(answer.status()).as(answer.text()).isEqualTo(201);
        return answer.json().get("id").textValue();
    }

    /** Any answer. */
    Wire.Answer say(String conversation, String text, Object... more) {
        return post(turnsOf(conversation), submission(text, more));
    }

    /** The id of a turn that is accepted. */
    String begin(String conversation, String text, Object... more) {
        Wire.Answer answer = say(conversation, text, more);
        assertThat(answer.status()).as(answer.text()).isEqualTo(202);
        return answer.json().get("turn").textValue();
    }

    static String submission(String text, Object... more) {
        Object[] all = new Object[more.length + 2];
        all[0] = "text";
        all[1] = text;
        System.arraycopy(more, 0, all, 2, more.length);
        return json(all);
    }

    static String turnsOf(String conversation) {
        return "/api/conversations/" + conversation + "/turns";
    }

    /** Submits and follows. */
    SseReader stream(String conversation, String text, Object... more) {
        return SseReader.over(
                wire().post(
                                turnsOf(conversation),
                                submission(text, more),
                                all("Accept: text/event-stream")));
    }

    /** Follows from the start. */
    SseReader follow(String turn, String... headers) {
        return SseReader.over(wire().get("/api/turns/" + turn + "/events", all(headers)));
    }

    /** Follows from a cursor, as a browser does. */
    SseReader resume(String turn, String cursor) {
        return follow(turn, "Last-Event-ID: " + cursor);
    }

    /** Waits for the turn's end. */
    JsonNode ended(String turn) {
        try (SseReader reader = follow(turn)) {
            reader.rest();
        }
        return turn(turn);
    }

    JsonNode turn(String id) {
        return read("/api/turns/" + id);
    }

    JsonNode conversation(String id) {
        return read("/api/conversations/" + id);
    }

    JsonNode messages(String conversation) {
        return read("/api/conversations/" + conversation + "/messages").get("items");
    }

    JsonNode read(String path) {
        Wire.Answer answer = get(path);
        assertThat(answer.status()).as(answer.text()).isEqualTo(200);
        return answer.json();
    }
}
