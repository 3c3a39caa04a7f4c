package dev.loadline.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;

import dev.loadline.core.Sha256;
import dev.loadline.model.FakeAnswer;
import dev.loadline.transport.AllRoutes;
import dev.loadline.transport.Wire;

import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;

/**
 * Goal: through no door can one principal learn of another's things, not even that they are there.
 * Method: every route of the server's own list is asked by somebody else, once with what is
 * Annabel's and once with what is nobody's; the two answers must be the same to the byte, and hold
 * nothing of hers. Then the same with random questions, before and after a restart: from feeds and
 * from the store.
 */
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class ForeignReadsTest extends OneServer {
    private static final int RANDOM_PROBES = 150;
    private static final String SECRET = "pomegranate";
    private static final List<AllRoutes.Line> ROUTES = AllRoutes.lines();
    private static final List<String> OPEN = List.of("HEALTH", "FILE", "NEAR", "SOCKET");

    /**
     * A question with places for things, such as <code>{turn}</code>.
     *
     * @param body null: none
     */
    record Probe(String method, String path, String body, List<String> headers) {
        Probe with(Map<String, String> things) {
            return new Probe(
                    method,
                    filled(path, things),
                    body == null ? null : filled(body, things),
                    headers.stream().map(header -> filled(header, things)).toList());
        }

        private static String filled(String text, Map<String, String> things) {
            String filled = text;
            for (var thing : things.entrySet())
                filled = filled.replace("{" + thing.getKey() + "}", thing.getValue());
            return filled;
        }
    }

    private final Map<String, String> annabels = new LinkedHashMap<>();
    private final Map<String, String> nobodys = new LinkedHashMap<>();
    private final List<String> secrets = new ArrayList<>();

    @Override
    String settings() {
        return """
          patient:
            provider: openai
            url: %s
            model: some-model
            normal: { firstToken: 1s, gap: 15s }  # its answer is held for as long as it takes
        agents:
          assistant: { model: patient }
        auth:
          keys:
            - { sha256: "%s", principal: acme/annabel, roles: [user, operator] }
            - { sha256: "%s", principal: acme/bob }
            - { sha256: "%s", principal: acme/ops, roles: [user, operator] }
        """
                .formatted(
                        model.url(), Sha256.hex("annabels"), Sha256.hex("bobs"), Sha256.hex("ops"));
    }

    @Override
    Api operator() {
        return server.api().with("ops");
    }

    /** Her turn runs all the time. */
    @Override
    void asUsual() {}

    @BeforeAll
    void annabelTalks() {
        Api annabel = server.api().with("annabels");
        model.always(FakeAnswer.stream("It is a " + SECRET));
        String talk = annabel.open("assistant");
        String done = annabel.begin(talk, "Mine is " + SECRET, "key", "k-" + SECRET);
        annabel.ended(done);
        model.always(held("About the " + SECRET));
        String running = annabel.begin(talk, "Go on", "key", "k2-" + SECRET);
        JsonNode messages = annabel.messages(talk);
        put("conversation", talk, "cnobodysconversation0");
        put("turn", running, "tnobodysturn000000000");
        put("ended", done, "tnobodysotherturn0000");
        put("message", messages.get(0).get("id").textValue(), "mnobodysmessage000000");
        String cursor = annabel.turn(done).get("cursor").textValue();
        put("cursor", cursor, cursor.replace(done, "tnobodysotherturn0000"));
        put("key", "k-" + SECRET, "k-nothing4you");
        secrets.addAll(annabels.values());
        secrets.addAll(List.of(SECRET, "annabel"));
        messages.forEach(message -> secrets.add(message.get("id").textValue()));
    }

    private void put(String name, String hers, String nobodys) {
        assertThat(nobodys).hasSameSizeAs(hers);
        annabels.put(name, hers);
        this.nobodys.put(name, nobodys);
    }

    // --- what is asked

    private static boolean takesBody(String method) {
        return method.equals("POST") || method.equals("PUT") || method.equals("PATCH");
    }

    /** Bodies for any door; a door that wants another one answers 400, to both alike. */
    private static final List<String> BODIES =
            List.of(
                    "{}",
                    "{\"text\":\"hi\",\"key\":\"{key}\"}",
                    "{\"decision\":\"approve\"}",
                    "{\"state\":\"paused\"}",
                    "{\"agent\":\"assistant\"}");

    private static final List<String> SSE = List.of("Accept: text/event-stream");

    /** Each route with each thing in each of its places. */
    private List<Probe> everyRoute() {
        List<Probe> probes = new ArrayList<>();
        for (AllRoutes.Line line : ROUTES) {
            if (line.pattern().stream().noneMatch(part -> part.startsWith(":"))) continue;
            for (String thing : annabels.keySet()) {
                String path = path(line, thing);
                if (!takesBody(line.method())) {
                    probes.add(new Probe(line.method(), path, null, List.of()));
                } else {
                    for (String body : BODIES)
                        probes.add(new Probe(line.method(), path, body, List.of()));
                    probes.add(new Probe(line.method(), path, BODIES.get(1), SSE));
                }
            }
        }
        return probes;
    }

    /** One thing where it belongs, so that a path of two things can be right in both. */
    private String path(AllRoutes.Line line, String thing) {
        var path = new StringBuilder();
        for (String part : line.pattern()) {
            boolean place = part.startsWith(":");
            String name = place ? part.substring(1) : part;
            String filled = annabels.containsKey(name) && !name.equals("turn") ? name : thing;
            path.append('/').append(place ? "{" + filled + "}" : part);
        }
        return path.toString();
    }

    /** Places beside the path. A door that takes ids elsewhere adds its questions here. */
    private static List<Probe> besides(String talk, String turn) {
        String mine = "/api/conversations/" + talk;
        List<Probe> probes = new ArrayList<>();
        for (String thing :
                List.of("{conversation}", "{turn}", "{ended}", "{message}", "{cursor}", "{key}")) {
            for (String path :
                    List.of(
                            "/api/conversations?before=" + thing,
                            mine + "/messages?before=" + thing,
                            mine + "/messages?after=" + thing,
                            mine + "/turns?before=" + thing,
                            "/api/turns/" + turn + "/events?after=" + thing,
                            "/" + thing,
                            "/api/" + thing)) probes.add(new Probe("GET", path, null, List.of()));
            probes.add(
                    new Probe(
                            "GET",
                            "/api/turns/" + turn + "/events",
                            null,
                            List.of("Last-Event-ID: " + thing)));
        }
        return probes;
    }

    // --- what is answered

    private static Wire.Answer ask(Api who, Probe probe) {
        List<String> headers = new ArrayList<>(who.always());
        headers.addAll(probe.headers());
        if (probe.body() != null) headers.add("Content-Type: application/json");
        try (Wire wire = who.wire()) {
            return wire.request(
                            probe.method(),
                            probe.path(),
                            probe.body(),
                            headers.toArray(String[]::new))
                    .answer();
        }
    }

    /** Asks both ways; answers what was answered. */
    private Wire.Answer same(Api who, Probe probe) {
        Wire.Answer hers = ask(who, probe.with(annabels));
        Wire.Answer nobodys = ask(who, probe.with(this.nobodys));
        assertThat(hers.status()).as("%s: %s", probe, hers.text()).isEqualTo(nobodys.status());
        assertThat(plain(hers, annabels)).as("%s", probe).isEqualTo(plain(nobodys, this.nobodys));
        for (String secret : secrets)
            if (!probe.with(annabels).toString().contains(secret))
                assertThat(hers.toString()).as("%s", probe).doesNotContain(secret);
        return hers;
    }

    /** Without what was asked for, and what is drawn by lot. */
    private static String plain(Wire.Answer answer, Map<String, String> things) {
        Map<String, String> headers = new TreeMap<>(answer.headers());
        headers.remove("retry-after");
        headers.remove("x-request-id");
        String plain = headers + "\n" + answer.text();
        for (var thing : things.entrySet())
            plain = plain.replace(thing.getValue(), "{" + thing.getKey() + "}");
        return plain.replaceAll("\"at\":\"[^\"]*\"", "at")
                .replaceAll("\\b[ctmi][a-z2-7]{20}\\b", "~");
    }

    private void nothingIsFound(String key) {
        Api who = server.api().with(key);
        for (Probe probe : everyRoute()) {
            Wire.Answer answer = same(who, probe);
            if (probe.path().startsWith("/api/ops/")) continue;
            assertThat(answer.status()).as("%s", probe).isIn(400, 404, 415);
            boolean right = probe.body() == null || probe.body().contains("text");
            if (right && probe.path().startsWith("/api/conversations/{conversation}/turns"))
                assertThat(answer.status()).as("%s", probe).isEqualTo(404);
        }
        String talk = who.open("assistant");
        String turn = cancelledTurn(who, talk);
        for (Probe probe : besides(talk, turn)) same(who, probe);
        var random = new Random(key.hashCode());
        for (int i = 0; i < RANDOM_PROBES; i++) same(who, any(random));
        for (String path :
                List.of("/api/ops/load", "/metrics", "/api/conversations", "/api/agents"))
            assertThat(who.get(path).toString()).doesNotContain(secrets);
    }

    private static String cancelledTurn(Api who, String talk) {
        String turn = who.begin(talk, "Hello");
        assertThat(ask(who, new Probe("POST", "/api/turns/" + turn + "/cancel", null, List.of())))
                .extracting(Wire.Answer::status)
                .isEqualTo(202);
        who.ended(turn);
        return turn;
    }

    /** A question that nobody thought of. */
    private Probe any(Random random) {
        List<AllRoutes.Line> lines =
                ROUTES.stream()
                        .filter(line -> line.pattern().stream().anyMatch(p -> p.startsWith(":")))
                        .toList();
        AllRoutes.Line line = lines.get(random.nextInt(lines.size()));
        var path = new StringBuilder();
        for (String part : line.pattern())
            path.append('/').append(part.startsWith(":") ? thing(random) : part);
        if (random.nextInt(4) == 0) path.append(random.nextBoolean() ? "/" : "%2e");
        for (String name : List.of("before", "after", "limit", "all", "q"))
            if (random.nextInt(4) == 0)
                path.append(path.indexOf("?") < 0 ? '?' : '&')
                        .append(name)
                        .append('=')
                        .append(thing(random));
        List<String> headers = new ArrayList<>();
        for (String name :
                List.of("Last-Event-ID", "Idempotency-Key", "X-Loadline-Conversation", "Cookie"))
            if (random.nextInt(4) == 0) headers.add(name + ": " + thing(random));
        if (random.nextBoolean()) headers.addAll(SSE);
        String method =
                random.nextInt(3) > 0
                        ? line.method()
                        : List.of("GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
                                .get(random.nextInt(6));
        boolean sends = takesBody(method) || random.nextInt(8) == 0;
        return new Probe(
                method,
                path.toString(),
                sends ? BODIES.get(random.nextInt(BODIES.size())) : null,
                headers);
    }

    private String thing(Random random) {
        List<String> names = List.copyOf(annabels.keySet());
        return "{" + names.get(random.nextInt(names.size())) + "}";
    }

    // --- the tests

    @Test
    @Order(1)
    void without_a_key_every_door_answers_the_same() {
        for (AllRoutes.Line line : ROUTES) {
            if (OPEN.contains(line.kind())) continue;
            for (Api who : List.of(server.api(), server.api().with("wrong"))) {
                Probe probe = new Probe(line.method(), path(line, "turn"), null, List.of());
                Wire.Answer answer = same(who, probe);
                assertThat(answer.status()).as("%s", probe).isEqualTo(401);
                assertThat(answer.header("www-authenticate")).isEqualTo("Bearer");
            }
        }
    }

    @Test
    @Order(2)
    void what_is_annabels_is_nowhere_while_her_turn_runs() {
        nothingIsFound("bobs");
        nothingIsFound("ops");
    }

    @Test
    @Order(3)
    void ids_and_keys_mean_something_to_their_owner_only() {
        Api bob = server.api().with("bobs");
        String talk = annabels.get("conversation");
        Wire.Answer made =
                bob.post("/api/conversations", Api.json("agent", "assistant", "id", talk));
        assertThat(made.status()).as("her id is free for him").isEqualTo(201);
        assertThat(bob.conversation(talk).get("messages").intValue()).isZero();
        Wire.Answer said = bob.say(talk, "Mine is " + SECRET, "key", annabels.get("key"));
        assertThat(said.json().get("duplicate").booleanValue()).isFalse();
        assertThat(said.json().get("turn").textValue()).isNotIn(annabels.values());
        assertThat(bob.delete("/api/conversations/" + talk).status()).isEqualTo(204);
        JsonNode list = bob.read("/api/conversations");
        assertThat(list.toString()).doesNotContain(talk);
    }

    @Test
    @Order(4)
    void nor_is_it_after_a_restart_and_she_has_lost_nothing() {
        server.restart();
        nothingIsFound("bobs");
        Api annabel = server.api().with("annabels");
        String running = annabels.get("turn");
        assertThat(annabel.turn(running).get("status").textValue()).isEqualTo("running");
        model.release();
        assertThat(annabel.ended(running).get("text").textValue()).contains(SECRET);
        assertThat(annabel.messages(annabels.get("conversation"))).hasSize(4);
    }
}
