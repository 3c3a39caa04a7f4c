package dev.loadline.load.standin;

import io.vertx.core.buffer.Buffer;

import java.nio.charset.StandardCharsets;

/**
 * The bytes of an answer in the words of OpenAI-compatible servers; all that can be is made once.
 */
final class Chunks {
    private static final String HEAD =
            "data: {\"id\":\"chatcmpl-1\",\"object\":\"chat.completion.chunk\",\"created\":1700000000,"
                    + "\"model\":\"stand-in\",\"system_fingerprint\":\"fp_0123456789\",\"choices\":"
                    + "[{\"index\":0,\"delta\":";
    private static final String TAIL = ",\"logprobs\":null,\"finish_reason\":null}]}\n\n";
    private static final byte[] TEXT_HEAD = ascii(HEAD + "{\"content\":\"");
    private static final byte[] TEXT_TAIL = ascii("\"}" + TAIL);
    private static final byte[] ROLE =
            ascii(HEAD + "{\"role\":\"assistant\",\"content\":\"\"}" + TAIL);

    private final Script script;
    private final byte[] plain;
    private final byte[] end;

    Chunks(Script script) {
        this.script = script;
        this.plain = ascii(text("x".repeat(script.size() - 1) + " "));
        this.end =
                ascii(
                        HEAD
                                + "{},\"logprobs\":null,\"finish_reason\":\"stop\"}]}\n\n"
                                + "data: {\"id\":\"chatcmpl-1\",\"object\":\"chat.completion.chunk\","
                                + "\"created\":1700000000,\"model\":\"stand-in\",\"choices\":[],"
                                + "\"usage\":{\"prompt_tokens\":10,\"completion_tokens\":"
                                + script.tokens()
                                + ",\"total_tokens\":"
                                + (10 + script.tokens())
                                + "}}\n\ndata: [DONE]\n\n");
    }

    /** Appends the chunks from one sequence number to another (exclusive). */
    void append(Buffer out, int from, int to, long received) {
        if (from == 0) out.appendBytes(ROLE);
        for (int sequence = from; sequence < to; sequence++) {
            if (sequence == 0 || script.markAll()) {
                out.appendBytes(TEXT_HEAD);
                out.appendString(new Mark(sequence, received, System.nanoTime()).text());
                out.appendBytes(TEXT_TAIL);
            } else if (script.size() >= Script.NUMBERED_FROM) {
                out.appendBytes(TEXT_HEAD).appendString(number(sequence)).appendBytes(TEXT_TAIL);
            } else {
                out.appendBytes(plain);
            }
        }
    }

    /** Filled up with zeros in front, and one blank behind. */
    private String number(int sequence) {
        String digits = Integer.toString(sequence);
        return "0".repeat(script.size() - 1 - digits.length()) + digits + " ";
    }

    void appendEnd(Buffer out) {
        out.appendBytes(end);
    }

    private static String text(String text) {
        return HEAD + "{\"content\":\"" + text + "\"}" + TAIL;
    }

    private static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }
}
