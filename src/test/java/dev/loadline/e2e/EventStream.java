package dev.loadline.e2e;

import com.fasterxml.jackson.databind.JsonNode;

import dev.loadline.core.Json;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/**
 * One SSE answer over a plain socket. It tells an answer that was ended from one that was cut: only
 * the first has the last chunk of HTTP. One thread.
 */
final class EventStream implements AutoCloseable {
    private static final Duration SILENCE_MAX = Duration.ofSeconds(30);

    private static final Duration EVENT_WAIT = Duration.ofSeconds(60);

    private final Socket socket;
    private final InputStream in;
    private final Map<String, String> headers = new TreeMap<>();
    private int status;
    private int left; // bytes of the chunk under way
    private boolean ended;
    private boolean cut;

    /** One event as it came. */
    record Event(String name, String id, JsonNode data) {}

    private EventStream(Socket socket) throws IOException {
        this.socket = socket;
        this.in = new BufferedInputStream(socket.getInputStream());
    }

    /** A turn's events from the start, or after a cursor. */
    static EventStream of(int port, String turn, String after) throws IOException {
        String resume = after == null ? "" : "Last-Event-ID: " + after + "\r\n";
        return ask(
                port,
                "GET /api/turns/" + turn + "/events HTTP/1.1\r\n" + resume,
                "",
                SocketOptions.USUAL);
    }

    /** Submits and follows the turn. */
    static EventStream submit(int port, String conversation, Object body) throws IOException {
        return ask(port, posting(conversation), Json.write(body), SocketOptions.USUAL);
    }

    /** Submits, and has little room for what it does not read. */
    static EventStream submitAndSleep(int port, String conversation, Object body)
            throws IOException {
        return ask(port, posting(conversation), Json.write(body), SocketOptions.SMALL);
    }

    private static String posting(String conversation) {
        return "POST /api/conversations/"
                + conversation
                + "/turns HTTP/1.1\r\nContent-Type: application/json\r\n";
    }

    private enum SocketOptions {
        USUAL,
        SMALL
    }

    private static EventStream ask(int port, String head, String body, SocketOptions options)
            throws IOException {
        var socket = new Socket();
        try {
            if (options == SocketOptions.SMALL) socket.setReceiveBufferSize(4096);
            socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 10_000);
            socket.setSoTimeout((int) SILENCE_MAX.toMillis());
            byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
            String rest =
                    "Host: 127.0.0.1:%d\r\nAccept: text/event-stream\r\nContent-Length: %d\r\n\r\n"
                            .formatted(port, bytes.length);
            var all = new ByteArrayOutputStream();
            all.writeBytes((head + rest).getBytes(StandardCharsets.UTF_8));
            all.writeBytes(bytes);
            socket.getOutputStream().write(all.toByteArray());
            var stream = new EventStream(socket);
            stream.readHead();
            return stream;
        } catch (IOException failed) {
            socket.close();
            throw failed;
        }
    }

    private void readHead() throws IOException {
        status = Integer.parseInt(headLine().split(" ", 3)[1]);
        for (String line = headLine(); !line.isEmpty(); line = headLine()) {
            int colon = line.indexOf(':');
            headers.put(
                    line.substring(0, colon).toLowerCase(Locale.ROOT),
                    line.substring(colon + 1).strip());
        }
    }

    private String headLine() throws IOException {
        var line = new ByteArrayOutputStream();
        for (int b = in.read(); b != '\n'; b = in.read()) {
            if (b < 0) throw new IOException("the connection ended in the answer's head");
            if (b != '\r') line.write(b);
        }
        return line.toString(StandardCharsets.ISO_8859_1);
    }

    int status() {
        return status;
    }

    String header(String name) {
        return headers.getOrDefault(name.toLowerCase(Locale.ROOT), "");
    }

    /** True once the server has ended the answer as HTTP wants it. */
    boolean ended() {
        return ended;
    }

    /** The next event; null once the answer has ended or is cut off. */
    Event next() {
        long end = System.nanoTime() + EVENT_WAIT.toNanos();
        String name = "";
        String id = "";
        var data = new StringBuilder();
        for (String line = line(); line != null; line = line()) {
            if (System.nanoTime() - end > 0)
                throw new AssertionError("only heartbeats for " + EVENT_WAIT);
            if (line.isEmpty()) {
                if (!data.isEmpty())
                    return new Event(name, id, Json.read(data.toString(), JsonNode.class));
            } else if (line.startsWith("event: ")) name = line.substring(7);
            else if (line.startsWith("id: ")) id = line.substring(4);
            else if (line.startsWith("data: ")) data.append(line, 6, line.length());
            else if (!line.startsWith(":") && !line.startsWith("retry: "))
                throw new AssertionError("no line of an event stream: " + line);
        }
        return null; // an event that is not whole is none
    }

    private String line() {
        var line = new ByteArrayOutputStream();
        try {
            for (int b = read(); b >= 0; b = read()) {
                if (b == '\n') return line.toString(StandardCharsets.UTF_8);
                line.write(b);
            }
        } catch (IOException lost) {
            cut = true;
        }
        return null;
    }

    private int read() throws IOException {
        if (ended || cut) return -1;
        if (left == 0) {
            String size = headLine();
            if (size.isEmpty()) throw new IOException("cut between two chunks");
            left = Integer.parseInt(size, 16);
            if (left == 0) {
                headLine();
                ended = true;
                return -1;
            }
        }
        int b = in.read();
        if (b < 0) throw new IOException("cut in a chunk");
        left--;
        if (left == 0) headLine();
        return b;
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }
}
