package dev.loadline.load.tokens;

import dev.loadline.load.standin.Script;

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
        List<Future<Void>> all = new ArrayList<>();
        for (int i = 0; i < streams; i++) {
            long phase = script.pace().toNanos() / 1000 * i / streams;
            Script own = script.with("first=" + phase + "us");
            all.add(answer(url, query, "Count. " + own.inBrackets(), script.tokens()));
        }
        try {
            Future.all(all)
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
        // Handlers of the answer must be set when it begins, so nothing comes between.
        return client.request(options)
                .compose((HttpClientRequest request) -> request.send(Buffer.buffer(body)));
    }

    /** Not by {@code body()}, which never completes where the end is there already. */
    private static Future<String> created(HttpClientResponse response) {
        Promise<String> id = Promise.promise();
        Buffer body = Buffer.buffer();
        response.exceptionHandler(id::tryFail);
        response.handler(body::appendBuffer);
        response.endHandler(
                end -> {
                    if (response.statusCode() / 100 == 2)
                        id.tryComplete(body.toJsonObject().getString("id", "none"));
                    else id.tryFail(response.statusCode() + " " + body);
                });
        return id.future();
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
