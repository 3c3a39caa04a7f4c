package dev.loadline.transport;

import com.fasterxml.jackson.databind.JsonNode;

import dev.loadline.core.Json;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/**
 * A WebSocket client (RFC 6455) that writes and reads the very frames: it can be as rude as a test
 * wants. Whatever it is told must have the types that the server ships. Pings of the protocol are
 * answered while it reads, if it is told to. Blocking, 10 s patience.
 */
public final class SocketWire implements AutoCloseable {
    public static final int CONTINUATION = 0;
    public static final int TEXT = 1;
    public static final int BINARY = 2;
    public static final int CLOSE = 8;
    public static final int PING = 9;
    public static final int PONG = 10;

    /**
     * What the server answered to the handshake; its body, if it is no upgrade, by Content-Length.
     */
    public record Shaken(int status, Map<String, String> headers, String body) {}

    /** How it ended; 1006 without a close frame. */
    public record Closed(int code, String reason) {}

    private static final WireTypes TYPES = types();

    private final Socket socket;
    private final DataInputStream in;
    private Shaken shaken;
    private Closed closed;
    private boolean answersPings = true;
    private int fragments; // of the message read last

    private SocketWire(Socket socket) throws IOException {
        this.socket = socket;
        this.in = new DataInputStream(new BufferedInputStream(socket.getInputStream(), 8192));
    }

    private static WireTypes types() {
        try (var in = SocketWire.class.getResourceAsStream("/client/loadline.d.ts")) {
            return new WireTypes(new String(in.readAllBytes(), StandardCharsets.UTF_8));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Connects and shakes hands as a program does, with the subprotocol. */
    public static SocketWire open(int port, String... headers) {
        List<String> all = new ArrayList<>(List.of(headers));
        if (all.stream().noneMatch(h -> h.startsWith("Sec-WebSocket-Protocol:")))
            all.add("Sec-WebSocket-Protocol: loadline.v1");
        return shake(port, 0, all);
    }

    /**
     * Connects without a subprotocol.
     *
     * @param receiveBuffer bytes the kernel may hold for us
     */
    public static SocketWire narrow(int port, int receiveBuffer) {
        return shake(port, receiveBuffer, List.of());
    }

    /** With these headers and no others but those that every handshake needs. */
    public static SocketWire shake(int port, int receiveBuffer, List<String> headers) {
        try {
            var socket = new Socket();
            if (receiveBuffer > 0) socket.setReceiveBufferSize(receiveBuffer);
            socket.setSoTimeout(10_000);
            socket.setTcpNoDelay(true);
            socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
            var wire = new SocketWire(socket);
            wire.handshake(port, headers);
            return wire;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void handshake(int port, List<String> headers) throws IOException {
        Map<String, String> all = new LinkedHashMap<>();
        all.put("Host", "localhost:" + port);
        all.put("Upgrade", "websocket");
        all.put("Connection", "Upgrade");
        all.put("Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ==");
        all.put("Sec-WebSocket-Version", "13");
        for (String header : headers) {
            int colon = header.indexOf(':');
            all.put(header.substring(0, colon), header.substring(colon + 1).strip());
        }
        var head = new StringBuilder("GET /api/ws HTTP/1.1\r\n");
        all.forEach((name, value) -> head.append(name).append(": ").append(value).append("\r\n"));
        socket.getOutputStream()
                .write(head.append("\r\n").toString().getBytes(StandardCharsets.UTF_8));
        int status = Integer.parseInt(line().split(" ", -1)[1]);
        Map<String, String> answered = new TreeMap<>();
        for (String line = line(); !line.isEmpty(); line = line()) {
            int colon = line.indexOf(':');
            answered.put(
                    line.substring(0, colon).toLowerCase(Locale.ROOT),
                    line.substring(colon + 1).strip());
        }
        int length = Integer.parseInt(answered.getOrDefault("content-length", "0"));
        String body = new String(in.readNBytes(length), StandardCharsets.UTF_8);
        shaken = new Shaken(status, answered, body);
    }

    private String line() throws IOException {
        var line = new ByteArrayOutputStream();
        for (int b = in.read(); b != '\n'; b = in.read()) {
            if (b < 0) throw new EOFException("closed after '" + line + "'");
            if (b != '\r') line.write(b);
        }
        return line.toString(StandardCharsets.UTF_8);
    }

    public Shaken shaken() {
        return shaken;
    }

    /** From now on it answers no ping of the protocol. */
    public SocketWire mute() {
        answersPings = false;
        return this;
    }

    public SocketWire send(Object... pairs) {
        Map<String, Object> members = new LinkedHashMap<>();
        for (int i = 0; i < pairs.length; i += 2) members.put((String) pairs[i], pairs[i + 1]);
        return text(Json.write(members));
    }

    public SocketWire text(String text) {
        return frame(TEXT, true, text.getBytes(StandardCharsets.UTF_8));
    }

    public SocketWire frame(int opcode, boolean last, byte[] payload) {
        var out = new ByteArrayOutputStream();
        head(out, opcode, last, payload.length, true);
        out.writeBytes(payload); // the mask is zero
        return raw(out.toByteArray());
    }

    /** A frame's head alone, or one without a mask. */
    public static void head(
            ByteArrayOutputStream out, int opcode, boolean last, long length, boolean masked) {
        out.write((last ? 0x80 : 0) | opcode);
        int mask = masked ? 0x80 : 0;
        if (length < 126) {
            out.write(mask | (int) length);
        } else if (length < 65_536) {
            out.write(mask | 126);
            out.write((int) (length >> 8));
            out.write((int) length);
        } else {
            out.write(mask | 127);
            for (int shift = 56; shift >= 0; shift -= 8) out.write((int) (length >> shift));
        }
        if (masked) out.writeBytes(new byte[4]);
    }

    public SocketWire raw(byte[] bytes) {
        try {
            socket.getOutputStream().write(bytes);
            return this;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The next message; null once the socket has ended, then see {@link #closed}. */
    public JsonNode next() {
        try {
            var message = new ByteArrayOutputStream();
            fragments = 0;
            while (closed == null) {
                int first = in.read();
                if (first < 0) {
                    closed = new Closed(1006, "");
                    return null;
                }
                long length = in.read();
                if (length == 126) length = in.readUnsignedShort();
                else if (length == 127) length = in.readLong();
                byte[] payload = in.readNBytes((int) length);
                int opcode = first & 15;
                if (opcode == TEXT || opcode == CONTINUATION) {
                    fragments++;
                    message.writeBytes(payload);
                    if ((first & 0x80) != 0) return typed(message.toString(StandardCharsets.UTF_8));
                } else if (opcode == CLOSE) {
                    int code =
                            payload.length < 2
                                    ? 1005
                                    : ((payload[0] & 255) << 8) | (payload[1] & 255);
                    int from = Math.min(2, payload.length);
                    closed =
                            new Closed(
                                    code,
                                    new String(
                                            payload,
                                            from,
                                            payload.length - from,
                                            StandardCharsets.UTF_8));
                    echo(payload);
                } else if (opcode == PING && answersPings) {
                    frame(PONG, true, payload);
                }
            }
            return null;
        } catch (SocketException | EOFException cut) {
            closed = new Closed(1006, cut.toString());
            return null;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static JsonNode typed(String text) {
        JsonNode message = Json.read(text, JsonNode.class);
        List<String> wrong = TYPES.checkSocket(message);
        if (!wrong.isEmpty()) throw new AssertionError(wrong + " in " + text);
        return message;
    }

    private void echo(byte[] payload) {
        try {
            frame(CLOSE, true, payload);
        } catch (UncheckedIOException gone) {
            closed = new Closed(closed.code(), closed.reason());
        }
    }

    /** How many frames the message read last came in. */
    public int fragments() {
        return fragments;
    }

    /** The next message, which must be of this type; pings aside. */
    public JsonNode next(String type) {
        JsonNode message = next();
        while (message != null
                && message.get("type").asText().equals("ping")
                && !type.equals("ping")) message = next();
        if (message == null) throw new AssertionError("no " + type + ", but " + closed);
        if (!message.get("type").asText().equals(type))
            throw new AssertionError("no " + type + ", but " + message);
        return message;
    }

    /** Everything up to and with the first of this type. */
    public List<JsonNode> upTo(String type) {
        List<JsonNode> all = new ArrayList<>();
        while (true) {
            JsonNode message = next();
            if (message == null) throw new AssertionError("no " + type + ", but " + closed);
            all.add(message);
            if (message.get("type").asText().equals(type)) return all;
        }
    }

    /** Reads to the end; how it was closed. */
    public Closed closed() {
        JsonNode message = next();
        while (message != null) message = next();
        return closed;
    }

    /** Closes with this code, and waits for the answer. */
    public Closed goodbye(int code) {
        frame(CLOSE, true, new byte[] {(byte) (code >> 8), (byte) code});
        return closed();
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
