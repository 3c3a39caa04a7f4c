package dev.loadline.model;

import dev.loadline.core.Clock;
import dev.loadline.core.Prompt;
import dev.loadline.core.Timers;
import dev.loadline.mailbox.HeavyWork;

import io.netty.channel.MaxMessagesRecvByteBufAllocator;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpClientAgent;
import io.vertx.core.http.HttpClientOptions;
import io.vertx.core.http.HttpClientRequest;
import io.vertx.core.http.HttpConnection;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpVersion;
import io.vertx.core.http.PoolOptions;
import io.vertx.core.http.RequestOptions;
import io.vertx.core.http.impl.HttpClientConnectionInternal;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.net.URI;
import java.util.concurrent.TimeUnit;

/**
 * A model behind a provider's server, asked by a streaming HTTP request. Any thread may hold it; a
 * call belongs to the event loop that starts it. What the providers have each of their own is their
 * {@link Protocol}.
 *
 * <p>Bounds: connecting 2 s, TLS 5 s more; a line of the answer 1 MiB; an error body 64 KiB; text
 * and reasoning of an answer together 2 Mi UTF-16 units, then it ends as {@code LENGTH}. Time-outs
 * and the deadline are kept to within half a second.
 */
final class RemoteModel implements LanguageModel {
    private static final Logger LOG = LoggerFactory.getLogger(RemoteModel.class);
    private static final int CONNECT_MS = 2000;
    private static final int TLS_S = 5;
    private static final int HEADERS_MAX = 32 * 1024;
    private static final int HTTP2_WINDOW = 1024 * 1024;
    private static final int STREAMS_PER_CONNECTION = 100;
    private static final int MESSAGES_SMALL = 500;

    /** Of 64 KiB at most, before others on the loop have their turn. */
    private static final int READS_AT_ONCE = 4;

    /** Below what servers of either kind keep: remote ones a minute, local ones 5 s at times. */
    private static final int KEEP_ALIVE_REMOTE_S = 30;

    private static final int KEEP_ALIVE_LOCAL_S = 4;

    private final RemoteSettings settings;
    private final Clients clients;
    private final HeavyWork heavy;
    private final CallWatch watch;
    private final Protocol protocol;
    private final RequestOptions request;
    private final RemoteCall.Setting forCalls;

    /**
     * @param connections how many calls may be open at once (without TLS: on each loop); as many
     *     again wait for a connection, what comes then ends as {@code CutShort}. A waiting call
     *     that is cancelled keeps its place until a connection is free, so whoever limits calls
     *     limits them to this number
     */
    RemoteModel(
            RemoteSettings settings,
            ModelTimeouts timeouts,
            int connections,
            Vertx vertx,
            Clock clock,
            Timers timers) {
        this(
                settings,
                timeouts,
                clients(settings, vertx, connections),
                HeavyWork.on(vertx),
                new CallWatch(clock, timers));
    }

    RemoteModel(
            RemoteSettings settings,
            ModelTimeouts timeouts,
            Clients clients,
            HeavyWork heavy,
            CallWatch watch) {
        this.settings = settings;
        this.clients = clients;
        this.heavy = heavy;
        this.watch = watch;
        this.protocol = Protocol.of(settings);
        this.request = request(settings, protocol);
        this.forCalls = new RemoteCall.Setting(this::connect, timeouts, protocol, settings.price());
    }

    static HttpClientOptions options(RemoteSettings settings) {
        boolean ssl = settings.url().startsWith("https:");
        return new HttpClientOptions()
                .setSsl(ssl)
                .setUseAlpn(ssl)
                .setProtocolVersion(ssl ? HttpVersion.HTTP_2 : HttpVersion.HTTP_1_1)
                .setHttp2ConnectionWindowSize(HTTP2_WINDOW)
                .setConnectTimeout(CONNECT_MS)
                .setSslHandshakeTimeout(TLS_S)
                .setSslHandshakeTimeoutUnit(TimeUnit.SECONDS)
                .setKeepAlive(true)
                .setKeepAliveTimeout(ssl ? KEEP_ALIVE_REMOTE_S : KEEP_ALIVE_LOCAL_S)
                .setHttp2KeepAliveTimeout(KEEP_ALIVE_REMOTE_S)
                .setMaxHeaderSize(HEADERS_MAX);
    }

    /** To connect is cheap without TLS only. */
    static Clients clients(RemoteSettings settings, Vertx vertx, int connections) {
        HttpClientOptions options = options(settings);
        return options.isSsl()
                ? Clients.shared(client(vertx, options, connections))
                : Clients.perLoop(() -> client(vertx, options, connections));
    }

    static HttpClientAgent client(Vertx vertx, HttpClientOptions options, int connections) {
        var pool =
                new PoolOptions()
                        .setHttp1MaxSize(connections)
                        .setHttp2MaxSize(Math.ceilDiv(connections, STREAMS_PER_CONNECTION))
                        .setMaxWaitQueueSize(
                                2 * connections); // calls that connect count as waiting
        return vertx.httpClientBuilder()
                .with(options)
                .with(pool)
                .withConnectHandler(RemoteModel::connected)
                .build();
    }

    private static void connected(HttpConnection connection) {
        connection.exceptionHandler( // the calls on it hear it, too
                broken -> LOG.debug("a connection broke", broken));
        if (!(connection instanceof HttpClientConnectionInternal known)) return;
        var reads = known.channelHandlerContext().channel().config().getRecvByteBufAllocator();
        if (reads instanceof MaxMessagesRecvByteBufAllocator bounded)
            bounded.maxMessagesPerRead(READS_AT_ONCE);
    }

    private static RequestOptions request(RemoteSettings settings, Protocol protocol) {
        URI uri = URI.create(settings.url());
        boolean ssl = uri.getScheme().equals("https");
        String host = uri.getHost();
        var request =
                new RequestOptions()
                        .setMethod(HttpMethod.POST)
                        .setSsl(ssl)
                        .setHost(host.startsWith("[") ? host.substring(1, host.length() - 1) : host)
                        .setPort(uri.getPort() >= 0 ? uri.getPort() : ssl ? 443 : 80)
                        .setURI(uri.getRawPath() + protocol.path())
                        .putHeader(HttpHeaders.CONTENT_TYPE, "application/json")
                        .putHeader(HttpHeaders.ACCEPT, "text/event-stream, application/json");
        protocol.sign(request);
        return request;
    }

    private Future<HttpClientRequest> connect(CallWatch.Loop loop) {
        try {
            return clients.of(loop).request(new RequestOptions(request));
        } catch (IllegalStateException closed) {
            return Future.failedFuture(closed);
        }
    }

    @Override
    public String name() {
        return settings.name();
    }

    @Override
    public boolean rehearsal() {
        return false;
    }

    @Override
    public @Nullable Double cost(long input, long cached, long output) {
        ModelSettings.Price price = settings.price();
        return price == null ? null : Double.valueOf(price.of(input, output));
    }

    @Override
    public ModelCall stream(ModelRequest asked, ModelListener listener) {
        Context context = Vertx.currentContext();
        if (context == null || !context.isEventLoopContext())
            throw new IllegalStateException("a model is called on an event loop");
        var call =
                new RemoteCall(
                        forCalls, asked, listener, watch, watch.here(context.deploymentID()));
        if (isSmall(asked.prompt())) {
            Buffer body = protocol.body(asked);
            context.runOnContext(started -> call.start(body));
        } else {
            heavy.run(() -> protocol.body(asked)).onComplete(call::start, call::broken);
        }
        return call;
    }

    private static boolean isSmall(Prompt prompt) {
        long left = (long) HeavyWork.SMALL - prompt.instructions().length();
        for (Prompt.Said said : prompt.messages()) left -= said.text().length();
        return left >= 0 && prompt.messages().size() <= MESSAGES_SMALL;
    }

    /** Closes the connections; calls still open end as unavailable. */
    Future<Void> close() {
        return clients.close();
    }
}
