package dev.loadline.transport;

import dev.loadline.core.Timers;

import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.VerticleBase;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.net.SocketAddress;

import org.jspecify.annotations.Nullable;

import java.time.Duration;
import java.util.concurrent.TimeUnit;

/**
 * The doors on one event loop; deploy one per loop, they share the port. Its start fails if the
 * port is taken.
 */
public final class TransportVerticle extends VerticleBase {
    private static final Duration SWEEP = Duration.ofSeconds(1);

    /** Bytes the kernel holds for a client: left alone it takes megabytes for one that sleeps. */
    private static final int SEND_BUFFER = 128 * 1024;

    /** Connections that the kernel keeps until they are accepted; it may allow fewer. */
    private static final int BACKLOG = 4_096;

    private static final int LINE_MAX = 8 * 1024; // of a request's first line, bytes

    private final TransportParts parts;
    private @Nullable HttpServer server; // this loop
    private @Nullable Streams streams; // this loop
    private @Nullable Connections connections; // this loop
    private @Nullable Sockets sockets; // this loop
    private Timers.@Nullable Timer sweep; // this loop
    private volatile int port;

    public TransportVerticle(TransportParts parts) {
        this.parts = parts;
    }

    @Override
    public Future<?> start() {
        ServerPolicy policy = parts.policy();
        var fanouts = new Fanouts(context, parts.counts(), parts.clock());
        var open = new Streams(fanouts, parts);
        var meter = parts.metrics().connections();
        var accepts = new Accepts(policy, parts.counts(), meter);
        var held = new Connections(parts.clock(), policy, accepts, meter);
        var ports = new Sockets(fanouts, parts);
        var doors = new Doors(parts, open, ports, it -> held.upgraded(it.connection()));
        streams = open;
        connections = held;
        sockets = ports;
        sweep =
                parts.timers()
                        .every(
                                SWEEP,
                                () -> {
                                    open.sweep(SWEEP);
                                    held.sweep();
                                    ports.sweep();
                                    relieve();
                                });
        HttpServer made =
                vertx.createHttpServer(options(policy, parts.tls(), accepts))
                        .connectionHandler(held::opened)
                        .invalidRequestHandler(doors::refuse)
                        .requestHandler(request -> serve(request, held, doors));
        server = made;
        return made.listen(address(policy)).onSuccess(up -> port = up.actualPort());
    }

    @Override
    public Future<?> stop() {
        if (sweep != null) sweep.cancel();
        return Future.succeededFuture();
    }

    private void relieve() {
        parts.counts().stalls().relieve(parts.memory().getAsDouble(), parts.clock().nanos());
    }

    private static void serve(HttpServerRequest request, Connections connections, Doors doors) {
        connections.follow(request);
        doors.serve(request);
    }

    /** Verticles that ask for "any free port" must get the same one. */
    private static SocketAddress address(ServerPolicy policy) {
        return policy.port() == 0
                ? SocketAddress.sharedRandomPort(1, policy.host())
                : SocketAddress.inetSocketAddress(policy.port(), policy.host());
    }

    /**
     * A WebSocket's frame that is larger than allowed is still read up to twice the limit: beyond
     * that the connection is closed in the midst of it, and a client that is still sending may not
     * read why.
     *
     * <p>The idle time-out of the socket counts both directions: our heartbeats keep a live stream
     * open, and it is there for answers that nobody takes.
     */
    static HttpServerOptions options(ServerPolicy policy, @Nullable Tls tls, Accepts accepts) {
        long idleMs = policy.idle().plus(policy.heartbeat()).toMillis();
        var options = new HttpServerOptions();
        if (tls != null)
            tls.secure(options, policy.headerMax(), policy.headerTime(), accepts::takes);
        return options.setMaxHeaderSize(policy.headerMax())
                .setMaxInitialLineLength(LINE_MAX)
                .setHttp2ClearTextEnabled(false)
                .setCompressionSupported(false)
                .setDecompressionSupported(false)
                .setHandle100ContinueAutomatically(false)
                .setAcceptBacklog(BACKLOG)
                .setTcpKeepAlive(true)
                .setTcpNoDelay(true)
                .setSendBufferSize(SEND_BUFFER)
                .setIdleTimeoutUnit(TimeUnit.MILLISECONDS)
                .setIdleTimeout((int) idleMs)
                .addWebSocketSubProtocol(SocketDoor.SUBPROTOCOL)
                .setPerMessageWebSocketCompressionSupported(false)
                .setPerFrameWebSocketCompressionSupported(false)
                .setMaxWebSocketFrameSize(2 * policy.frameMax());
    }

    /** The port in use; 0 until the start has succeeded. Any thread. */
    public int port() {
        return port;
    }

    /**
     * Ends all event streams of this loop without a last event, which tells clients to resume
     * elsewhere, closes its WebSockets with 1001, and opens no new ones. Any thread.
     */
    public Future<Void> endStreams() {
        Promise<Void> done = Promise.promise();
        context.runOnContext(
                run -> {
                    Streams open = streams;
                    if (open != null) open.endAll();
                    if (sockets != null) sockets.closeAll();
                    done.complete();
                });
        return done.future();
    }

    /**
     * Tells the clients of this loop's WebSockets to go elsewhere and closes them within the time,
     * each at its own. Completes when they are told. Any thread.
     */
    public Future<Void> drainSockets(Duration within) {
        Promise<Void> done = Promise.promise();
        context.runOnContext(
                run -> {
                    if (sockets != null) sockets.drain(within);
                    done.complete();
                });
        return done.future();
    }

    /**
     * Takes no new connections, lets requests in flight finish within the time, then cuts what is
     * left. Any thread.
     */
    public Future<Void> shutdown(Duration within) {
        Promise<Void> done = Promise.promise();
        context.runOnContext(run -> shutdown(within, done));
        return done.future();
    }

    private void shutdown(Duration within, Promise<Void> done) {
        HttpServer up = server;
        Connections held = connections;
        if (up == null || held == null) {
            done.complete();
            return;
        }
        Timers.Timer patience =
                parts.timers()
                        .after(
                                within,
                                () -> {
                                    held.cutAll();
                                    if (sockets != null) sockets.cutAll();
                                });
        up.shutdown(within.toMillis(), TimeUnit.MILLISECONDS)
                .onComplete(
                        ended -> {
                            patience.cancel();
                            done.handle(ended);
                        });
    }
}
