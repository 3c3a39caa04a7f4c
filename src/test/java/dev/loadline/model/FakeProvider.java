package dev.loadline.model;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

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
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;

/**
 * A provider's server on a free port of loopback that misbehaves on command: each request is
 * answered by the next scripted {@link FakeAnswer}, or by the standing one. Plain sockets, so that
 * every byte and every reset is ours; a virtual thread reads and one writes per connection.
 * Requests are numbered from 1, in the order of arrival. Any thread.
 */
public abstract class FakeProvider implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(FakeProvider.class);

    private static final Duration PATIENCE = Duration.ofSeconds(10);

    private final ServerSocket server;
    private final ConcurrentLinkedQueue<FakeAnswer> next = new ConcurrentLinkedQueue<>();
    private final Map<Integer, CompletableFuture<Exchange>> exchanges = new ConcurrentHashMap<>();
    private final List<Socket> sockets = new ArrayList<>();
    private final AtomicInteger numbers = new AtomicInteger();
    private final AtomicInteger connections = new AtomicInteger();
    private volatile Supplier<FakeAnswer> standing;
    private CompletableFuture<Void> release = new CompletableFuture<>(); // guarded by this
    private int holding; // since the last release; guarded by this

    /** A request as it came. Header names are lower case. */
    public record Seen(
            int number, String method, String path, Map<String, String> headers, String body) {}

    /** A request and how its answer goes. */
    private static final class Exchange {
        private final Seen seen;
        private final CompletableFuture<Void> answered = new CompletableFuture<>();
        private final CompletableFuture<Void> closedByClient = new CompletableFuture<>();

        Exchange(Seen seen) {
            this.seen = seen;
        }

        void closed() {
            if (!answered.isDone()) closedByClient.complete(null);
        }

        boolean open() {
            return !answered.isDone() && !closedByClient.isDone();
        }
    }

    FakeProvider(String name, FakeAnswer greeting) {
        standing = () -> greeting;
        try {
            server = new ServerSocket(0, 1024, InetAddress.getLoopbackAddress());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        Thread.ofVirtual().name(name).start(this::accept);
    }

    /** What belongs into {@code url} of the settings. */
    public abstract String url();

    public int port() {
        return server.getLocalPort();
    }

    /** The next requests get these, one each. */
    public FakeProvider next(FakeAnswer... answers) {
        next.addAll(List.of(answers));
        return this;
    }

    /** What requests get when nothing else is scripted. At first a short greeting. */
    public FakeProvider always(FakeAnswer answer) {
        return always(() -> answer);
    }

    /** Likewise, made anew for each request, on any thread. */
    public FakeProvider always(Supplier<FakeAnswer> answers) {
        standing = answers;
        return this;
    }

    /** Lets every answer go on that holds now. */
    public synchronized void release() {
        CompletableFuture<Void> held = release;
        release = new CompletableFuture<>();
        holding = 0;
        held.complete(null);
    }

    /** Waits until an answer holds, then lets it go on. */
    public void releaseHeld() {
        synchronized (this) {
            long end = System.nanoTime() + PATIENCE.toNanos();
            while (holding == 0) {
                long leftMs = (end - System.nanoTime()) / 1_000_000;
                if (leftMs <= 0)
                    throw new AssertionError("waited in vain for an answer that holds");
                try {
                    wait(leftMs);
                } catch (InterruptedException e) {
                    throw new IllegalStateException(e);
                }
            }
            release();
        }
    }

    private synchronized CompletableFuture<Void> held() {
        holding++;
        notifyAll();
        return release;
    }

    /** The n-th request; waits for it, ten seconds at most. */
    public Seen request(int n) {
        return await(exchange(n), "request " + n).seen;
    }

    /** Waits until the client has closed the n-th request before it was answered. */
    public void awaitClosed(int n) {
        await(await(exchange(n), "request " + n).closedByClient, "close of request " + n);
    }

    /** Waits until the n-th request is answered to its end. */
    public void awaitAnswered(int n) {
        await(await(exchange(n), "request " + n).answered, "end of answer " + n);
    }

    public int requests() {
        return numbers.get();
    }

    /** Requests neither answered nor closed. */
    public int open() {
        return (int) here().stream().filter(Exchange::open).count();
    }

    public int closedByClient() {
        return (int) here().stream().filter(e -> e.closedByClient.isDone()).count();
    }

    /** Connections accepted so far. */
    public int connections() {
        return connections.get();
    }

    private List<Exchange> here() {
        return exchanges.values().stream()
                .filter(CompletableFuture::isDone)
                .map(CompletableFuture::join)
                .toList();
    }

    private CompletableFuture<Exchange> exchange(int n) {
        return exchanges.computeIfAbsent(n, number -> new CompletableFuture<>());
    }

    private static <T> T await(CompletableFuture<T> what, String name) {
        try {
            return what.get(PATIENCE.toMillis(), TimeUnit.MILLISECONDS);
        } catch (TimeoutException e) {
            throw new AssertionError("waited in vain for " + name, e);
        } catch (ExecutionException | InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    private void accept() {
        while (!server.isClosed()) {
            try {
                Socket socket = server.accept();
                socket.setTcpNoDelay(true);
                connections.incrementAndGet();
                synchronized (sockets) {
                    sockets.add(socket);
                }
                BlockingQueue<Exchange> queue = new LinkedBlockingQueue<>(16);
                Thread.ofVirtual().start(() -> read(socket, queue));
                Thread.ofVirtual().start(() -> write(socket, queue));
            } catch (IOException closed) {
                return;
            }
        }
    }

    private void read(Socket socket, BlockingQueue<Exchange> queue) {
        List<Exchange> mine = new ArrayList<>();
        try (InputStream in = new BufferedInputStream(socket.getInputStream())) {
            while (true) {
                String head = head(in);
                if (head == null) break;
                Exchange exchange = new Exchange(seen(head, in));
                mine.add(exchange);
                exchange(exchange.seen.number()).complete(exchange);
                queue.put(exchange);
            }
        } catch (IOException | InterruptedException gone) {
            LOG.debug("a connection ended: {}", gone.toString());
        }
        mine.forEach(Exchange::closed);
    }

    private static String head(InputStream in) throws IOException {
        var head = new ByteArrayOutputStream();
        int last4 = 0;
        for (int b = in.read(); b >= 0; b = in.read()) {
            head.write(b);
            last4 = last4 << 8 | b;
            if (last4 == 0x0D0A0D0A) return head.toString(StandardCharsets.ISO_8859_1);
        }
        return null;
    }

    private Seen seen(String head, InputStream in) throws IOException {
        List<String> lines = head.lines().toList();
        String[] first = lines.getFirst().split(" ", 3);
        Map<String, String> headers = new TreeMap<>();
        for (String line : lines.subList(1, lines.size())) {
            int colon = line.indexOf(':');
            if (colon > 0)
                headers.put(
                        line.substring(0, colon).toLowerCase(Locale.ROOT),
                        line.substring(colon + 1).strip());
        }
        int length = Integer.parseInt(headers.getOrDefault("content-length", "0"));
        String body = new String(in.readNBytes(length), StandardCharsets.UTF_8);
        return new Seen(numbers.incrementAndGet(), first[0], first[1], headers, body);
    }

    private void write(Socket socket, BlockingQueue<Exchange> queue) {
        Exchange exchange = null;
        try (socket) {
            OutputStream out = socket.getOutputStream();
            while (true) {
                exchange = queue.take();
                FakeAnswer answer = next.poll();
                if (answer == null) answer = standing.get();
                boolean goesOn = answer.play(socket, out, exchange.closedByClient, this::held);
                if (!exchange.closedByClient.isDone()) exchange.answered.complete(null);
                if (!goesOn) return;
            }
        } catch (IOException | InterruptedException gone) {
            if (exchange != null) exchange.closed();
        }
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
        release();
    }
}
