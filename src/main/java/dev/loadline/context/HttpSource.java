package dev.loadline.context;

import dev.loadline.core.Agent;
import dev.loadline.core.Clock;
import dev.loadline.core.Deadline;
import dev.loadline.core.Json;
import dev.loadline.core.Outcome;
import dev.loadline.core.Utf16;
import dev.loadline.guard.Ask;
import dev.loadline.guard.GuardedCalls;
import dev.loadline.mailbox.HeavyWork;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpClientAgent;
import io.vertx.core.http.HttpClientOptions;
import io.vertx.core.http.HttpConnection;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpVersion;
import io.vertx.core.http.PoolOptions;
import io.vertx.core.http.RequestOptions;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

/**
 * A source behind a server of the operator's: {@code POST {principal, conversation, query}} answers
 * {@code {items: [{id, text}]}}, the best first; no item is an answer, too. The header {@code
 * Loadline-Turn} says for which turn.
 *
 * <p>Bounds: the query's first 16 Ki UTF-16 units are sent; connecting takes 2 s at most, TLS 5 s
 * more; the answer has at most 256 KiB, 200 items and 64 Ki units a text, else it is garbage.
 * Redirects are not followed. The permit's time-out is kept by {@link GuardedCalls}, whose answers
 * that came too late are held for a minute ({@link LateItems}). Any thread.
 */
final class HttpSource implements ContextSource {
    private static final Logger LOG = LoggerFactory.getLogger(HttpSource.class);
    private static final int QUERY_MAX = 16 * 1024;
    private static final int CONNECT_MS = 2000;
    private static final int TLS_S = 5;
    private static final int HEADERS_MAX = 32 * 1024;
    private static final int STREAMS_PER_CONNECTION = 100;

    /** Below what servers keep: remote ones a minute, local ones 5 s at times. */
    private static final int KEEP_ALIVE_REMOTE_S = 30;

    private static final int KEEP_ALIVE_LOCAL_S = 4;
    private static final long TOLD_EVERY_NANOS = Duration.ofSeconds(10).toNanos();

    private final String name;
    private final GuardedCalls calls;
    private final HttpClientAgent client;
    private final RequestOptions request;
    private final HeavyWork heavy;
    private final Clock clock;
    private final LateItems late;
    private final AtomicLong toldNanos;

    /**
     * @param connections how many calls may be open at once: what the guard lets go at most
     */
    HttpSource(
            Agent.HttpSource source,
            GuardedCalls calls,
            Vertx vertx,
            int connections,
            Clock clock) {
        this.name = source.name();
        this.calls = calls;
        this.client = client(vertx, source.url(), connections);
        this.request = request(source.url());
        this.heavy = HeavyWork.on(vertx);
        this.clock = clock;
        this.late = new LateItems(clock);
        this.toldNanos = new AtomicLong(clock.nanos() - TOLD_EVERY_NANOS);
    }

    private static HttpClientAgent client(Vertx vertx, URI url, int connections) {
        boolean ssl = url.getScheme().equals("https");
        var options =
                new HttpClientOptions()
                        .setSsl(ssl)
                        .setUseAlpn(ssl)
                        .setProtocolVersion(ssl ? HttpVersion.HTTP_2 : HttpVersion.HTTP_1_1)
                        .setConnectTimeout(CONNECT_MS)
                        .setSslHandshakeTimeout(TLS_S)
                        .setSslHandshakeTimeoutUnit(TimeUnit.SECONDS)
                        .setKeepAliveTimeout(ssl ? KEEP_ALIVE_REMOTE_S : KEEP_ALIVE_LOCAL_S)
                        .setHttp2KeepAliveTimeout(KEEP_ALIVE_REMOTE_S)
                        .setMaxHeaderSize(HEADERS_MAX);
        var pool =
                new PoolOptions()
                        .setHttp1MaxSize(connections)
                        .setHttp2MaxSize(Math.ceilDiv(connections, STREAMS_PER_CONNECTION))
                        .setMaxWaitQueueSize(connections); // calls that connect count as waiting
        return vertx.httpClientBuilder()
                .with(options)
                .with(pool)
                .withConnectHandler(HttpSource::connected)
                .build();
    }

    private static void connected(HttpConnection connection) {
        connection.exceptionHandler( // the calls on it hear it, too
                broken -> LOG.debug("a connection broke", broken));
    }

    private static RequestOptions request(URI url) {
        boolean ssl = url.getScheme().equals("https");
        String host = url.getHost();
        String path = url.getRawPath().isEmpty() ? "/" : url.getRawPath();
        return new RequestOptions()
                .setMethod(HttpMethod.POST)
                .setSsl(ssl)
                .setFollowRedirects(false)
                .setHost(host.startsWith("[") ? host.substring(1, host.length() - 1) : host)
                .setPort(url.getPort() >= 0 ? url.getPort() : ssl ? 443 : 80)
                .setURI(url.getRawQuery() == null ? path : path + "?" + url.getRawQuery());
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public Future<Outcome<List<ContextItem>>> ask(Asking asking, Deadline until, Executor home) {
        List<ContextItem> known = late.same(asking);
        if (known != null) return Future.succeededFuture(new Outcome.Ok<>(known));
        Buffer json = body(asking);
        return calls.<List<ContextItem>>run(
                        new Ask(until, asking.workClass()),
                        home,
                        heard -> begin(asking, json, heard),
                        items -> late.keep(asking, items))
                .onSuccess(this::tell);
    }

    private Runnable begin(
            Asking asking, Buffer json, GuardedCalls.Progress<List<ContextItem>> heard) {
        var call = new SourceCall(heard, clock, heavy);
        var options =
                new RequestOptions(request)
                        .putHeader(HttpHeaders.CONTENT_TYPE, "application/json")
                        .putHeader(HttpHeaders.ACCEPT, "application/json")
                        .putHeader("Loadline-Turn", asking.turn().value());
        call.start(client.request(options), json);
        return call::giveUp;
    }

    private static Buffer body(Asking asking) {
        String query = asking.query();
        if (query.length() > QUERY_MAX)
            query = query.substring(0, Utf16.cutBefore(query, QUERY_MAX));
        return Buffer.buffer(
                Json.write(
                        Map.of(
                                "principal", asking.principal().toString(),
                                "conversation", asking.conversation(),
                                "query", query)));
    }

    /** What went wrong, one in ten seconds; the counts are the guard's. */
    private void tell(Outcome<List<ContextItem>> outcome) {
        if (!(outcome instanceof Outcome.Failed<List<ContextItem>> failed)) return;
        long now = clock.nanos();
        long told = toldNanos.get();
        if (now - told < TOLD_EVERY_NANOS || !toldNanos.compareAndSet(told, now)) return;
        LOG.warn("the context source {} did not serve: {}", name, failed.detail());
    }

    @Override
    public List<ContextItem> earlier(Asking asking) {
        List<ContextItem> items = late.any(asking);
        return items == null ? List.of() : items;
    }

    @Override
    public Future<Void> close() {
        return client.close();
    }
}
