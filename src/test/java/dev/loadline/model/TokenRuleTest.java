package dev.loadline.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import com.sun.management.ThreadMXBean;

import dev.loadline.core.Outcome;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestReporter;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.stream.Stream;

/**
 * Goal: a token costs one parse and one string: no timer, little garbage. Method: 10,000 chunks
 * over a real socket, allocation of the loop's thread and timers counted.
 */
class TokenRuleTest extends OpenAiWorld {
    private static final int TOKENS = 10_000;

    /** Measured: 420 a token that comes alone over HTTP/1. */
    private static final int BYTES_PER_TOKEN_MAX = 1536;

    /** Measured: 48, the text itself. */
    private static final int BYTES_PER_CHUNK_MAX = 200;

    private static final class Counting implements ModelListener {
        private final java.util.concurrent.CompletableFuture<Outcome<ModelAnswer>> end =
                new java.util.concurrent.CompletableFuture<>();
        private int deltas;

        @Override
        public void sent() {}

        @Override
        public void text(String delta) {
            deltas++;
        }

        @Override
        public void reasoning(String delta) {}

        @Override
        public void ended(Outcome<ModelAnswer> outcome) {
            end.complete(outcome);
        }
    }

    @Test
    void ten_thousand_tokens_make_no_timers_and_little_garbage(TestReporter reporter)
            throws Exception {
        stream(); // classes are loaded, code is warm
        stream();
        int timersBefore = timers.made.get();
        long before = allocated();
        stream();
        long perToken = (allocated() - before) / TOKENS;
        reporter.publishEntry("bytes per token on the loop", String.valueOf(perToken));
        assertThat(perToken).isLessThan(BYTES_PER_TOKEN_MAX);
        assertThat(timers.made.get() - timersBefore).as("timers for the call").isEqualTo(1);
    }

    static Stream<Arguments> chunks() {
        return Stream.of(
                arguments(
                        "openai",
                        new OpenAiChunk(),
                        "data: " + FakeAnswer.chunk("{\"content\":\" token\"}") + "\n\n"),
                arguments(
                        "anthropic",
                        new AnthropicChunk(),
                        FakeAnthropic.wire(
                                "content_block_delta",
                                "\"index\":0,\"delta\":{\"type\":\"text_delta\",\"text\":\" token\"}")));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("chunks")
    void parsing_alone_makes_little_garbage(
            String provider, Chunk read, String text, TestReporter reporter) {
        byte[] chunk = text.getBytes(StandardCharsets.UTF_8);
        int[] units = {0};
        var parser =
                new SseParser(
                        (data, length, error) -> {
                            if (read.read(data, length) && read.text != null)
                                units[0] += read.text.length();
                            return true;
                        });
        for (int i = 0; i < TOKENS; i++) parser.feed(chunk, 0, chunk.length);
        long before = threads().getThreadAllocatedBytes(Thread.currentThread().threadId());
        for (int i = 0; i < TOKENS; i++) parser.feed(chunk, 0, chunk.length);
        long perToken =
                (threads().getThreadAllocatedBytes(Thread.currentThread().threadId()) - before)
                        / TOKENS;
        reporter.publishEntry("bytes per parsed chunk, " + provider, String.valueOf(perToken));
        assertThat(units[0]).isEqualTo(2 * TOKENS * " token".length());
        assertThat(perToken).isLessThan(BYTES_PER_CHUNK_MAX);
    }

    private void stream() throws Exception {
        server.next(FakeAnswer.begun().repeat(" token", TOKENS).ended());
        var counting = new Counting();
        start(model, request(Duration.ofMinutes(1)), counting);
        assertThat(counting.end.get(30, java.util.concurrent.TimeUnit.SECONDS))
                .isInstanceOf(Outcome.Ok.class);
        assertThat(counting.deltas).isEqualTo(TOKENS);
    }

    private long allocated() {
        return onLoop(() -> threads().getThreadAllocatedBytes(Thread.currentThread().threadId()));
    }

    private static ThreadMXBean threads() {
        return (ThreadMXBean) ManagementFactory.getThreadMXBean();
    }
}
