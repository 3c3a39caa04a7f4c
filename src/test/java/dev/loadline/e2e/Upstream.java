package dev.loadline.e2e;

import com.fasterxml.jackson.core.io.JsonStringEncoder;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Semaphore;

/**
 * An OpenAI-compatible server that only streams, on threads of its own and with next to no garbage,
 * so that what is measured is the server under test. Any thread.
 */
final class Upstream implements AutoCloseable {
    /**
     * An answer.
     *
     * @param tokens its texts, in order, a chunk each
     * @param perWrite how many chunks go into one write to the socket
     * @param pace a permit is taken before each write; null: none is needed
     */
    record Answer(List<String> tokens, int perWrite, Semaphore pace) {
        static Answer of(List<String> tokens, int perWrite) {
            return new Answer(tokens, perWrite, null);
        }

        Answer paced(Semaphore by) {
            return new Answer(tokens, perWrite, by);
        }

        String text() {
            return String.join("", tokens);
        }
    }

    private static final List<String> HEAD =
            List.of(
                    "HTTP/1.1 200 OK",
                    "Content-Type: text/event-stream",
                    "Transfer-Encoding: chunked",
                    "",
                    "");

    private final ServerSocket server;
    private final List<Socket> sockets = new ArrayList<>();
    private volatile Answer answer = Answer.of(List.of("Hello"), 1);

    private Upstream(ServerSocket server) {
        this.server = server;
    }

    static Upstream start() {
        try {
            var upstream = new Upstream(new ServerSocket(0, 512, InetAddress.getLoopbackAddress()));
            Thread.ofPlatform().daemon().name("upstream").start(upstream::accept);
            return upstream;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    String url() {
        return "http://127.0.0.1:" + server.getLocalPort() + "/v1";
    }

    /** What requests get from now on. */
    void answers(Answer next) {
        answer = next;
    }

    private void accept() {
        try {
            while (true) {
                Socket socket = server.accept();
                socket.setTcpNoDelay(true);
                synchronized (sockets) {
                    sockets.add(socket);
                }
                Thread.ofPlatform().daemon().name("upstream-answer").start(() -> serve(socket));
            }
        } catch (IOException closed) {
            return; // the test is over
        }
    }

    private void serve(Socket socket) {
        try (socket) {
            InputStream in = new BufferedInputStream(socket.getInputStream());
            while (request(in)) say(socket.getOutputStream(), answer);
        } catch (IOException | InterruptedException gone) {
            return; // the server has closed the call
        }
    }

    /** Reads a request to its end; false if there is none. */
    private static boolean request(InputStream in) throws IOException {
        var head = new ByteArrayOutputStream();
        int last4 = 0;
        while (last4 != 0x0D0A0D0A) {
            int b = in.read();
            if (b < 0) return false;
            head.write(b);
            last4 = last4 << 8 | b;
        }
        String length =
                head.toString(StandardCharsets.ISO_8859_1)
                        .lines()
                        .map(line -> line.toLowerCase(Locale.ROOT))
                        .filter(line -> line.startsWith("content-length:"))
                        .findFirst()
                        .orElseThrow();
        in.skipNBytes(Long.parseLong(length.substring(length.indexOf(':') + 1).strip()));
        return true;
    }

    private static void say(OutputStream out, Answer answer)
            throws IOException, InterruptedException {
        out.write(String.join("\r\n", HEAD).getBytes(StandardCharsets.US_ASCII));
        List<String> tokens = answer.tokens();
        for (int at = 0; at < tokens.size(); at += answer.perWrite()) {
            var write = new ByteArrayOutputStream();
            int end = Math.min(tokens.size(), at + answer.perWrite());
            for (String token : tokens.subList(at, end))
                write.writeBytes(chunk("{\"content\":" + quoted(token) + "}", "null"));
            if (answer.pace() != null) answer.pace().acquire();
            out.write(write.toByteArray());
        }
        var end = new ByteArrayOutputStream();
        end.writeBytes(chunk("{}", "\"stop\""));
        end.writeBytes(http("data: [DONE]\n\n"));
        end.writeBytes(http(""));
        out.write(end.toByteArray());
    }

    private static byte[] chunk(String delta, String finish) {
        String json =
                """
                {"id":"chatcmpl-0123456789","object":"chat.completion.chunk","created":1700000000,\
                "model":"some-model","choices":[{"index":0,"delta":%s,"logprobs":null,\
                "finish_reason":%s}]}\
                """
                        .formatted(delta, finish);
        return http("data: " + json + "\n\n");
    }

    private static byte[] http(String text) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        var chunk = new ByteArrayOutputStream(bytes.length + 16);
        chunk.writeBytes(
                (Integer.toHexString(bytes.length) + "\r\n").getBytes(StandardCharsets.US_ASCII));
        chunk.writeBytes(bytes);
        chunk.writeBytes("\r\n".getBytes(StandardCharsets.US_ASCII));
        return chunk.toByteArray();
    }

    private static String quoted(String text) {
        return "\"" + new String(JsonStringEncoder.getInstance().quoteAsString(text)) + "\"";
    }

    @Override
    public void close() {
        try {
            server.close();
            synchronized (sockets) {
                for (Socket socket : sockets) socket.close();
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
