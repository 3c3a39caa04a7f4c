package dev.loadline.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;

import dev.loadline.core.Json;
import dev.loadline.core.Sha256;
import dev.loadline.model.FakeAnswer;
import dev.loadline.transport.SocketWire;
import dev.loadline.transport.Wire;

import org.junit.jupiter.api.Test;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Goal: a full server refuses early and says when to come back, stores nothing of what it refuses,
 * ends each message that it acknowledged once, and still takes what needs no slot. Method: two
 * slots, over real sockets; what was stored and what the model was asked is counted.
 */
class FullHouseTest extends OneServer {
    private static final Set<Integer> REFUSALS = Set.of(429, 503);

    @Override
    String settings() {
        return """
            normal: { firstToken: 10s, gap: 30s }  # held answers hold long on a busy machine
        load: { activeTurns: 2, admissionWait: 100ms, loopLag: 1m }
        auth:
          keys:
            - { sha256: "%s", principal: ops/ops, roles: [user, operator] }
            - { sha256: "%s", principal: acme/ann }
            - { sha256: "%s", principal: acme/joe }
            - { sha256: "%s", principal: acme/tom }
            - { sha256: "%s", principal: other/sue }
        quotas:
          acme/tom: { turnsPerMinute: 1 }
        """
                .formatted(
                        Sha256.hex("ops"),
                        Sha256.hex("ann"),
                        Sha256.hex("joe"),
                        Sha256.hex("tom"),
                        Sha256.hex("sue"));
    }

    @Override
    Api operator() {
        return server.api().with("ops");
    }

    private static <T> List<T> atOnce(int times, Callable<T> work) {
        try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<T>> all = new ArrayList<>();
            for (int i = 0; i < times; i++) all.add(threads.submit(work));
            List<T> done = new ArrayList<>();
            for (Future<T> each : all) done.add(each.get());
            return done;
        } catch (ExecutionException | InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    /**
     * Turns of ann's and of sue's that run until they are released; two tenants, so that neither
     * has more than its half.
     */
    private List<String> full() {
        model.always(held("On"));
        int calls = model.requests();
        List<String> turns = new ArrayList<>();
        for (String who : List.of("ann", "sue")) {
            Api each = api.with(who);
            turns.add(each.begin(each.open("assistant"), "Go on 0"));
        }
        TestServer.until("both slots are taken", () -> active() == 2);
        TestServer.until("both are at the model", () -> model.requests() == calls + 2);
        return turns;
    }

    private void end(List<String> full) {
        model.release();
        api.with("ann").ended(full.getFirst());
        api.with("sue").ended(full.getLast());
    }

    private int active() {
        return api.read("/api/ops/load").get("activeTurns").intValue();
    }

    private static void comesAgain(Wire.Answer refused) {
        long ms = refused.json().get("retryAfterMs").longValue();
        assertThat(ms).isPositive();
        long w = Math.ceilDiv(ms, 1000L);
        assertThat(Long.parseLong(refused.header("retry-after"))).isBetween(w, 2 * w + 2);
    }

    @Test
    void a_crowd_of_ten_times_the_slots_loses_nothing_that_was_acknowledged() {
        Api joe = api.with("joe");
        int before = model.requests();
        model.always(() -> FakeAnswer.begun().texts("Yes").pause(Duration.ofMillis(100)).ended());
        var numbers = new AtomicInteger();
        List<Wire.Answer> answers =
                atOnce(
                        40,
                        () -> {
                            int number = numbers.incrementAndGet();
                            String talk = joe.open("assistant");
                            return joe.say(talk, "Message " + number, "key", "k" + number);
                        });
        List<String> accepted = new ArrayList<>();
        for (Wire.Answer answer : answers) {
            if (answer.status() == 202) accepted.add(answer.json().get("turn").textValue());
            else {
                assertThat(answer.status()).as(answer.text()).isIn(REFUSALS);
                comesAgain(answer);
            }
        }
        assertThat(accepted).hasSizeGreaterThanOrEqualTo(2).doesNotHaveDuplicates();
        assertThat(answers.size() - accepted.size()).as("refused").isGreaterThanOrEqualTo(20);
        for (String turn : accepted) {
            try (SseReader reader = joe.follow(turn)) {
                reader.rest();
                assertThat(reader.types().stream().filter(SseReader.LAST::contains)).hasSize(1);
            }
        }
        assertThat(model.requests() - before).as("model calls").isEqualTo(accepted.size());
        long told =
                Json.MAPPER
                        .convertValue(
                                joe.read("/api/conversations?limit=200").get("items"),
                                JsonNode.class)
                        .findValues("messages")
                        .stream()
                        .mapToLong(JsonNode::longValue)
                        .sum();
        assertThat(told).as("messages stored").isEqualTo(2L * accepted.size());
    }

    @Test
    void what_is_refused_leaves_no_conversation_behind_at_any_door() {
        Api sue = api.with("sue");
        List<String> running = full();
        Wire.Answer chat =
                sue.post(
                        "/v1/chat/completions",
                        "{\"model\":\"assistant\",\"messages\":[{\"role\":\"user\",\"content\":\"Hi\"}]}",
                        "X-Loadline-Conversation: chat");
        assertThat(chat.status()).isEqualTo(503);
        assertThat(Long.parseLong(chat.header("retry-after"))).isPositive();
        try (SocketWire wire = SocketWire.open(server.port(), "Authorization: Bearer sue")) {
            wire.send(
                    "type",
                    "submit",
                    "ref",
                    "1",
                    "conversation",
                    "w",
                    "agent",
                    "assistant",
                    "text",
                    "Hi");
            wire.next("hello");
            JsonNode problem = wire.next("error").get("problem");
            assertThat(problem.get("code").textValue()).isEqualTo("overloaded");
            assertThat(problem.get("retryAfterMs").longValue()).isPositive();
        }
        String empty = Api.turnsOf(sue.open("assistant"));
        Wire.Answer stream = sue.post(empty, Api.submission("Hi"), "Accept: text/event-stream");
        assertThat(stream.status()).isEqualTo(503);
        comesAgain(stream);
        assertThat(sue.get("/api/conversations/chat").status()).isEqualTo(404);
        assertThat(sue.get("/api/conversations/w").status()).isEqualTo(404);
        end(running);
    }

    @Test
    void what_a_running_turn_can_take_needs_no_slot() {
        Api ann = api.with("ann");
        List<String> running = full();
        String talk = ann.turn(running.getFirst()).get("conversation").textValue();
        int calls = model.requests();
        JsonNode again = ann.say(talk, "Go on 0").json();
        assertThat(again.get("duplicate").booleanValue()).as("pressed again").isTrue();
        assertThat(again.get("turn").textValue()).isEqualTo(running.getFirst());
        assertThat(ann.say(talk, "Besides", "whenBusy", "steer").json().get("steered")).isNotNull();
        String next = ann.begin(talk, "And then?", "whenBusy", "enqueue");
        assertThat(ann.say(ann.open("assistant"), "New").status()).as("new").isEqualTo(503);
        assertThat(model.requests()).isEqualTo(calls);
        String now = ann.begin(talk, "No, this", "whenBusy", "interrupt");
        model.always(FakeAnswer.stream("Done"));
        assertThat(ann.ended(running.getFirst()).get("status").textValue()).isEqualTo("cancelled");
        assertThat(ann.ended(now).get("status").textValue()).isEqualTo("completed");
        assertThat(ann.ended(next).get("status").textValue()).isEqualTo("completed");
        model.release();
        api.with("sue").ended(running.getLast());
    }

    @Test
    void over_the_quota_comes_before_full_and_what_is_known_is_answered() {
        Api tom = api.with("tom");
        String talk = tom.open("assistant");
        String first = tom.begin(talk, "One", "key", "k1");
        tom.ended(first);
        assertThat(tom.say(talk, "One", "key", "k1").json().get("duplicate").booleanValue())
                .isTrue();
        List<String> running = full();
        for (String key : new String[] {null, "k2"}) {
            Wire.Answer refused =
                    key == null ? tom.say(talk, "Two") : tom.say(talk, "Two", "key", key);
            assertThat(refused.status()).as(refused.text()).isEqualTo(429);
            comesAgain(refused);
        }
        end(running);
    }

    @Test
    void turns_of_the_life_before_wait_for_their_slots_and_go_before_what_is_new() {
        Api ann = api.with("ann");
        List<String> running = full();
        String talk = ann.turn(running.getFirst()).get("conversation").textValue();
        String queued = ann.begin(talk, "And then?", "whenBusy", "enqueue");
        server.restart();
        api = operator();
        Api again = api.with("ann");
        TestServer.until("both go on", () -> active() == 2);
        assertThat(again.turn(queued).get("status").textValue()).isEqualTo("queued");
        assertThat(again.say(again.open("assistant"), "New").status()).isEqualTo(503);
        model.always(FakeAnswer.stream("Done"));
        model.release();
        for (String turn : List.of(running.getFirst(), queued))
            assertThat(again.ended(turn).toString()).contains("\"completed\"");
        api.with("sue").ended(running.getLast());
    }
}
