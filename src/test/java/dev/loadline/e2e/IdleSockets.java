package dev.loadline.e2e;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Very many WebSocket clients on one thread that say nothing but what heartbeats ask for. A client
 * costs this process no more than its channel, so that what is held is the server's.
 */
final class IdleSockets implements AutoCloseable {
    private static final int AT_ONCE = 100; // connecting; the listener's backlog is bounded

    private final Selector selector;
    private final ByteBuffer in = ByteBuffer.allocateDirect(64 * 1024);
    private final List<SocketChannel> channels = new ArrayList<>();
    private final AtomicInteger greeted = new AtomicInteger();
    private final AtomicInteger pings = new AtomicInteger();
    private final AtomicInteger lost = new AtomicInteger();
    private final byte[] request;
    private final int port;
    private volatile boolean closed;
    private final Thread thread;

    private IdleSockets(int port) throws IOException {
        this.port = port;
        this.selector = Selector.open();
        this.request =
                """
                GET /api/ws HTTP/1.1
                Host: 127.0.0.1:%d
                Upgrade: websocket
                Connection: Upgrade
                Sec-WebSocket-Version: 13
                Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==
                Sec-WebSocket-Protocol: loadline.v1

                """
                        .formatted(port)
                        .replace("\n", "\r\n")
                        .getBytes(StandardCharsets.US_ASCII);
        this.thread = Thread.ofPlatform().name("idle-sockets").unstarted(this::serve);
    }

    /** Opens so many; each has been greeted when this returns. */
    static IdleSockets open(int port, int count) {
        try {
            var sockets = new IdleSockets(port);
            sockets.thread.start();
            for (int i = 0; i < count; i++) {
                int opened = i;
                Measured.await(
                        "room in the backlog", () -> opened - sockets.greeted.get() < AT_ONCE);
                sockets.connect();
            }
            Measured.await(
                    "all are greeted", () -> sockets.greeted.get() + sockets.lost.get() >= count);
            return sockets;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void connect() throws IOException {
        var channel =
                SocketChannel.open(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
        channel.write(ByteBuffer.wrap(request));
        channel.configureBlocking(false);
        channels.add(channel);
        channel.register(selector, SelectionKey.OP_READ);
        selector.wakeup();
    }

    /** Heartbeats that were asked for and answered so far, by application frames. */
    int pings() {
        return pings.get();
    }

    /** Connections that the server has closed. */
    int lost() {
        return lost.get();
    }

    private void serve() {
        try {
            while (!closed) {
                selector.select(this::read, 50);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void read(SelectionKey key) {
        var channel = (SocketChannel) key.channel();
        try {
            in.clear();
            if (channel.read(in) < 0) {
                gone(key, channel);
                return;
            }
            byte[] bytes = new byte[in.flip().remaining()];
            in.get(bytes);
            String text = new String(bytes, StandardCharsets.ISO_8859_1);
            greeted.addAndGet(count(text, "\"type\":\"hello\""));
            int asked = count(text, "\"type\":\"ping\"");
            pings.addAndGet(asked);
            if (asked > 0) channel.write(ByteBuffer.wrap(masked("{\"type\":\"pong\",\"at\":1}")));
        } catch (IOException e) {
            gone(key, channel);
        }
    }

    private void gone(SelectionKey key, SocketChannel channel) {
        lost.incrementAndGet();
        key.cancel();
        try {
            channel.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static int count(String text, String what) {
        int count = 0;
        for (int at = text.indexOf(what); at >= 0; at = text.indexOf(what, at + 1)) count++;
        return count;
    }

    /** A text frame of at most 125 bytes, masked with zeros. */
    private static byte[] masked(String text) {
        byte[] body = text.getBytes(StandardCharsets.US_ASCII);
        return ByteBuffer.allocate(6 + body.length)
                .put((byte) 0x81)
                .put((byte) (0x80 | body.length))
                .putInt(0)
                .put(body)
                .array();
    }

    @Override
    public void close() {
        closed = true;
        try {
            thread.join();
            for (SocketChannel each : channels) each.close();
            selector.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }
}
