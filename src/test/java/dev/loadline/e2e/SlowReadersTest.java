package dev.loadline.e2e;

import static dev.loadline.e2e.Measured.figure;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;

import dev.loadline.core.Json;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Semaphore;

/**
 * Goal: readers that stop reading cost a place in the text and what a socket holds, never a copy of
 * what they miss; nobody else notices; and they lose nothing. Method: 200 connections with small
 * receive buffers on turns of 1 MiB each; what is held is counted after forced collections, heap
 * and direct memory together.
 */
class SlowReadersTest {
    private static final int READERS = 200;
    private static final int STALLED_MIN = 150;
    private static final int RECEIVE_BUFFER = 4096;
    private static final int CHARS = 1024 * 1024;
    private static final int TOKEN_CHARS = 64;
    private static final long PER_READER = 128 * 1024;
    private static final int READ_ON = 5;

    @TempDir Path directory;
    private Upstream upstream;
    private MeasuredServer server;
    private final List<Slow> readers = new ArrayList<>();

    @BeforeEach
    void open() {
        upstream = Upstream.start();
        server = MeasuredServer.start(directory, upstream);
    }

    @AfterEach
    void close() {
        readers.forEach(reader -> reader.stream.close());
        server.close();
        upstream.close();
    }

    /** A connection, and how much of the text it has been given. */
    private static final class Slow {
        private final StreamReader stream;
        private final String text; // that it must be given
        private int length;
        private boolean ended;

        Slow(StreamReader stream, String text) {
            this.stream = stream;
            this.text = text;
        }

        /** Reads one event; false at the end of the answer. */
        boolean reads() {
            var event = stream.event();
            if (event.isEmpty()) return false;
            assertThat(ended).as("something follows the last event").isFalse();
            JsonNode data = Json.read(event.get().data(), JsonNode.class);
            switch (event.get().type()) {
                case "text.delta" -> {
                    String more = data.get("text").textValue();
                    assertThat(data.get("at").intValue()).isEqualTo(length);
                    assertThat(text.startsWith(more, length)).isTrue();
                    length += more.length();
                }
                case "turn.completed" -> {
                    assertThat(data.get("text").textValue().equals(text)).isTrue();
                    assertThat(length).isEqualTo(text.length());
                    ended = true;
                }
                default -> assertThat(length).isZero();
            }
            return true;
        }

        void readsTo(int chars) {
            while (length < chars) assertThat(reads()).isTrue();
        }

        void readsToTheEnd() {
            boolean more = true;
            while (more) more = reads();
            assertThat(ended).isTrue();
        }
    }

    @Test
    void two_turns_in_latin_letters() {
        holds("2 turns, 1 byte a char", 2, 'a', 1);
    }

    @Test
    void four_turns_in_chinese() {
        holds("4 turns, 2 bytes a char", 4, '\u4e00', 2);
    }

    private void holds(String what, int turns, char alphabet, int bytesPerChar) {
        List<String> tokens = tokens(alphabet);
        String text = String.join("", tokens);
        try (StreamReader first = server.submitAndRead("warm up")) { // its small answer
            while (first.event().isPresent()) {}
        }
        upstream.answers(Upstream.Answer.of(tokens, 64));
        var warm = new Slow(server.submitAndRead("warm up"), text);
        warm.readsToTheEnd();
        warm.stream.close();
        Measured.Memory base = Measured.Memory.now();

        stall(turns, tokens, text);
        int stalledAtOnce = server.streams().stalled();
        Measured.Memory atOnce = Measured.Memory.now().minus(base);
        for (int i = 0; i < READERS; i++) readers.get(i).readsTo(i % 40 * 4_000);
        awaitStalled();
        int stalledApart = server.streams().stalled();
        Measured.Memory apart = Measured.Memory.now().minus(base);
        long texts = (long) turns * CHARS * bytesPerChar;
        long bound = texts + READERS * PER_READER;
        figure(
                ("slow readers, %s: %d stalled of %d at the start of the text: heap +%d KiB,"
                                + " direct +%d KiB; %d stalled at 40 places: heap +%d KiB, direct +%d KiB;"
                                + " bound %d KiB (texts %d KiB)")
                        .formatted(
                                what,
                                stalledAtOnce,
                                READERS,
                                atOnce.heap() / 1024,
                                atOnce.direct() / 1024,
                                stalledApart,
                                apart.heap() / 1024,
                                apart.direct() / 1024,
                                bound / 1024,
                                texts / 1024));
        aNewTurnIsServed();
        for (int i = 0; i < READERS; i += READERS / READ_ON) readers.get(i).readsToTheEnd();
        assertThat(stalledAtOnce).isGreaterThanOrEqualTo(STALLED_MIN);
        assertThat(stalledApart).isGreaterThanOrEqualTo(STALLED_MIN);
        assertThat(atOnce.sum()).isLessThanOrEqualTo(bound);
        assertThat(apart.sum()).isLessThanOrEqualTo(bound);
        assertThat(server.streams().slowReaders()).isZero();
    }

    /** Opens all streams before there is any text, then lets the turns run to their end. */
    private void stall(int turns, List<String> tokens, String text) {
        var pace = new Semaphore(0);
        upstream.answers(Upstream.Answer.of(tokens, 64).paced(pace));
        List<String> ids = new ArrayList<>();
        for (int i = 0; i < turns; i++) ids.add(server.submit("go on"));
        for (int i = 0; i < READERS; i++) {
            String path = "/api/turns/" + ids.get(i % turns) + "/events";
            var stream = new StreamReader(server.port(), RECEIVE_BUFFER);
            readers.add(new Slow(stream.ask("GET", path, "", "text/event-stream"), text));
        }
        pace.release(1_000_000);
        for (String id : ids)
            Measured.await("the turn's end", () -> status(id).equals("completed"));
        awaitStalled();
    }

    private String status(String turn) {
        return server.ask("GET", "/api/turns/" + turn, "").get("status").textValue();
    }

    private void awaitStalled() {
        Measured.await("full write queues", () -> server.streams().stalled() >= STALLED_MIN);
    }

    private void aNewTurnIsServed() {
        upstream.answers(Upstream.Answer.of(List.of("I", " am", " here"), 1));
        var said = new StringBuilder();
        String last = "";
        try (StreamReader reader = server.submitAndRead("are you there?")) {
            for (var event = reader.event(); event.isPresent(); event = reader.event()) {
                last = event.get().type();
                if (last.equals("text.delta"))
                    said.append(
                            Json.read(event.get().data(), JsonNode.class).get("text").textValue());
            }
        }
        assertThat(said).hasToString("I am here");
        assertThat(last).isEqualTo("turn.completed");
        assertThat(server.streams().stalled()).isGreaterThanOrEqualTo(STALLED_MIN);
    }

    /** Each says which it is, so that one in the wrong place is seen. */
    private static List<String> tokens(char alphabet) {
        List<String> tokens = new ArrayList<>();
        for (int i = 0; i < CHARS / TOKEN_CHARS; i++) {
            String number = Integer.toString(i);
            String letter = String.valueOf((char) (alphabet + i % 26));
            tokens.add(number + letter.repeat(TOKEN_CHARS - number.length()));
        }
        return tokens;
    }
}
