package dev.loadline.load.tokens;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.vertx.core.buffer.Buffer;

import org.junit.jupiter.api.Test;

class NumberedTextTest {
    private static final String FIRST = delta("<0@12@34>");

    @Test
    void counts_tokens_wherever_the_bytes_are_cut() {
        String stream =
                "retry: 1000\n\nevent: turn.accepted\ndata: {\"message\":{\"text\":\"0000007 \"}}\n\n"
                        + FIRST
                        + delta("0000001 0000002 00")
                        + delta("00003 ")
                        + "event: turn.completed\ndata: {\"text\":\"<0@12@34>0000001 \"}\n\n";
        for (int size = 1; size <= stream.length(); size++) {
            NumberedText text = new NumberedText();
            for (int at = 0; at < stream.length(); at += size)
                text.take(
                        Buffer.buffer(stream.substring(at, Math.min(at + size, stream.length()))));
            assertThat(text.tokens()).as("pieces of %d bytes", size).isEqualTo(4);
        }
    }

    @Test
    void a_token_that_is_missing_is_an_error() {
        assertThatThrownBy(() -> take(FIRST + delta("0000002 ")))
                .hasMessage("token 2 where 1 is next");
    }

    @Test
    void a_token_that_comes_twice_is_an_error() {
        assertThatThrownBy(() -> take(FIRST + delta("0000001 ") + delta("0000001 ")))
                .hasMessage("token 1 where 2 is next");
    }

    private static void take(String stream) {
        new NumberedText().take(Buffer.buffer(stream));
    }

    private static String delta(String text) {
        return "event: text.delta\nid: t1.1.1.9\ndata: {\"turn\":\"t1\",\"step\":1,\"at\":0,\"text\":\""
                + text
                + "\"}\n\n";
    }
}
