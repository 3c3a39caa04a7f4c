package dev.loadline.transport;

import static org.assertj.core.api.Assertions.assertThat;

import dev.loadline.core.Usage;
import dev.loadline.mailbox.HeavyWork;
import dev.loadline.turn.Feed;
import dev.loadline.turn.Finish;
import dev.loadline.turn.Timings;
import dev.loadline.turn.TurnEvent;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

import java.lang.management.ManagementFactory;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/**
 * Goal: what a stream costs does not grow with tokens, with clients at the same place, or with a
 * client's slowness. Method: real sockets, counted tasks, frames and heap.
 */
class FanoutTest {
    private static final TurnEvent.Last DONE =
            new TurnEvent.Completed(Finish.STOP, Usage.NONE, Timings.NONE, null);

    private final TestServer server = new TestServer();
    private final List<Wire> readers = new ArrayList<>();

    @AfterEach
    void close() {
        readers.forEach(Wire::close);
        server.close();
    }

    private void readers(int count, int receiveBuffer) {
        for (int i = 0; i < count; i++) {
            Wire reader = Wire.to(server.port, receiveBuffer);
            reader.get("/api/turns/t1/events");
            readers.add(reader);
        }
        TestServer.until(() -> server.counts.streams() == count);
    }

    /** By the time it answers, the loop has done what was there to do before. */
    private void loopTakesPart(String path) {
        try (Wire other = server.wire()) {
            assertThat(other.get(path).answer().status()).isEqualTo(200);
        }
    }

    private static String text(List<Wire.Event> events) {
        var text = new StringBuilder();
        for (Wire.Event event : events) {
            if (!event.type().equals("text.delta")) continue;
            assertThat(event.json().get("at").asInt()).isEqualTo(text.length());
            text.append(event.json().get("text").asText());
        }
        return text.toString();
    }

    @Test
    void ten_thousand_tokens_of_one_batch_are_one_task_and_one_frame() {
        readers(1, 0);
        Wire reader = readers.getFirst();
        reader.head();
        reader.event();
        long tasks = server.counts.flushes();
        long frames = server.counts.framesEncoded();
        Feed feed = server.turns.feed("t1");
        server.turns.onTurn =
                () -> { // on the door's own loop, as in one read batch
                    for (int i = 0; i < 10_000; i++) feed.text("w");
                };
        loopTakesPart("/api/turns/t1");
        Wire.Event first = reader.event().orElseThrow();
        assertThat(first.json().get("text").asText()).hasSize(Frames.DELTA_MAX);
        Wire.Event rest = reader.event().orElseThrow();
        assertThat(rest.json().get("text").asText()).hasSize(10_000 - Frames.DELTA_MAX);
        assertThat(server.counts.flushes() - tasks).isEqualTo(1);
        assertThat(server.counts.framesEncoded() - frames).isEqualTo(1);
    }

    @Test
    void clients_at_the_same_place_share_one_encoding() {
        readers(20, 0);
        for (Wire reader : readers) {
            reader.head();
            reader.event();
        }
        assertThat(server.turns.feed("t1").subscribers()).as("one wake-up").isEqualTo(1);
        Feed feed = server.turns.feed("t1");
        server.turns.onTurn = () -> feed.text("word \uD83D\uDE00 ");
        for (int i = 0; i < 10; i++) {
            loopTakesPart("/api/turns/t1");
            for (Wire reader : readers) assertThat(reader.event()).isPresent();
        }
        assertThat(server.counts.framesEncoded()).isEqualTo(10);
        TestServer.until(() -> server.counts.framesSent() == 200); // counted behind the write
        server.turns.onTurn = () -> feed.happened(DONE);
        loopTakesPart("/api/turns/t1");
        for (Wire reader : readers) assertThat(reader.events()).hasSize(1);
        assertThat(server.counts.framesEncoded()).as("the last event, too").isEqualTo(11);
    }

    @Test
    void many_readers_are_told_a_hundred_at_a_time_and_get_one_last_event() {
        readers(250, 0);
        for (Wire reader : readers) {
            reader.head();
            reader.event();
        }
        long tasks = server.counts.flushes();
        long frames = server.counts.framesEncoded();
        Feed feed = server.turns.feed("t1");
        String text = "w".repeat(HeavyWork.SMALL + 1);
        server.turns.onTurn = () -> feed.text(text);
        loopTakesPart("/api/turns/t1");
        long pieces = Math.ceilDiv(text.length(), 2 * Frames.DELTA_MAX); // of a frame's bytes
        TestServer.until(() -> server.counts.framesEncoded() - frames >= 3 * pieces);
        assertThat(server.counts.flushes() - tasks).isEqualTo(3);
        assertThat(server.counts.framesEncoded() - frames).isEqualTo(3 * pieces);
        server.turns.onTurn = () -> feed.happened(DONE);
        loopTakesPart("/api/turns/t1");
        for (Wire reader : readers) {
            List<Wire.Event> events = reader.events();
            assertThat(text(events)).isEqualTo(text);
            assertThat(events.getLast().json().get("text").asText()).isEqualTo(text);
        }
        assertThat(server.counts.framesEncoded() - frames).as("one more").isEqualTo(3 * pieces + 1);
    }

    @Test
    void a_long_text_is_cut_between_characters() {
        String text = "x" + "\uD83D\uDE00".repeat(40_000);
        server.turns.write(
                "t1",
                feed -> {
                    feed.text(text);
                    feed.happened(DONE);
                });
        try (Wire reader = server.wire()) {
            reader.get("/api/turns/t1/events").head();
            List<Wire.Event> events = reader.events();
            assertThat(text(events)).isEqualTo(text);
            for (Wire.Event event : events) {
                if (!event.type().equals("text.delta")) continue;
                assertThat(event.json().get("text").asText().length())
                        .isLessThanOrEqualTo(Frames.DELTA_MAX);
            }
            assertThat(events.getLast().json().get("text").asText()).isEqualTo(text);
        }
    }

    @Test
    void readers_that_stop_reading_cost_no_memory_and_miss_nothing() {
        int count = 50;
        readers(count, 4096);
        String token = "some words \uD83D\uDE80 and more; ";
        server.turns.write("t1", feed -> feed.text("z"));
        long base = heapUsed();
        int tokens = 0;
        while (server.counts.stalled() < count) { // the kernel's buffers are full, then ours
            server.turns.write("t1", feed -> feed.text(token.repeat(1000)));
            tokens += 1000;
            loopTakesPart("/api/me");
        }
        long encoded = server.counts.framesEncoded();
        for (int i = 0; i < 20; i++) {
            server.turns.write(
                    "t1",
                    feed -> {
                        for (int j = 0; j < 1000; j++) feed.text(token);
                    });
            tokens += 1000;
        }
        server.turns.write("t1", feed -> feed.happened(DONE));
        assertThat(server.counts.stalled()).isEqualTo(count);
        assertThat(server.counts.framesEncoded()).as("nothing for a full queue").isEqualTo(encoded);
        long perReader = 128L * 1024;
        long text = 2L * 2 * tokens * token.length(); // as UTF-16, and as frames under way
        assertThat(heapUsed()).isLessThan(base + text + count * perReader);
        try (Wire other = server.wire()) {
            other.get("/api/me");
            assertThat(other.answer().status()).as("others are served").isEqualTo(200);
        }
        Wire reader = readers.getFirst();
        reader.head();
        List<Wire.Event> events = reader.events();
        String whole = "z" + token.repeat(tokens);
        assertThat(text(events)).isEqualTo(whole);
        assertThat(events.getLast().json().get("text").asText()).isEqualTo(whole);
        assertThat(events.size()).as("fewer, larger deltas").isLessThan(tokens / 100);
    }

    private static long heapUsed() {
        System.gc();
        return ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed();
    }

    @Test
    void a_reader_that_takes_nothing_for_a_minute_is_cut_and_may_resume() {
        readers(3, 4096);
        while (server.counts.stalled() < 3) {
            server.turns.write("t1", feed -> feed.text("x".repeat(50_000)));
            loopTakesPart("/api/me");
        }
        server.time.pass(Duration.ofSeconds(58));
        assertThat(server.counts.streams()).isEqualTo(3);
        server.time.pass(Duration.ofSeconds(4));
        TestServer.until(() -> server.counts.streams() == 0);
        assertThat(server.counts.slowReaders()).isEqualTo(3);
        assertThat(server.counts.stalled()).isZero();
        assertThat(server.turns.feed("t1").subscribers()).isZero();
    }

    @Test
    void a_reader_that_does_not_read_does_not_hold_up_the_end() {
        readers(2, 4096);
        while (server.counts.stalled() < 2) {
            server.turns.write("t1", feed -> feed.text("x".repeat(50_000)));
            loopTakesPart("/api/me");
        }
        for (TransportVerticle loop : server.loops) TestServer.await(loop.endStreams());
        assertThat(server.counts.streams()).isZero();
        TestServer.await(server.loops.getFirst().shutdown(Duration.ofSeconds(5)));
        TestServer.until(() -> server.counts.connections() == 0);
    }

    @Test
    void a_reader_that_vanishes_while_it_is_slow_leaves_nothing() {
        readers(2, 4096);
        while (server.counts.stalled() < 2) {
            server.turns.write("t1", feed -> feed.text("x".repeat(50_000)));
            loopTakesPart("/api/me");
        }
        readers.forEach(Wire::vanish);
        TestServer.until(() -> server.counts.streams() == 0 && server.counts.stalled() == 0);
        TestServer.until(() -> server.turns.feed("t1").subscribers() == 0);
    }
}
