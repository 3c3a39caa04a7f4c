package dev.loadline.load.scenario;

import dev.loadline.load.plan.Arrival;
import dev.loadline.load.plan.Attempt;
import dev.loadline.load.plan.Attempts;
import dev.loadline.load.process.LoadlineConfig;

import io.vertx.core.json.JsonObject;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** What stands in conversations after a run, as those find it whose conversations they are. */
final class Conversed {
    private record Read(String sent, List<JsonObject> messages) {
        boolean oneAnswer() {
            return messages.size() == 2
                    && is(messages.getFirst(), "user")
                    && messages.getFirst().getString("text").equals(sent)
                    && is(messages.getLast(), "assistant")
                    && !messages.getLast().getBoolean("cut", false);
        }

        private static boolean is(JsonObject message, String role) {
            return role.equals(message.getString("role"));
        }
    }

    private final List<Read> all;

    private Conversed(List<Read> all) {
        this.all = all;
    }

    /** Reads the conversation of each attempt. */
    static Conversed read(Attempts attempts) throws IOException, InterruptedException {
        List<Read> all = new ArrayList<>();
        try (HttpClient client =
                HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build()) {
            for (Attempt attempt : attempts.all()) all.add(read(client, attempt.arrival()));
        }
        return new Conversed(all);
    }

    private static Read read(HttpClient client, Arrival arrival)
            throws IOException, InterruptedException {
        String path = "/api/conversations/" + arrival.conversation() + "/messages";
        HttpRequest request =
                HttpRequest.newBuilder(URI.create(arrival.url() + path))
                        .timeout(Duration.ofSeconds(30))
                        .header(
                                "Authorization",
                                "Bearer " + LoadlineConfig.keyOf(arrival.principal()))
                        .build();
        String body = client.send(request, HttpResponse.BodyHandlers.ofString()).body();
        return new Read(
                arrival.text(),
                new JsonObject(body)
                        .getJsonArray("items").stream().map(JsonObject.class::cast).toList());
    }

    /** Those without exactly one message and one whole answer to it. */
    long notOneAnswer() {
        return all.stream().filter(one -> !one.oneAnswer()).count();
    }
}
