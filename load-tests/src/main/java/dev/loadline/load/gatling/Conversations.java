package dev.loadline.load.gatling;

import dev.loadline.load.plan.Arrival;
import dev.loadline.load.plan.Plan;
import dev.loadline.load.process.LoadlineConfig;

import io.vertx.core.json.JsonObject;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/** Makes the conversations of a plan before it begins, so that they are no part of the load. */
final class Conversations {
    private static final int AT_ONCE = 16;

    private record Wanted(String url, String principal, String conversation) {}

    private Conversations() {}

    /**
     * Makes each one once.
     *
     * @throws IllegalStateException if the server does not make one
     */
    static void make(Plan plan) {
        List<Wanted> wanted =
                plan.arrivals().stream().map(Conversations::wanted).distinct().toList();
        try (HttpClient client =
                        HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
                var threads = Executors.newFixedThreadPool(AT_ONCE)) {
            List<Future<?>> all =
                    wanted.stream()
                            .<Future<?>>map(one -> threads.submit(() -> make(client, one)))
                            .toList();
            for (Future<?> one : all) one.get();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (ExecutionException e) {
            throw new IllegalStateException("a conversation could not be made", e.getCause());
        }
    }

    private static Wanted wanted(Arrival arrival) {
        return new Wanted(arrival.url(), arrival.principal(), arrival.conversation());
    }

    private static Void make(HttpClient client, Wanted one)
            throws IOException, InterruptedException {
        String body =
                new JsonObject().put("agent", "assistant").put("id", one.conversation).encode();
        HttpRequest.Builder request =
                HttpRequest.newBuilder(URI.create(one.url + "/api/conversations"))
                        .timeout(Duration.ofSeconds(30))
                        .header("Content-Type", "application/json")
                        .POST(HttpRequest.BodyPublishers.ofString(body));
        if (!one.principal.isEmpty())
            request.header("Authorization", "Bearer " + LoadlineConfig.keyOf(one.principal));
        HttpResponse<String> answer =
                client.send(request.build(), HttpResponse.BodyHandlers.ofString());
        if (answer.statusCode() >= 300)
            throw new IllegalStateException(answer.statusCode() + " " + answer.body());
        return null;
    }
}
