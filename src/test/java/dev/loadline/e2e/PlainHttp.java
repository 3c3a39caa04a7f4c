package dev.loadline.e2e;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.MissingNode;

import dev.loadline.core.Json;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.Map;

/** Requests with JSON to one server, and its answers. Any thread. */
final class PlainHttp implements AutoCloseable {
    private final HttpClient client =
            HttpClient.newBuilder()
                    .version(HttpClient.Version.HTTP_1_1)
                    .connectTimeout(Duration.ofSeconds(10))
                    .build();
    private final int port;

    PlainHttp(int port) {
        this.port = port;
    }

    /** An answer; {@code json} is missing if it has none. */
    record Answer(int status, HttpResponse<String> http, JsonNode json) {
        String header(String name) {
            return http.headers().firstValue(name).orElse("");
        }

        String code() {
            return json.path("code").asText();
        }
    }

    int port() {
        return port;
    }

    Answer get(String path) {
        return worded(request(path).GET());
    }

    Answer post(String path, Object body) {
        return worded(posting(path, body));
    }

    /** A post whose answer may never come. */
    Answer tryPost(String path, Object body) throws IOException {
        return send(posting(path, body));
    }

    /** Creates a conversation with this id. */
    void open(String conversation) {
        Answer opened =
                post("/api/conversations", Map.of("agent", "assistant", "id", conversation));
        if (opened.status() != 201 && opened.status() != 200)
            throw new AssertionError(opened.toString());
    }

    /** The status of {@code /health/ready}. */
    int ready() {
        return get("/health/ready").status();
    }

    private HttpRequest.Builder posting(String path, Object body) {
        return request(path)
                .header("Content-Type", "application/json")
                .POST(HttpRequest.BodyPublishers.ofString(Json.write(body)));
    }

    private HttpRequest.Builder request(String path) {
        return HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + path))
                .timeout(Duration.ofSeconds(20));
    }

    private Answer worded(HttpRequest.Builder request) {
        try {
            return send(request);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private Answer send(HttpRequest.Builder request) throws IOException {
        try {
            HttpResponse<String> got =
                    client.send(request.build(), HttpResponse.BodyHandlers.ofString());
            JsonNode json =
                    got.headers().firstValue("Content-Type").orElse("").contains("json")
                            ? Json.read(got.body(), JsonNode.class)
                            : MissingNode.getInstance();
            return new Answer(got.statusCode(), got, json);
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    @Override
    public void close() {
        client.shutdownNow();
    }
}
