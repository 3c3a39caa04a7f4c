package dev.loadline.transport;

import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpClientAgent;
import io.vertx.core.http.HttpClientConnection;
import io.vertx.core.http.HttpClientOptions;
import io.vertx.core.http.HttpClientRequest;
import io.vertx.core.http.HttpClientResponse;
import io.vertx.core.http.HttpConnectOptions;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpVersion;
import io.vertx.core.http.RequestOptions;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicReference;

/** One HTTP/2 connection over TLS that trusts anybody, and its streams. */
final class Http2Client implements AutoCloseable {
    private static final int WINDOW = 4 * 1024 * 1024; // of the connection: many stalled streams

    private final Vertx vertx = Vertx.vertx();
    private final HttpClientAgent client;
    private final int port;
    final HttpClientConnection connection;
    final CompletableFuture<Void> goAway = new CompletableFuture<>();
    final CompletableFuture<Void> closed = new CompletableFuture<>();

    Http2Client(int port) {
        this.port = port;
        client =
                vertx.createHttpClient(
                        new HttpClientOptions()
                                .setSsl(true)
                                .setTrustAll(true)
                                .setVerifyHost(false)
                                .setUseAlpn(true)
                                .setProtocolVersion(HttpVersion.HTTP_2)
                                .setSslHandshakeTimeout(30)
                                .setHttp2ConnectionWindowSize(WINDOW));
        connection =
                TestServer.await(
                        client.connect(
                                new HttpConnectOptions().setHost("localhost").setPort(port)));
        connection.goAwayHandler(told -> goAway.complete(null));
        connection.closeHandler(end -> closed.complete(null));
    }

    /** A request of this connection, not yet sent. */
    HttpClientRequest request(HttpMethod method, String path) {
        return TestServer.await(
                connection.request(
                        new RequestOptions()
                                .setHost("localhost")
                                .setPort(port)
                                .setMethod(method)
                                .setURI(path)));
    }

    /** Sends a request that has no body and no length. */
    HttpClientResponse get(String path) {
        return TestServer.await(request(HttpMethod.GET, path).send());
    }

    /** Sends a body piece by piece, so that no length announces it. */
    HttpClientResponse post(String path, String type, String body) {
        HttpClientRequest request = request(HttpMethod.POST, path).setChunked(true);
        if (type != null) request.putHeader("content-type", type);
        if (!body.isEmpty()) TestServer.await(request.write(body));
        TestServer.await(request.end());
        return TestServer.await(request.response());
    }

    /** A stream that is open, and what it has said. Any thread. */
    static final class Stream {
        final HttpClientRequest request;
        final HttpClientResponse response;
        final CompletableFuture<Void> ended = new CompletableFuture<>();
        private final AtomicReference<String> text = new AtomicReference<>("");

        private Stream(HttpClientRequest request, HttpClientResponse response) {
            this.request = request;
            this.response = response;
        }

        private void listen() {
            response.handler(bytes -> text.updateAndGet(before -> before + bytes));
            response.endHandler(end -> ended.complete(null));
            response.exceptionHandler(ended::completeExceptionally);
        }

        String text() {
            return text.get();
        }
    }

    /** Follows a turn; {@code reads}: whether it takes anything of it. */
    Stream follow(String turn, boolean reads) {
        HttpClientRequest request = request(HttpMethod.GET, "/api/turns/" + turn + "/events");
        var opened = new CompletableFuture<Stream>();
        request.response()
                .onSuccess(
                        response -> {
                            var stream = new Stream(request, response);
                            stream.listen();
                            if (!reads) response.pause();
                            opened.complete(stream);
                        })
                .onFailure(opened::completeExceptionally);
        TestServer.await(request.end());
        return opened.orTimeout(20, java.util.concurrent.TimeUnit.SECONDS).join();
    }

    static String body(HttpClientResponse response) {
        return TestServer.await(response.body().map(Buffer::toString));
    }

    @Override
    public void close() {
        TestServer.await(vertx.close());
    }
}
