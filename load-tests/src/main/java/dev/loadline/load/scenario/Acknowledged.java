package dev.loadline.load.scenario;

import dev.loadline.load.plan.Arrival;
import dev.loadline.load.plan.Attempt;
import dev.loadline.load.plan.Attempts;
import dev.loadline.load.plan.Press;
import dev.loadline.load.process.LoadlineConfig;

import io.vertx.core.json.JsonObject;

import org.HdrHistogram.Histogram;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What the server still knows, after a run, of every turn that it acknowledged: asked one by one,
 * by those whose turns they are.
 */
final class Acknowledged {
    private static final int AT_ONCE = 8;
    private static final Pattern LAST =
            Pattern.compile("(?m)^event: ?turn\\.(completed|failed|cancelled)$");
    private static final Pattern TIMINGS = Pattern.compile("\"timings\":(\\{[^}]*\\})");

    /**
     * One turn.
     *
     * @param lasts its last events, as they were told from the start; one is right
     * @param timings by the server's own clock, milliseconds
     */
    record Turn(String id, List<String> lasts, JsonObject timings) {
        boolean endedOnce() {
            return lasts.size() == 1;
        }

        boolean completed() {
            return lasts.equals(List.of("completed"));
        }
    }

    private final List<Turn> turns;

    private Acknowledged(List<Turn> turns) {
        this.turns = turns;
    }

    /** Asks for all turns that were named in these attempts. */
    static Acknowledged ask(Attempts attempts) throws InterruptedException, ExecutionException {
        Map<String, Arrival> owners = new HashMap<>();
        for (Attempt attempt : attempts.all())
            for (Press press : Press.of(attempt))
                if (press.accepted()) owners.put(press.turn(), attempt.arrival());
        List<Turn> turns = new ArrayList<>();
        try (HttpClient client =
                        HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
                var threads = Executors.newFixedThreadPool(AT_ONCE)) {
            List<Future<Turn>> asked = new ArrayList<>();
            owners.forEach((id, owner) -> asked.add(threads.submit(() -> ask(client, id, owner))));
            for (Future<Turn> one : asked) turns.add(one.get());
        }
        return new Acknowledged(turns);
    }

    private static Turn ask(HttpClient client, String id, Arrival owner)
            throws IOException, InterruptedException {
        HttpRequest request =
                HttpRequest.newBuilder(URI.create(owner.url() + "/api/turns/" + id + "/events"))
                        .timeout(Duration.ofSeconds(30))
                        .header(
                                "Authorization",
                                "Bearer " + LoadlineConfig.keyOf(owner.principal()))
                        .header("Accept", "text/event-stream")
                        .build();
        String events = client.send(request, HttpResponse.BodyHandlers.ofString()).body();
        List<String> lasts = LAST.matcher(events).results().map(last -> last.group(1)).toList();
        Matcher timings = TIMINGS.matcher(events);
        JsonObject known = new JsonObject();
        while (timings.find()) known = new JsonObject(timings.group(1)); // the last event's
        return new Turn(id, lasts, known);
    }

    int size() {
        return turns.size();
    }

    /** Those that are not over, are over twice, or that nobody knows any more. */
    long notEndedOnce() {
        return turns.stream().filter(turn -> !turn.endedOnce()).count();
    }

    long notCompleted() {
        return turns.stream().filter(turn -> !turn.completed()).count();
    }

    /** Microseconds from the last byte of the request to a durable turn, as the server says. */
    Histogram accepted() {
        Histogram histogram = new Histogram(3);
        for (Turn turn : turns)
            if (turn.timings.containsKey("accepted"))
                histogram.recordValue(Math.round(turn.timings.getDouble("accepted") * 1000));
        return histogram;
    }
}
