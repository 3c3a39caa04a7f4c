package dev.loadline.e2e;

import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.Optional;

/**
 * One connection that reads an answer, at the pace of whoever holds it: while nobody asks for an
 * event, nothing is read. Holds at most 2 KiB that it has read ahead. One thread at a time.
 */
final class StreamReader implements AutoCloseable {
    /** A server-sent event. */
    record Event(String type, String id, String data) {}

    private static final int PATIENCE_MS = 30_000;

    private final Socket socket;
    private final InputStream in;
    private final byte[] ahead = new byte[2048];
    private int at;
    private int end;
    private int chunkLeft; // of the HTTP chunk under way
    private boolean chunked;
    private boolean over;
    private int contentLength;
    private int status;

    StreamReader(int port) {
        this(port, 0);
    }

    /**
     * Connects.
     *
     * @param receiveBuffer bytes that the kernel may hold for us; 0: its own choice
     */
    StreamReader(int port, int receiveBuffer) {
        try {
            socket = new Socket();
            if (receiveBuffer > 0) socket.setReceiveBufferSize(receiveBuffer);
            socket.setSoTimeout(PATIENCE_MS);
            socket.setTcpNoDelay(true);
            socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
            in = socket.getInputStream();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Sends a request; reads nothing. */
    StreamReader send(String method, String path, String body, String accept) {
        byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
        String head =
                method
                        + " "
                        + path
                        + " HTTP/1.1\r\nHost: localhost:"
                        + socket.getPort()
                        + "\r\nAccept: "
                        + accept
                        + (bytes.length == 0
                                ? ""
                                : "\r\nContent-Type: application/json\r\nContent-Length: "
                                        + bytes.length)
                        + "\r\n\r\n";
        try {
            socket.getOutputStream().write(head.getBytes(StandardCharsets.US_ASCII));
            socket.getOutputStream().write(bytes);
            return this;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Sends a request and reads the head of its answer. */
    StreamReader ask(String method, String path, String body, String accept) {
        return send(method, path, body, accept).head();
    }

    /** Sends a request and answers with what status it is met. */
    int status(String method, String path, String body) {
        send(method, path, body, "application/json").lines();
        return status;
    }

    /** Reads the head of an answer, which must be a good one. */
    StreamReader head() {
        lines();
        if (status / 100 != 2) throw new AssertionError(status + " " + whole());
        return this;
    }

    private void lines() {
        status = Integer.parseInt(rawLine().split(" ", 3)[1]);
        for (String line = rawLine(); !line.isEmpty(); line = rawLine()) {
            String lower = line.toLowerCase(Locale.ROOT);
            if (lower.equals("transfer-encoding: chunked")) chunked = true;
            if (lower.startsWith("content-length: "))
                contentLength = Integer.parseInt(lower.substring(16));
        }
    }

    /** The body that is left. */
    String whole() {
        var body = new ByteArrayOutputStream();
        if (chunked) {
            for (int b = bodyByte(); b >= 0; b = bodyByte()) body.write(b);
        } else {
            for (int i = 0; i < contentLength; i++) body.write(rawByte());
        }
        return body.toString(StandardCharsets.UTF_8);
    }

    /** The next event; empty at the orderly end of the answer. Comments are passed over. */
    Optional<Event> event() {
        String type = "";
        String id = "";
        String data = "";
        for (String text = bodyLine(); text != null; text = bodyLine()) {
            if (text.startsWith("event: ")) type = text.substring(7);
            else if (text.startsWith("id: ")) id = text.substring(4);
            else if (text.startsWith("data: ")) data = text.substring(6);
            else if (text.isEmpty() && !type.isEmpty())
                return Optional.of(new Event(type, id, data));
        }
        return Optional.empty();
    }

    private String rawLine() {
        var line = new StringBuilder();
        for (int b = rawByte(); b != '\n'; b = rawByte()) if (b != '\r') line.append((char) b);
        return line.toString();
    }

    /** The next line of the body; null at its end. */
    private String bodyLine() {
        var line = new ByteArrayOutputStream(512);
        for (int b = bodyByte(); b != '\n'; b = bodyByte()) {
            if (b < 0) return null;
            line.write(b);
            int run = 0; // more of the line that is here already
            int here = Math.min(chunkLeft - 1, end - at);
            while (run < here && ahead[at + run] != '\n') run++;
            if (run <= 0) continue;
            line.write(ahead, at, run);
            at += run;
            chunkLeft -= run;
        }
        return line.toString(StandardCharsets.UTF_8);
    }

    /** The next byte of the body, or -1 at its end. */
    private int bodyByte() {
        if (over) return -1;
        if (chunkLeft == 0) {
            chunkLeft = Integer.parseInt(rawLine(), 16);
            if (chunkLeft == 0) {
                over = true;
                rawLine();
                return -1;
            }
        }
        int b = rawByte();
        if (--chunkLeft == 0) rawLine();
        return b;
    }

    private int rawByte() {
        if (at == end) fill();
        return ahead[at++] & 0xFF;
    }

    private void fill() {
        try {
            end = in.read(ahead);
            at = 0;
            if (end < 0) throw new EOFException("closed by the server");
        } catch (IOException e) {
            end = 0;
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
