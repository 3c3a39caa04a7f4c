package dev.loadline.model;

import com.fasterxml.jackson.core.io.JsonStringEncoder;

import io.vertx.core.buffer.Buffer;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Supplier;

/**
 * What a {@link FakeProvider} does with one request: acts in order, in the words of
 * OpenAI-compatible servers. Immutable; each method with a small letter adds an act. Every write is
 * flushed and, after a {@link #head}, an HTTP chunk of its own.
 */
public record FakeAnswer(List<Act> acts) {
    /** One thing to do. */
    public sealed interface Act {
        record Head(int status, Map<String, String> headers) implements Act {}

        record Write(Buffer bytes) implements Act {}

        record Repeat(Buffer bytes, int times) implements Act {}

        /** Bytes with no HTTP around them. */
        record Raw(Buffer bytes) implements Act {}

        record Pause(Duration time) implements Act {}

        /** Until {@link FakeProvider#release()}. */
        record Hold() implements Act {}

        /** For ever, or until the client closes. */
        record Hang() implements Act {}

        /** Ends the connection in the middle of a chunk, by FIN or by RST. */
        record Cut(boolean reset) implements Act {}
    }

    public FakeAnswer {
        acts = List.copyOf(acts);
    }

    public static FakeAnswer empty() {
        return new FakeAnswer(List.of());
    }

    /** Takes the request and never says anything. */
    public static FakeAnswer hang() {
        return empty().with(new Act.Hang());
    }

    /** A whole good answer: role, the texts as chunks, finish, usage, {@code [DONE]}. */
    public static FakeAnswer stream(String... texts) {
        return begun().texts(texts).ended();
    }

    /** Headers of an event stream and the chunk that only opens the answer. */
    public static FakeAnswer begun() {
        return head(200, "text/event-stream")
                .data(chunk("{\"role\":\"assistant\",\"content\":\"\"}"));
    }

    public static FakeAnswer head(int status, String contentType) {
        return head(status, Map.of("Content-Type", contentType));
    }

    public static FakeAnswer head(int status, Map<String, String> headers) {
        return empty().with(new Act.Head(status, headers));
    }

    /** A status with a JSON body. */
    public static FakeAnswer status(int status, String json, String... headers) {
        Map<String, String> all = new LinkedHashMap<>();
        all.put("Content-Type", "application/json");
        for (int i = 0; i < headers.length; i += 2) all.put(headers[i], headers[i + 1]);
        return head(status, all).write(json);
    }

    /** A whole answer that is not streamed. */
    public static FakeAnswer whole(String text) {
        return status(
                200,
                "{\"id\":\"x\",\"object\":\"chat.completion\",\"choices\":[{\"index\":0,\"message\":"
                        + "{\"role\":\"assistant\",\"content\":"
                        + quoted(text)
                        + "},\"finish_reason\":\"stop\"}],\"usage\":{\"prompt_tokens\":7,"
                        + "\"completion_tokens\":3,\"total_tokens\":10}}");
    }

    public FakeAnswer with(Act... more) {
        List<Act> all = new ArrayList<>(acts);
        all.addAll(Arrays.asList(more));
        return new FakeAnswer(all);
    }

    public FakeAnswer then(FakeAnswer more) {
        return with(more.acts.toArray(Act[]::new));
    }

    public FakeAnswer write(String text) {
        return write(text.getBytes(StandardCharsets.UTF_8));
    }

    public FakeAnswer write(byte[] bytes) {
        return with(new Act.Write(Buffer.buffer(bytes)));
    }

    public FakeAnswer data(String json) {
        return write("data: " + json + "\n\n");
    }

    public FakeAnswer texts(String... texts) {
        FakeAnswer all = this;
        for (String text : texts) all = all.data(chunk("{\"content\":" + quoted(text) + "}"));
        return all;
    }

    /** The same text chunk again and again. */
    public FakeAnswer repeat(String text, int times) {
        String data = "data: " + chunk("{\"content\":" + quoted(text) + "}") + "\n\n";
        return with(new Act.Repeat(Buffer.buffer(data), times));
    }

    public FakeAnswer reasoning(String text) {
        return data(chunk("{\"reasoning\":" + quoted(text) + "}"));
    }

    public FakeAnswer finish(String reason) {
        return data(
                "{\"id\":\"x\",\"object\":\"chat.completion.chunk\",\"choices\":[{\"index\":0,"
                        + "\"delta\":{},\"finish_reason\":\""
                        + reason
                        + "\"}]}");
    }

    public FakeAnswer usage(int input, int output) {
        return data(
                "{\"id\":\"x\",\"choices\":[],\"usage\":{\"prompt_tokens\":%d,\"completion_tokens\":%d}}"
                        .formatted(input, output));
    }

    public FakeAnswer done() {
        return data("[DONE]");
    }

    public FakeAnswer ended() {
        return finish("stop").usage(7, 3).done();
    }

    public FakeAnswer pause(Duration time) {
        return with(new Act.Pause(time));
    }

    public FakeAnswer hold() {
        return with(new Act.Hold());
    }

    /** Says nothing more and keeps the connection. */
    public FakeAnswer stall() {
        return with(new Act.Hang());
    }

    public FakeAnswer cut() {
        return with(new Act.Cut(false));
    }

    public FakeAnswer reset() {
        return with(new Act.Cut(true));
    }

    /** The bytes that all writes make, one after the other. */
    public byte[] body() {
        var all = new ByteArrayOutputStream();
        for (Act act : acts)
            if (act instanceof Act.Write(Buffer bytes)) all.writeBytes(bytes.getBytes());
        return all.toByteArray();
    }

    /** A chunk with this delta. */
    public static String chunk(String delta) {
        return "{\"id\":\"chatcmpl-1\",\"object\":\"chat.completion.chunk\",\"created\":1700000000,"
                + "\"model\":\"some-model\",\"system_fingerprint\":\"fp_0123456789\",\"choices\":"
                + "[{\"index\":0,\"delta\":"
                + delta
                + ",\"logprobs\":null,\"finish_reason\":null}],\"usage\":null}";
    }

    public static String quoted(String text) {
        return "\"" + new String(JsonStringEncoder.getInstance().quoteAsString(text)) + "\"";
    }

    /**
     * Plays the acts.
     *
     * @return true if the connection can take another request
     */
    boolean play(
            Socket socket,
            OutputStream out,
            CompletableFuture<Void> closed,
            Supplier<CompletableFuture<Void>> release)
            throws IOException, InterruptedException {
        for (Act act : acts) {
            if (closed.isDone()) return false;
            switch (act) {
                case Act.Head(int status, Map<String, String> headers) ->
                        head(out, status, headers);
                case Act.Write(Buffer bytes) -> chunk(out, bytes.getBytes());
                case Act.Repeat(Buffer bytes, int times) -> {
                    byte[] same = bytes.getBytes();
                    for (int i = 0; i < times && !closed.isDone(); i++) chunk(out, same);
                }
                case Act.Raw(Buffer bytes) -> out.write(bytes.getBytes());
                case Act.Pause(Duration time) -> wait(closed, time);
                case Act.Hold() -> wait(CompletableFuture.anyOf(closed, release.get()), null);
                case Act.Hang() -> wait(closed, null);
                case Act.Cut(boolean reset) -> {
                    out.write("1000\r\ndata: {\"cho".getBytes(StandardCharsets.US_ASCII));
                    out.flush();
                    if (reset) socket.setSoLinger(true, 0);
                    return false;
                }
            }
            out.flush();
        }
        if (closed.isDone()) return false;
        if (acts.isEmpty() || !(acts.getFirst() instanceof Act.Head)) return false;
        out.write("0\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
        out.flush();
        return true;
    }

    private static void head(OutputStream out, int status, Map<String, String> headers)
            throws IOException {
        var head = new StringBuilder("HTTP/1.1 " + status + " Whatever\r\n");
        headers.forEach((name, value) -> head.append(name + ": " + value + "\r\n"));
        head.append("Transfer-Encoding: chunked\r\n\r\n");
        out.write(head.toString().getBytes(StandardCharsets.ISO_8859_1));
    }

    private static void chunk(OutputStream out, byte[] bytes) throws IOException {
        var chunk = new ByteArrayOutputStream(bytes.length + 16);
        chunk.writeBytes(
                (Integer.toHexString(bytes.length) + "\r\n").getBytes(StandardCharsets.US_ASCII));
        chunk.writeBytes(bytes);
        chunk.writeBytes("\r\n".getBytes(StandardCharsets.US_ASCII));
        out.write(chunk.toByteArray());
    }

    private static void wait(CompletableFuture<?> until, Duration time)
            throws InterruptedException {
        try {
            if (time == null) until.get();
            else until.get(time.toNanos(), TimeUnit.NANOSECONDS);
        } catch (TimeoutException passed) {
            return; // that is what a pause is
        } catch (ExecutionException e) {
            throw new IllegalStateException(e);
        }
    }
}
