package dev.loadline.transport;

import com.fasterxml.jackson.databind.JsonNode;

import dev.loadline.core.Json;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/** A client that writes and reads the very bytes. Blocking, 10 s patience. */
public final class Wire implements AutoCloseable {
    /** Header names in lower case. */
    public record Answer(int status, Map<String, String> headers, String text) {
        public JsonNode json() {
            return Json.read(text(), JsonNode.class);
        }

        public String header(String name) {
            return headers.getOrDefault(name, "");
        }
    }

    /** A server-sent event; comments and fields without data are events without a type. */
    public record Event(String type, String id, String data, String comment) {
        public JsonNode json() {
            return Json.read(data, JsonNode.class);
        }
    }

    private final Socket socket;
    private final InputStream in;
    private byte[] chunk = {};
    private int chunkAt;
    private boolean bodyOver;

    private Wire(Socket socket) throws IOException {
        this.socket = socket;
        this.in = new BufferedInputStream(socket.getInputStream(), 8192);
    }

    public static Wire to(int port) {
        return to(port, 0);
    }

    /**
     * Connects to loopback.
     *
     * @param receiveBuffer bytes the kernel may hold for us; 0: its own choice
     */
    public static Wire to(int port, int receiveBuffer) {
        try {
            var socket = new Socket();
            if (receiveBuffer > 0) socket.setReceiveBufferSize(receiveBuffer);
            socket.setSoTimeout(10_000);
            socket.setTcpNoDelay(true);
            socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
            return new Wire(socket);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Waits longer than usual for what the server says. */
    public Wire patient(Duration time) {
        try {
            socket.setSoTimeout((int) time.toMillis());
            return this;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    public Wire send(String text) {
        return send(text.getBytes(StandardCharsets.UTF_8));
    }

    public Wire send(byte[] bytes) {
        try {
            socket.getOutputStream().write(bytes);
            return this;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** What a server answers that may close before it has read all that we send. */
    public Wire sendOrLose(byte[] bytes) {
        try {
            socket.getOutputStream().write(bytes);
        } catch (IOException cut) {
            return this;
        }
        return this;
    }

    public Wire get(String path, String... headers) {
        return request("GET", path, null, headers);
    }

    public Wire post(String path, String json, String... headers) {
        List<String> all = new ArrayList<>(List.of("Content-Type: application/json"));
        all.addAll(List.of(headers));
        return request("POST", path, json, all.toArray(String[]::new));
    }

    public Wire request(String method, String path, String body, String... headers) {
        var head = new StringBuilder(method + " " + path + " HTTP/1.1\r\n");
        boolean host = List.of(headers).stream().anyMatch(h -> h.startsWith("Host:"));
        if (!host) head.append("Host: localhost:").append(socket.getPort()).append("\r\n");
        for (String header : headers) head.append(header).append("\r\n");
        byte[] bytes = body == null ? new byte[0] : body.getBytes(StandardCharsets.UTF_8);
        if (body != null) head.append("Content-Length: ").append(bytes.length).append("\r\n");
        send(head + "\r\n");
        return send(bytes);
    }

    public Answer answer() {
        Answer head = head();
        try {
            byte[] body = {};
            if (head.header("transfer-encoding").equals("chunked")) {
                var all = new ByteArrayOutputStream();
                for (int b = bodyByte(); b >= 0; b = bodyByte()) all.write(b);
                body = all.toByteArray();
            } else if (!head.header("content-length").isEmpty()) {
                body = in.readNBytes(Integer.parseInt(head.header("content-length")));
            }
            String text = new String(body, StandardCharsets.UTF_8);
            return new Answer(head.status(), head.headers(), text);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    public Answer head() {
        try {
            String status = line();
            Map<String, String> headers = new TreeMap<>();
            for (String line = line(); !line.isEmpty(); line = line()) {
                int colon = line.indexOf(':');
                headers.put(
                        line.substring(0, colon).toLowerCase(Locale.ROOT),
                        line.substring(colon + 1).strip());
            }
            bodyOver = false;
            int code = Integer.parseInt(status.split(" ", -1)[1]);
            return code == 100 ? head() : new Answer(code, headers, "");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private String line() throws IOException {
        var line = new ByteArrayOutputStream();
        for (int b = in.read(); b != '\n'; b = in.read()) {
            if (b < 0) throw new SocketException("closed after '" + line + "'");
            if (b != '\r') line.write(b);
        }
        return line.toString(StandardCharsets.UTF_8);
    }

    /** The next byte of a chunked body, or -1 at its end. */
    private int bodyByte() throws IOException {
        if (bodyOver) return -1;
        if (chunkAt == chunk.length) {
            int size = Integer.parseInt(line(), 16);
            chunk = in.readNBytes(size);
            chunkAt = 0;
            line();
            if (size == 0) {
                bodyOver = true;
                return -1;
            }
        }
        return chunk[chunkAt++] & 0xFF;
    }

    /** The next event of a stream, or empty at its orderly end. */
    public Optional<Event> event() {
        try {
            String type = "";
            String id = "";
            String data = "";
            String comment = "";
            boolean any = false;
            while (true) {
                var bytes = new ByteArrayOutputStream();
                int b = bodyByte();
                if (b < 0) return Optional.empty();
                for (; b != '\n' && b >= 0; b = bodyByte()) bytes.write(b);
                String line = bytes.toString(StandardCharsets.UTF_8);
                if (line.isEmpty() && any) return Optional.of(new Event(type, id, data, comment));
                any = true;
                if (line.startsWith("event: ")) type = line.substring(7);
                else if (line.startsWith("id: ")) id = line.substring(4);
                else if (line.startsWith("data: ")) data += line.substring(6);
                else comment = line;
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** All events up to the orderly end. */
    public List<Event> events() {
        List<Event> all = new ArrayList<>();
        for (var next = event(); next.isPresent(); next = event()) all.add(next.get());
        return all;
    }

    /** True once the server has closed, whatever comes before. */
    public boolean closes() {
        try {
            int read = in.read();
            while (read >= 0) read = in.read();
            return true;
        } catch (SocketException reset) {
            return true;
        } catch (IOException e) {
            return false;
        }
    }

    /** Cut without the goodbye of TCP. */
    public void vanish() {
        try {
            if (socket.isClosed()) return;
            socket.setSoLinger(true, 0);
            socket.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void close() {
        try {
            socket.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
