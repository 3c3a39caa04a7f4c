package dev.loadline.load.tokens;

import dev.loadline.load.standin.Script;

import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpClient;
import io.vertx.core.http.HttpClientOptions;
import io.vertx.core.http.HttpClientRequest;
import io.vertx.core.http.HttpClientResponse;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.PoolOptions;
import io.vertx.core.http.RequestOptions;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** Asks for answers over SSE, each in a conversation of its own, and reads all of them at once. */
public final class LongAnswers implements AutoCloseable {
    private static final int STREAMS_MAX = 5000;

    private final Vertx vertx =
            Vertx.vertx(new VertxOptions().setEventLoopPoolSize(1).setWorkerPoolSize(1));
    private final Context loop = vertx.getOrCreateContext();
    private final HttpClient client =
            vertx.createHttpClient(
                    new HttpClientOptions().setTcpNoDelay(true),
                    new PoolOptions().setHttp1MaxSize(STREAMS_MAX));

    /**
     * Reads so many answers to their ends.
     *
     * @param query behind the path of a turn, with its question mark; empty for none
     * @param script what each answer is; numbered, and with a pace their phases are spread over it
     * @throws IllegalStateException if a token of any is missing, doubled or out of order
     * @throws TimeoutException if it takes longer
     */
    public void read(String url, String query, int streams, Script script, Duration atMost)
            throws TimeoutException {
        Promise<Void> whole = Promise.promise();
        // All on one context: an answer's handlers must be set before anything else runs there.
        loop.runOnContext(
                begin -> {
                    List<Future<Void>> all = new ArrayList<>();
                    for (int i = 0; i < streams; i++) {
                        long phase = script.pace().toNanos() / 1000 * i / streams;
                        Script own = script.with("first=" + phase + "us");
                        String text = "Count. " + own.inBrackets();
                        all.add(answer(url, query, text, script.tokens()));
                    }
                    Future.all(all).<Void>mapEmpty().onComplete(whole);
                });
        try {
            whole.future()
                    .toCompletionStage()
                    .toCompletableFuture()
                    .get(atMost.toMillis(), TimeUnit.MILLISECONDS);
        } catch (ExecutionException e) {
            throw new IllegalStateException(url + ": " + e.getCause().getMessage(), e.getCause());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    private Future<Void> answer(String url, String query, String text, int tokens) {
        return post(url + "/api/conversations", "{\"agent\":\"assistant\"}", "application/json")
                .compose(LongAnswers::created)
                .compose(
                        id ->
                                post(
                                        url + "/api/conversations/" + id + "/turns" + query,
                                        "{\"text\":\"" + text + "\"}",
                                        "text/event-stream"))
                .compose(response -> whole(response, tokens));
    }

    private Future<HttpClientResponse> post(String url, String body, String accept) {
        RequestOptions options =
                new RequestOptions()
                        .setMethod(HttpMethod.POST)
                        .setAbsoluteURI(url)
                        .putHeader("Content-Type", "application/json")
                        .putHeader("Accept", accept);
        return client.request(options)
                .compose((HttpClientRequest request) -> request.send(Buffer.buffer(body)));
    }

    private static Future<String> created(HttpClientResponse response) {
        return response.body().map(body -> body.toJsonObject().getString("id", "none"));
    }

    private static Future<Void> whole(HttpClientResponse response, int tokens) {
        if (response.statusCode() != 200)
            return Future.failedFuture("a turn was answered by " + response.statusCode());
        Promise<Void> done = Promise.promise();
        NumberedText text = new NumberedText();
        response.exceptionHandler(done::tryFail);
        response.handler(
                bytes -> {
                    try {
                        text.take(bytes);
                    } catch (IllegalStateException wrong) {
                        done.tryFail(wrong);
                    }
                });
        response.endHandler(
                end -> {
                    if (text.tokens() == tokens) done.tryComplete();
                    else done.tryFail(text.tokens() + " tokens of " + tokens);
                });
        return done.future();
    }

    @Override
    public void close() {
        client.close();
        vertx.close();
    }
}
