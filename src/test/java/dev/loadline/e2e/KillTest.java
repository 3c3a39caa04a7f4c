package dev.loadline.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;

import dev.loadline.model.FakeOpenAi;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/**
 * Goal: a server that is killed while it answers loses nothing that it acknowledged, ends each turn
 * once, and gives the client that comes back exactly the final text. Method: {@code kill -9} of a
 * real process at a random moment of a streaming answer, restart on the same database, resume; 50
 * times. The model survives and says something else each time it is asked, so that a mixture of two
 * attempts would show.
 */
class KillTest {
    private static final int ROUNDS = 50;
    private static final int ROUNDS_A_CONVERSATION = 10;
    private static final int CHUNKS = 100; // of an answer that is to be cut off by a kill
    private static final int CHUNKS_AFTER = 30;
    private static final Duration PAUSE = Duration.ofMillis(4);
    private static final int WITHIN_MIN = 40;

    private final long seed = Long.getLong("loadline.kill.seed", System.nanoTime());
    private final Random random = new Random(seed);
    private final Speeches speeches = new Speeches(new Random(seed), PAUSE);

    /** What a client was told, or is owed: by turn, in order. */
    private final Map<String, Map<String, Said>> conversations = new LinkedHashMap<>();

    private final List<Long> resumedNanos = new ArrayList<>();
    private final List<Long> restartedNanos = new ArrayList<>();
    private int within;

    /** A turn's message, and the answer once it is known. */
    private record Said(String text, String key, String answer) {}

    /** How a second message is sent in a round. */
    private enum Second {
        NONE,
        /** Acknowledged while the first turn runs. */
        BEFORE_THE_KILL,
        /** Sent as the server is killed: whether it was taken is not known. */
        AT_THE_KILL
    }

    private static final class Round {
        private final int number;
        private final String conversation;
        private final String text;
        private final Second second;
        private final HeldTurn held = new HeldTurn();
        private String turn;

        Round(int number) {
            this.number = number;
            this.conversation = "c" + number / ROUNDS_A_CONVERSATION;
            this.text = "Question " + number;
            this.second =
                    switch (number % 3) {
                        case 0 -> Second.NONE;
                        case 1 -> Second.BEFORE_THE_KILL;
                        default -> Second.AT_THE_KILL;
                    };
        }

        String key() {
            return "key-" + number;
        }

        Object secondSubmit() {
            return Map.of("text", "And " + number, "key", key() + "-b", "whenBusy", "enqueue");
        }

        Object submit() {
            return Map.of("text", text, "key", key());
        }

        String path() {
            return "/api/conversations/" + conversation + "/turns";
        }
    }

    @TempDir Path directory;

    @Test
    void whoever_comes_back_after_a_kill_holds_exactly_the_final_text() throws Exception {
        System.out.println("seed " + seed + " (-Dloadline.kill.seed)");
        try (FakeOpenAi model = FakeOpenAi.start()) {
            Path config = Configured.with(directory, model.url(), "5s");
            ServerProcess server = ServerProcess.serve(config);
            for (int i = 0; i < ROUNDS; i++) {
                var round = new Round(i);
                try {
                    model.always(() -> speeches.next(CHUNKS));
                    streamAndKill(round, server, model);
                    model.always(() -> speeches.next(CHUNKS_AFTER));
                    server = comeBack(round, config);
                } catch (AssertionError | IOException e) {
                    throw new AssertionError("round " + i + ", " + server, e);
                } finally {
                    if (!server.alive()) server.close();
                }
            }
            server.close();
        }
        System.out.printf("FIGURE kills between first and last delta: %d of %d%n", within, ROUNDS);
        System.out.printf(
                "FIGURE kill test, median: process start to first resumed event %d ms, start-up"
                        + " line to first resumed event %d ms%n",
                median(restartedNanos), median(resumedNanos));
        assertThat(within).isGreaterThanOrEqualTo(WITHIN_MIN);
    }

    // --- until the kill

    private void streamAndKill(Round round, ServerProcess server, FakeOpenAi model)
            throws Exception {
        boolean byTime = round.number % 10 == 9; // also before the first delta, or after the last
        int deltas = 1 + random.nextInt(CHUNKS / 2);
        CompletableFuture<Void> killed = new CompletableFuture<>();
        int answeredBefore = model.requests() - model.closedByClient() - model.open();
        try (var http = new PlainHttp(server.port())) {
            http.open(round.conversation);
            if (byTime) {
                long ms = random.nextInt(500);
                killed =
                        CompletableFuture.runAsync(
                                server::kill9,
                                CompletableFuture.delayedExecutor(ms, TimeUnit.MILLISECONDS));
            }
            try (EventStream stream = begin(round, http)) {
                EventStream.Event event;
                while ((byTime || round.held.deltas() < deltas) && (event = stream.next()) != null)
                    takeAcknowledged(round, event);
                assertThat(byTime || round.held.deltas() == deltas).isTrue();
                killAndSubmit(round, server, http, byTime);
                killed = byTime ? killed : CompletableFuture.completedFuture(null);
                // A client may still get what was on its way, or be lost with it.
                if (random.nextBoolean()) readRest(round, stream);
            } catch (IOException lost) {
                if (!byTime) throw lost;
            }
            killed.get(20, TimeUnit.SECONDS);
        }
        WaitFor.holds("the model sees that it is left", () -> model.open() == 0);
        int answered = model.requests() - model.closedByClient();
        boolean partly = speeches.part(round.held.text());
        if (partly && !round.held.over() && answered == answeredBefore) within++;
    }

    /** Submits in one of the two ways, and follows. */
    private EventStream begin(Round round, PlainHttp http) throws IOException {
        if (round.number % 2 == 0) {
            EventStream stream =
                    EventStream.submit(http.port(), round.conversation, round.submit());
            assertThat(stream.status()).isEqualTo(200);
            acknowledged(round, stream.header("Loadline-Turn"));
            return stream;
        }
        PlainHttp.Answer submitted = http.tryPost(round.path(), round.submit());
        assertThat(submitted.status()).isEqualTo(202);
        acknowledged(round, submitted.json().get("turn").asText());
        return EventStream.of(http.port(), round.turn, null);
    }

    private void acknowledged(Round round, String turn) {
        round.turn = turn;
        said(round.conversation).put(turn, new Said(round.text, round.key(), null));
    }

    private static void takeAcknowledged(Round round, EventStream.Event event) {
        assertThat(event.data().get("turn").asText()).isEqualTo(round.turn);
        round.held.take(event);
    }

    private static void readRest(Round round, EventStream stream) {
        for (EventStream.Event event = stream.next(); event != null; event = stream.next())
            takeAcknowledged(round, event);
    }

    private void killAndSubmit(Round round, ServerProcess server, PlainHttp http, boolean byTime)
            throws Exception {
        if (byTime) return;
        switch (round.second) {
            case NONE -> server.kill9();
            case BEFORE_THE_KILL -> {
                PlainHttp.Answer queued = http.post(round.path(), round.secondSubmit());
                assertThat(queued.status()).as(queued.toString()).isEqualTo(202);
                secondIs(round, queued.json());
                server.kill9();
            }
            case AT_THE_KILL -> {
                CompletableFuture<PlainHttp.Answer> sent =
                        CompletableFuture.supplyAsync(() -> maybe(round, http));
                Thread.onSpinWait();
                CompletableFuture.runAsync(
                                server::kill9,
                                CompletableFuture.delayedExecutor(
                                        random.nextInt(8), TimeUnit.MILLISECONDS))
                        .get(20, TimeUnit.SECONDS);
                PlainHttp.Answer answer = sent.get(20, TimeUnit.SECONDS);
                if (answer != null && answer.status() == 202) secondIs(round, answer.json());
            }
        }
    }

    private static PlainHttp.Answer maybe(Round round, PlainHttp http) {
        try {
            return http.tryPost(round.path(), round.secondSubmit());
        } catch (IOException lostInTheKill) {
            return null;
        }
    }

    private void secondIs(Round round, JsonNode submitted) {
        Said said = new Said("And " + round.number, round.key() + "-b", null);
        Said before = said(round.conversation).putIfAbsent(submitted.get("turn").asText(), said);
        assertThat(before).as("one turn for one key").isIn(null, said);
    }

    private Map<String, Said> said(String conversation) {
        return conversations.computeIfAbsent(conversation, id -> new LinkedHashMap<>());
    }

    // --- after the restart

    private ServerProcess comeBack(Round round, Path config) throws IOException {
        long started = System.nanoTime();
        ServerProcess server = ServerProcess.serve(config);
        long serves = System.nanoTime();
        try (var http = new PlainHttp(server.port())) {
            if (round.turn == null) sendAgain(round, http); // the kill was before any answer
            resume(round, http, started, serves);
            checkMessages(http, false);
            if (round.second != Second.NONE) {
                PlainHttp.Answer again = http.post(round.path(), round.secondSubmit());
                assertThat(again.status()).as(again.toString()).isEqualTo(202);
                secondIs(round, again.json());
            }
            for (String turn : List.copyOf(said(round.conversation).keySet()))
                if (said(round.conversation).get(turn).answer() == null) finish(round, turn, http);
            checkMessages(http, true);
        }
        return server;
    }

    private void sendAgain(Round round, PlainHttp http) {
        http.open(round.conversation);
        PlainHttp.Answer again = http.post(round.path(), round.submit());
        assertThat(again.status()).as(again.toString()).isEqualTo(202);
        acknowledged(round, again.json().get("turn").asText());
    }

    /** With the cursor or, every other time, without; the client holds its text in both cases. */
    private void resume(Round round, PlainHttp http, long started, long serves) throws IOException {
        HeldTurn held = round.held;
        if (held.over()) return;
        String after = round.number / 2 % 2 == 0 ? held.cursor() : null;
        try (EventStream stream = EventStream.of(http.port(), round.turn, after)) {
            assertThat(stream.status()).isEqualTo(200);
            EventStream.Event first = stream.next();
            assertThat(first).isNotNull();
            restartedNanos.add(System.nanoTime() - started);
            resumedNanos.add(System.nanoTime() - serves);
            held.take(first);
            assertThat(held.follow(stream)).as("ends with a last event").isTrue();
            assertThat(stream.ended()).isTrue();
        }
        ended(round.conversation, round.turn, held, http);
    }

    /** A turn that nobody has followed so far. */
    private void finish(Round round, String turn, PlainHttp http) throws IOException {
        HeldTurn held = new HeldTurn();
        try (EventStream stream = EventStream.of(http.port(), turn, null)) {
            assertThat(stream.status()).isEqualTo(200);
            assertThat(held.follow(stream)).as("ends with a last event").isTrue();
        }
        ended(round.conversation, turn, held, http);
    }

    private void ended(String conversation, String turn, HeldTurn held, PlainHttp http)
            throws IOException {
        assertThat(held.lastEvent()).as(String.valueOf(held.end())).isEqualTo("turn.completed");
        assertThat(speeches.whole(held.text())).as(held.text()).isTrue();
        JsonNode stored = http.get("/api/turns/" + turn).json();
        assertThat(stored.get("status").asText()).isEqualTo("completed");
        assertThat(stored.get("text").asText()).isEqualTo(held.text());
        try (EventStream past = EventStream.of(http.port(), turn, held.cursor())) {
            assertThat(past.status()).as("nothing follows a last event").isEqualTo(204);
        }
        said(conversation)
                .computeIfPresent(
                        turn, (id, said) -> new Said(said.text(), said.key(), held.text()));
    }

    /** All that was acknowledged in all rounds is there, once, in order, and nothing else. */
    private void checkMessages(PlainHttp http, boolean atRest) {
        conversations.forEach(
                (conversation, turns) -> {
                    JsonNode items =
                            http.get("/api/conversations/" + conversation + "/messages?limit=200")
                                    .json()
                                    .get("items");
                    Map<String, Said> found = new LinkedHashMap<>();
                    Map<String, Integer> count = new HashMap<>();
                    for (JsonNode item : items) {
                        String turn = item.get("turn").asText();
                        String text = item.get("text").asText();
                        boolean user = item.get("role").asText().equals("user");
                        count.merge(turn + (user ? " asks" : " answers"), 1, Integer::sum);
                        if (user)
                            found.put(turn, new Said(text, item.path("key").asText(null), null));
                        else
                            found.computeIfPresent(
                                    turn, (id, said) -> new Said(said.text(), said.key(), text));
                    }
                    assertThat(count.values()).allMatch(times -> times == 1);
                    if (atRest) {
                        assertThat(List.copyOf(found.entrySet()))
                                .isEqualTo(List.copyOf(turns.entrySet()));
                    } else {
                        turns.forEach(
                                (turn, said) -> {
                                    assertThat(found).containsKey(turn);
                                    assertThat(found.get(turn).text()).isEqualTo(said.text());
                                    if (said.answer() != null)
                                        assertThat(found.get(turn)).isEqualTo(said);
                                });
                    }
                });
    }

    private static long median(List<Long> nanos) {
        return TimeUnit.NANOSECONDS.toMillis(
                nanos.stream().sorted().skip(nanos.size() / 2).findFirst().orElse(0L));
    }
}
