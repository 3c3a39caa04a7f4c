package dev.loadline.model;

import com.fasterxml.jackson.databind.JsonNode;

import dev.loadline.core.Json;

import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpClientAgent;
import io.vertx.core.http.HttpClientOptions;
import io.vertx.core.http.HttpClientRequest;
import io.vertx.core.http.HttpClientResponse;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.RequestOptions;

import java.io.IOException;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/**
 * Asks an Ollama which models it has, once, at start-up: 300 ms at most, and anything but a good
 * answer means that there is none. Any thread.
 */
public final class OllamaProbe implements DefaultModel.Probe {
    static final String URL = "http://127.0.0.1:11434";

    private static final int OK = 200;
    private static final int LIMIT_MS = 300;
    private static final int BODY_MAX = 1024 * 1024;

    private final Vertx vertx;
    private final String url;

    public OllamaProbe(Vertx vertx) {
        this(vertx, URL);
    }

    OllamaProbe(Vertx vertx, String url) {
        this.vertx = vertx;
        this.url = url;
    }

    @Override
    public Future<Optional<String>> firstModel() {
        HttpClientAgent client =
                vertx.createHttpClient(new HttpClientOptions().setConnectTimeout(LIMIT_MS));
        var options =
                new RequestOptions().setMethod(HttpMethod.GET).setAbsoluteURI(url + "/api/tags");
        Future<Optional<String>> asked =
                client.request(options)
                        .compose(HttpClientRequest::send)
                        .compose(OllamaProbe::read)
                        .map(OllamaProbe::first)
                        .timeout(LIMIT_MS, TimeUnit.MILLISECONDS)
                        .otherwise(Optional.empty());
        return asked.compose(
                found -> client.close().transform(closed -> Future.succeededFuture(found)));
    }

    private static Future<Buffer> read(HttpClientResponse response) {
        if (response.statusCode() != OK) return Future.failedFuture("not an Ollama");
        Promise<Buffer> whole = Promise.promise();
        Buffer body = Buffer.buffer();
        response.handler(
                part -> {
                    if (body.length() + part.length() > BODY_MAX)
                        whole.tryFail("the list of models is too long");
                    else body.appendBuffer(part);
                });
        response.exceptionHandler(whole::tryFail);
        response.endHandler(end -> whole.tryComplete(body));
        return whole.future();
    }

    private static Optional<String> first(Buffer body) {
        try {
            JsonNode models = Json.MAPPER.readTree(body.getBytes()).path("models");
            for (JsonNode model : models) {
                String name = model.path("name").asText();
                if (!name.isBlank() && talks(name, model.path("details").path("family").asText()))
                    return Optional.of(name);
            }
            return Optional.empty();
        } catch (IOException e) {
            return Optional.empty(); // something else listens on that port
        }
    }

    /** Embedding models are in the list, too. */
    private static boolean talks(String name, String family) {
        return !name.toLowerCase(Locale.ROOT).contains("embed")
                && !family.toLowerCase(Locale.ROOT).contains("bert");
    }
}
