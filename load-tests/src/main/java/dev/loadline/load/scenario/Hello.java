package dev.loadline.load.scenario;

import dev.loadline.load.bench.Bench;
import dev.loadline.load.bench.Result;
import dev.loadline.load.bench.Scenario;
import dev.loadline.load.bench.Spread;
import dev.loadline.load.gatling.SocketSubmit;
import dev.loadline.load.gatling.StreamedSubmit;
import dev.loadline.load.plan.Arrival;
import dev.loadline.load.plan.Attempt;
import dev.loadline.load.plan.Attempts;
import dev.loadline.load.plan.Plan;
import dev.loadline.load.process.LoadlineConfig;
import dev.loadline.load.process.StandIn;
import dev.loadline.load.report.Plot;
import dev.loadline.load.standin.Script;

import org.HdrHistogram.Histogram;

import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.ToLongFunction;

/**
 * What the server adds to the first token: (the client's first token − its request) − (the model's
 * first chunk − its request), while so many answers stream. The floor takes its turn in every round
 * of the same run: what both have is the generator's and the machine's.
 */
public final class Hello implements Scenario {
    private static final int ROUNDS = 5;
    private static final Script SCRIPT = Script.DEFAULT.with("first=20ms pace=100ms");

    /** So many answers under way: each lasts so many tokens of 100 ms. */
    private record Level(int streams, int tokens) {
        double perSecond() {
            return streams / (tokens * 0.1);
        }

        Duration lasts() {
            return Duration.ofMillis(100L * tokens + 500);
        }

        String phase(String server, int round) {
            return server + " " + streams + " #" + round;
        }
    }

    private static final List<Level> QUICK = List.of(new Level(1, 2), new Level(50, 20));
    private static final List<Level> FULL =
            List.of(new Level(1, 2), new Level(50, 20), new Level(500, 40));

    @Override
    public String asks() {
        return "How long does the server add to the first token, at 1, 50 and 500 streams?"
                + " Aim at 50 streams: p50 under 1 ms, p99 under 5 ms.";
    }

    @Override
    public void run(Bench bench, Result result) {
        StandIn standIn = bench.standIn();
        Map<String, String> servers = new LinkedHashMap<>();
        servers.put("loadline", bench.loadline(LoadlineConfig.defaults(), standIn).url());
        Plan bySocket = plan(bench, "ws", servers);
        servers.put("floor", bench.floor(standIn).url());
        Plan byEvents = plan(bench, "sse", servers);
        tell("SSE", bench.run("sse", StreamedSubmit.class, byEvents, result), result);
        tell("WebSocket", bench.run("websocket", SocketSubmit.class, bySocket, result), result);
    }

    private static Plan plan(Bench bench, String door, Map<String, String> servers) {
        List<Arrival> all = new ArrayList<>();
        Duration at = Duration.ZERO;
        Level warm = QUICK.getLast();
        for (String server : servers.keySet()) {
            Duration length = Duration.ofSeconds(bench.quickOr(3, 10));
            all.addAll(
                    arrivals(
                            door,
                            servers,
                            server,
                            warm,
                            Arrival.WARM_UP + " " + server,
                            at,
                            length));
            at = at.plus(length);
        }
        Duration length = Duration.ofSeconds(bench.quickOr(2, 10));
        for (Level level : bench.quickOr(QUICK, FULL)) {
            for (int round = 1; round <= bench.quickOr(2, ROUNDS); round++) {
                for (String server : servers.keySet()) {
                    at = at.plus(level.lasts());
                    String phase = level.phase(server, round);
                    all.addAll(arrivals(door, servers, server, level, phase, at, length));
                    at = at.plus(length);
                }
            }
        }
        return new Plan(all);
    }

    private static List<Arrival> arrivals(
            String door,
            Map<String, String> servers,
            String server,
            Level level,
            String phase,
            Duration from,
            Duration length) {
        String text = "Hello. " + SCRIPT.with("tokens=" + level.tokens).inBrackets();
        return Plan.random(
                from,
                level.perSecond(),
                length,
                phase.hashCode(),
                (number, due) -> {
                    String id = (door + " " + phase + " " + number).replaceAll("[^a-z0-9]+", "-");
                    return new Arrival(phase, due, servers.get(server), "", id, id, text);
                });
    }

    private static void tell(String door, Attempts attempts, Result result) {
        for (Level level : FULL) {
            Plot plot =
                    Plot.percentiles(
                            "Added first-token time, " + level.streams + " streams, " + door);
            for (String server : List.of("floor", "loadline")) {
                List<Attempts> rounds = new ArrayList<>();
                for (int round = 1; round <= ROUNDS; round++) {
                    Attempts one = attempts.phase(level.phase(server, round));
                    if (one.size() > 0) rounds.add(one);
                }
                if (rounds.isEmpty()) continue;
                String name = door + ", " + level.streams + " streams, " + server + ": added ";
                result.figure(name + "p50", spread(rounds, 50));
                result.figure(name + "p99", spread(rounds, 99));
                plot.curve(server, added(rounds));
            }
            if (!plot.isEmpty()) result.plot(plot);
        }
        result.figure(
                door + ": answers that were not whole",
                attempts.count(one -> !one.completed()) + " of " + attempts.size());
        result.plot(
                Plot.overTime("Answers, " + door, "per second")
                        .perSecond("begun", micros(attempts, Attempt::sentMicros))
                        .perSecond("completed", micros(attempts, Attempt::doneMicros)));
    }

    private static List<Long> micros(Attempts attempts, ToLongFunction<Attempt> when) {
        return attempts.where(Attempt::completed).all().stream().map(when::applyAsLong).toList();
    }

    private static Histogram added(List<Attempts> rounds) {
        Histogram all = new Histogram(3);
        rounds.forEach(round -> all.add(round.added()));
        return all;
    }

    private static String spread(List<Attempts> rounds, double percentile) {
        double[] millis =
                rounds.stream()
                        .filter(round -> round.added().getTotalCount() > 0)
                        .mapToDouble(r -> r.added().getValueAtPercentile(percentile) / 1000.0)
                        .toArray();
        return millis.length == 0 ? "none" : Spread.of(millis).words("ms");
    }
}
